// The text of a command, its record or its result, and its id: a view into the text, where the id stands as it is. Only one
// that the text writes with escapes is kept once more, behind it. 100,000 parked commands live on this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace commands {

class KeptText {
public:
    KeptText(std::string_view text, std::string_view id);

    [[nodiscard]] std::string_view text() const { return {bytes_.get(), text_size_}; }
    [[nodiscard]] std::string_view id() const { return {bytes_.get() + id_at_, id_size_}; }

private:
    std::unique_ptr<char[]> bytes_;
    std::uint32_t text_size_;
    std::uint32_t id_at_;
    std::uint32_t id_size_;
};

}  // namespace commands
