// What a command costs while it waits, with all tables: 100,000 may wait for charge points that are away. This program's
// allocations are counted as glibc's malloc would take them, because a sanitizer's allocator tells nothing about that.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "registry/memory_command_statuses.h"

namespace {

std::size_t bytes_in_use = 0;

// The size of an allocation stands before it; 16 bytes keep what follows aligned.
constexpr std::size_t kBefore = 16;
static_assert(__STDCPP_DEFAULT_NEW_ALIGNMENT__ == kBefore);

// A chunk has 8 bytes of its own, is a multiple of 16, and has at least 32.
std::size_t chunk_of(std::size_t bytes) { return std::max<std::size_t>(32, (bytes + 8 + 15) / 16 * 16); }

void* take(std::size_t bytes) {
    auto* const memory = static_cast<std::byte*>(std::malloc(bytes + kBefore));
    if (memory == nullptr) std::abort();
    *reinterpret_cast<std::size_t*>(memory) = bytes;
    bytes_in_use += chunk_of(bytes);
    return memory + kBefore;
}

void give_back(void* memory) {
    if (memory == nullptr) return;
    auto* const begin = static_cast<std::byte*>(memory) - kBefore;
    bytes_in_use -= chunk_of(*reinterpret_cast<std::size_t*>(begin));
    std::free(begin);
}

}  // namespace

void* operator new(std::size_t bytes) { return take(bytes); }
void* operator new[](std::size_t bytes) { return take(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept { return take(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept { return take(bytes); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t /*bytes*/) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t /*bytes*/) noexcept { give_back(memory); }

namespace {

TEST(MemoryCommandStatuses, CostLittleForACommandThatWaits) {
    constexpr std::size_t kCount = 20'000;
    std::vector<std::function<void()>> posted;
    registry::MemoryCommandStatuses statuses({}, model::PodId("gateway-0"),
                                             [&](std::function<void()> work) { posted.push_back(std::move(work)); });
    const std::size_t before = bytes_in_use;
    for (std::size_t i = 0; i < kCount; ++i) {
        const std::string number = std::to_string(1'000'000 + i);
        const model::CommandId id("6d1f3c9e-2f4b-4b7e-9c51-0000" + number + "0");  // as long as a UUID
        const model::ChargePointId charge_point("CP-" + number);
        statuses.reserve(id, charge_point, {}, {}, [](const registry::Reservation&) {});
        statuses.record(model::write_result({.command = id, .charge_point = charge_point, .pod = model::PodId("gateway-0")}), {});
        posted = {};
    }
    ASSERT_EQ(statuses.unfinished(), kCount);
    const std::size_t bytes = (bytes_in_use - before) / kCount;
    RecordProperty("bytes_per_command", static_cast<int>(bytes));
    EXPECT_LE(bytes, 250U);
    EXPECT_GE(bytes, 100U) << "the count cannot be right";
}

}  // namespace
