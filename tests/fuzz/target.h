// What the fuzz targets share. A target is one function that is called with every input and holds a property by CHECK; what
// the inputs are is told at its top. Seeds lie in seeds/<target>, words in <target>.dict; what was found is a unit test.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace fuzz {

// Defined by each target.
void check(std::string_view input);

// Choices that follow from the input (where to cut it, which limits to set), so that an input is nothing but the bytes of the
// protocol: a seed can be written by hand and a corpus taken as it is.
class Choices {
public:
    explicit Choices(std::string_view input);
    // From 0 to below `count`.
    [[nodiscard]] std::size_t below(std::size_t count);
    // The whole cut into pieces of 1 to about 2 × `size_mean` bytes.
    [[nodiscard]] std::vector<std::string_view> pieces_of(std::string_view whole, std::size_t size_mean);

private:
    base::SplitMix random_;
};

// A text of its own memory with the slack behind it that readers of JSON ask for, and not a byte more: what reads too far
// is seen by ASan.
class Slack {
public:
    explicit Slack(std::string_view text);
    [[nodiscard]] std::string_view text() const { return {memory_.data(), memory_.size() - kBytes}; }
    [[nodiscard]] std::span<char> bytes() { return {memory_.data(), memory_.size() - kBytes}; }

private:
    static constexpr std::size_t kBytes = 64;
    std::vector<char> memory_;
};

// The first line without its end, which is taken off `rest`.
[[nodiscard]] std::string_view take_line(std::string_view& rest);

}  // namespace fuzz
