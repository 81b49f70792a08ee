// Randomness from the kernel, and a small fast generator seeded from it for jitter and trace ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace base {

// `count` unpredictable bytes (getrandom).
[[nodiscard]] std::string random_bytes(std::size_t count);

// splitmix64: the n-th value of a stream is a function of seed and n alone, which is what replays need.
class SplitMix {
public:
    explicit SplitMix(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next();
    // Uniform in [0, 1).
    double unit();

private:
    std::uint64_t state_;
};

[[nodiscard]] std::uint64_t random_seed();

}  // namespace base
