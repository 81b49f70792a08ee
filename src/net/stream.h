// Stream: one connection's bytes, plain or (later) through TLS, behind one seam. It never waits: each call says what it did
// or what it waits for. A value of 24 bytes: the descriptor, a table of functions, and the state that TLS needs (none for
// plain TCP), so that an idle plain connection costs no heap memory here.
//
// Owned by a connection, used on its loop only. Errors of the network are values; nothing throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "net/descriptor.h"

namespace net {

enum class IoStatus : std::uint8_t {
    done,        // `bytes` were read or written, at least one; or the step is complete
    want_read,   // nothing was done: call again once the descriptor is readable
    want_write,  // nothing was done: call again once it is writable (TLS may want either for either direction)
    closed,      // the peer has ended its direction in order
    error,       // the connection is broken: `error` is an errno, or 0 where TLS refused
};

struct IoResult {
    IoStatus status = IoStatus::done;
    std::size_t bytes = 0;
    int error = 0;
};

class Stream {
public:
    // One table per kind of stream.
    struct Operations {
        IoResult (*handshake)(int descriptor, void* state);
        IoResult (*read)(int descriptor, void* state, std::span<char> into);
        IoResult (*write)(int descriptor, void* state, std::string_view bytes);
        IoResult (*shut_down)(int descriptor, void* state);
        bool (*has_buffered)(const void* state);
        void (*destroy)(void* state);
    };

    Stream() = default;
    Stream(Descriptor descriptor, const Operations& operations, void* state);
    ~Stream();
    Stream(Stream&& other) noexcept;
    Stream& operator=(Stream&& other) noexcept;

    [[nodiscard]] int descriptor() const { return descriptor_.get(); }
    [[nodiscard]] bool is_open() const { return descriptor_.valid(); }

    // To be called until it is done, before anything is read or written.
    [[nodiscard]] IoResult handshake() { return operations_->handshake(descriptor_.get(), state_); }
    [[nodiscard]] IoResult read(std::span<char> into) { return operations_->read(descriptor_.get(), state_, into); }
    [[nodiscard]] IoResult write(std::string_view bytes) { return operations_->write(descriptor_.get(), state_, bytes); }
    // Ends our direction; reading goes on.
    [[nodiscard]] IoResult shut_down() { return operations_->shut_down(descriptor_.get(), state_); }
    // Bytes have left the socket and wait to be read: readiness will not tell of them.
    [[nodiscard]] bool has_buffered() const { return operations_->has_buffered(state_); }
    // Closes the descriptor at once. It must not be watched any more.
    void close();

private:
    Descriptor descriptor_;
    const Operations* operations_ = nullptr;
    void* state_ = nullptr;
};

// A plain TCP connection on a non-blocking descriptor.
[[nodiscard]] Stream plain_stream(Descriptor descriptor);

}  // namespace net
