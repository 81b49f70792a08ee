#include "net/stream.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace net {

namespace {

IoResult outcome(ssize_t count, IoStatus when_blocked) {
    if (count >= 0) {
        return {.status = IoStatus::done, .bytes = static_cast<std::size_t>(count)};
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        return {.status = when_blocked};
    }
    return {.status = IoStatus::error, .error = errno};
}

IoResult plain_handshake(int /*descriptor*/, void* /*state*/) { return {}; }

IoResult plain_read(int descriptor, void* /*state*/, std::span<char> into) {
    const ssize_t count = recv(descriptor, into.data(), into.size(), 0);
    return count == 0 ? IoResult{.status = IoStatus::closed} : outcome(count, IoStatus::want_read);
}

IoResult plain_write(int descriptor, void* /*state*/, std::string_view bytes) {
    return outcome(send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL), IoStatus::want_write);
}

IoResult plain_shut_down(int descriptor, void* /*state*/) { return outcome(shutdown(descriptor, SHUT_WR), IoStatus::want_write); }

bool plain_has_buffered(const void* /*state*/) { return false; }

void plain_destroy(void* /*state*/) {}

constexpr Stream::Operations kPlain{
    .handshake = plain_handshake,
    .read = plain_read,
    .write = plain_write,
    .shut_down = plain_shut_down,
    .has_buffered = plain_has_buffered,
    .destroy = plain_destroy,
};

}  // namespace

Stream::Stream(Descriptor descriptor, const Operations& operations, void* state)
    : descriptor_(std::move(descriptor)), operations_(&operations), state_(state) {}

Stream::~Stream() { close(); }

Stream::Stream(Stream&& other) noexcept
    : descriptor_(std::move(other.descriptor_)),
      operations_(std::exchange(other.operations_, nullptr)),
      state_(std::exchange(other.state_, nullptr)) {}

Stream& Stream::operator=(Stream&& other) noexcept {
    if (this != &other) {
        close();
        descriptor_ = std::move(other.descriptor_);
        operations_ = std::exchange(other.operations_, nullptr);
        state_ = std::exchange(other.state_, nullptr);
    }
    return *this;
}

void Stream::close() {
    if (operations_ != nullptr) {
        std::exchange(operations_, nullptr)->destroy(std::exchange(state_, nullptr));
    }
    descriptor_.reset();
}

Stream plain_stream(Descriptor descriptor) { return {std::move(descriptor), kPlain, nullptr}; }

}  // namespace net
