#include "base/shared_text.h"

#include <cstring>
#include <limits>
#include <new>

#include "base/check.h"

namespace base {

SharedText::SharedText(std::string_view text) {
    if (text.empty()) {
        return;
    }
    CHECK(text.size() <= std::numeric_limits<std::uint32_t>::max(), "a shared text is a small one");
    void* const memory = ::operator new(sizeof(Shared) + text.size());
    shared_ = new (memory) Shared{.copies = 1, .size = static_cast<std::uint32_t>(text.size())};
    std::memcpy(static_cast<char*>(memory) + sizeof(Shared), text.data(), text.size());
}

void SharedText::release() {
    // Acquire and release: whoever frees the bytes has seen every read of them.
    if (shared_ != nullptr && shared_->copies.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        shared_->~Shared();
        ::operator delete(shared_);
    }
}

}  // namespace base
