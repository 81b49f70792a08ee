// A value or the reason why there is none. The outside (devices, brokers, files, sockets) fails as values;
// our own mistakes fail in CHECK. Rooms with more to say than Error use their own small error type for E.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace base {

enum class Retry { useless, makes_sense };

struct Error {
    std::string message;
    Retry retry = Retry::useless;

    [[nodiscard]] bool is_retryable() const { return retry == Retry::makes_sense; }
};

template <class T, class E = Error>
using Result = tl::expected<T, E>;

[[nodiscard]] inline tl::unexpected<Error> fail(std::string message, Retry retry = Retry::useless) {
    return tl::unexpected<Error>(Error{std::move(message), retry});
}

}  // namespace base
