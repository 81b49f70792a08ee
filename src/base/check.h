// CHECK(condition, "what must hold"): our own invariants, always on. Input from outside can never reach one:
// what a device, a broker or a file can cause is a Result.
#pragma once

namespace base {

[[noreturn]] void check_failed(const char* condition, const char* message, const char* file, int line);

}  // namespace base

#define CHECK(condition, message)                                            \
    do {                                                                     \
        if (!(condition)) [[unlikely]] {                                     \
            ::base::check_failed(#condition, (message), __FILE__, __LINE__); \
        }                                                                    \
    } while (false)
