#include "commands/kept_text.h"

#include <algorithm>

namespace commands {

KeptText::KeptText(std::string_view text, std::string_view id)
    : text_size_(static_cast<std::uint32_t>(text.size())),
      id_at_(static_cast<std::uint32_t>(std::min(text.find(id), text.size()))),
      id_size_(static_cast<std::uint32_t>(id.size())) {
    const bool is_inside = id_at_ + id.size() <= text.size();
    bytes_ = std::make_unique_for_overwrite<char[]>(text.size() + (is_inside ? 0 : id.size()));
    std::copy(text.begin(), text.end(), bytes_.get());
    std::copy(id.begin(), id.end(), bytes_.get() + id_at_);
}

}  // namespace commands
