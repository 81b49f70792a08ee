// Ids are types: two texts that could be swapped will be.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/shared_text.h"

namespace model {

template <class Tag>
class TextId {
public:
    TextId() = default;
    explicit TextId(std::string text) : text_(std::move(text)) {}
    [[nodiscard]] const std::string& text() const { return text_; }
    auto operator<=>(const TextId&) const = default;

private:
    std::string text_;
};

// The identity of a charge point: the last segment of the URL it connects to, percent-decoded once (OCPP-J 1.6 3.1.1). Its
// copies share their text: connection, session, directory and registry keep one each, a million times.
class ChargePointId {
public:
    ChargePointId() = default;
    explicit ChargePointId(std::string_view text) : text_(text) {}
    // Valid as long as this id is.
    [[nodiscard]] std::string_view text() const { return text_.view(); }
    [[nodiscard]] const base::SharedText& shared_text() const { return text_; }
    auto operator<=>(const ChargePointId&) const = default;
    bool operator==(const ChargePointId&) const = default;

private:
    base::SharedText text_;
};

using PodId = TextId<struct PodTag>;
// Chosen by whoever sends a command; names it for ever.
using CommandId = TextId<struct CommandTag>;
// As assigned by us (1.6: decimal digits of a positive 31-bit number) or by the charging station (2.x).
using TransactionId = TextId<struct TransactionTag>;

// When a connection was upgraded, in microseconds since 1970: fixed for its life, the newest wins.
enum class Epoch : std::uint64_t {};
[[nodiscard]] constexpr std::uint64_t number(Epoch epoch) { return static_cast<std::uint64_t>(epoch); }

}  // namespace model

template <class Tag>
struct std::hash<model::TextId<Tag>> {
    std::size_t operator()(const model::TextId<Tag>& id) const noexcept { return std::hash<std::string>{}(id.text()); }
};

template <>
struct std::hash<model::ChargePointId> {
    std::size_t operator()(const model::ChargePointId& id) const noexcept { return std::hash<std::string_view>{}(id.text()); }
};
