// A text that is kept in many places and never changes, one pointer wide: copies share one piece of memory, which goes with
// the last of them. An empty one has none. What every connection keeps several times over is kept once this way.
//
// Copies may be made, read and destroyed on any thread; one object is used by one thread at a time, like a std::string.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <string_view>
#include <utility>

namespace base {

class SharedText {
public:
    SharedText() = default;
    explicit SharedText(std::string_view text);
    ~SharedText() { release(); }
    SharedText(const SharedText& other) noexcept : shared_(other.shared_) {
        if (shared_ != nullptr) {
            shared_->copies.fetch_add(1, std::memory_order_relaxed);
        }
    }
    SharedText(SharedText&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
    SharedText& operator=(SharedText other) noexcept {
        std::swap(shared_, other.shared_);
        return *this;
    }

    [[nodiscard]] std::string_view view() const {
        return shared_ == nullptr ? std::string_view{} : std::string_view(first_byte(*shared_), shared_->size);
    }
    [[nodiscard]] bool empty() const { return shared_ == nullptr; }

    bool operator==(const SharedText& other) const { return shared_ == other.shared_ || view() == other.view(); }
    std::strong_ordering operator<=>(const SharedText& other) const {
        return shared_ == other.shared_ ? std::strong_ordering::equal : view() <=> other.view();
    }

private:
    // The bytes follow it.
    struct Shared {
        std::atomic<std::uint32_t> copies;
        std::uint32_t size;
    };
    static const char* first_byte(const Shared& shared) { return reinterpret_cast<const char*>(&shared + 1); }
    void release();

    Shared* shared_ = nullptr;
};
static_assert(sizeof(SharedText) == sizeof(void*));

}  // namespace base
