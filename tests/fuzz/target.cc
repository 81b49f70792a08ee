#include "fuzz/target.h"

#include <algorithm>
#include <cstdint>

#include "base/hash.h"

namespace fuzz {

Choices::Choices(std::string_view input) : random_(base::fnv1a32(input)) {}

std::size_t Choices::below(std::size_t count) { return random_.next() % count; }

std::vector<std::string_view> Choices::pieces_of(std::string_view whole, std::size_t size_mean) {
    std::vector<std::string_view> pieces;
    while (!whole.empty()) {
        pieces.push_back(whole.substr(0, 1 + below(2 * size_mean)));
        whole.remove_prefix(pieces.back().size());
    }
    return pieces;
}

Slack::Slack(std::string_view text) : memory_(text.size() + kBytes, '\0') { std::ranges::copy(text, memory_.begin()); }

std::string_view take_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::check({reinterpret_cast<const char*>(data), size});
    return 0;
}
