#include "messages.h"

#include <fmt/format.h>

#include "transport/websocket_codec.h"

namespace load {

namespace {

constexpr transport::MaskKey kMask{0x5A, 0xC3, 0x17, 0x88};
constexpr std::size_t kDigits = 8;
constexpr std::string_view kIdPlace = "IDIDIDID";
constexpr std::string_view kReadingPlace = "READINGS";

// A usual reading of a car that charges: 700 bytes, five samples, the transaction that they belong to.
constexpr std::string_view kMeterValues =
    R"([2,"IDIDIDID","MeterValues",{"connectorId":1,"transactionId":1234567890,"meterValue":[{"timestamp":"2026-11-20T10:01:00Z",)"
    R"("sampledValue":[{"value":"1READINGS","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register",)"
    R"("location":"Outlet","unit":"Wh"},{"value":"7360","context":"Sample.Periodic","measurand":"Power.Active.Import",)"
    R"("location":"Outlet","unit":"W"},{"value":"32","context":"Sample.Periodic","measurand":"Current.Import","phase":"L1",)"
    R"("location":"Outlet","unit":"A"},{"value":"230","context":"Sample.Periodic","measurand":"Voltage","phase":"L1-N",)"
    R"("location":"Outlet","unit":"V"},{"value":"54","context":"Sample.Periodic","measurand":"SoC","location":"EV",)"
    R"("unit":"Percent"}]}]}])";

std::string_view text(Kind kind) {
    switch (kind) {
        case Kind::heartbeat: return R"([2,"IDIDIDID","Heartbeat",{}])";
        case Kind::status:
            return R"([2,"IDIDIDID","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available",)"
                   R"("info":"READINGS","timestamp":"2026-11-20T10:00:00Z"}])";
        case Kind::meter: return kMeterValues;
        case Kind::boot:
            return R"([2,"IDIDIDID","BootNotification",{"chargePointVendor":"Bench","chargePointModel":"One",)"
                   R"("chargePointSerialNumber":"READINGS"}])";
    }
    return {};
}

std::array<char, kDigits> digits(Serial serial) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::array<char, kDigits> out{};
    for (std::size_t i = kDigits; i-- > 0; serial >>= 4U) {
        out[i] = kHex[serial & 0xFU];
    }
    return out;
}

// A reading is a decimal number.
std::array<char, kDigits> decimals(Serial serial) {
    std::array<char, kDigits> out{};
    for (std::size_t i = kDigits; i-- > 0; serial /= 10) {
        out[i] = static_cast<char>('0' + serial % 10);
    }
    return out;
}

// Masks as the frame's place in the payload asks for.
void patch(std::string& frame, std::size_t begin, std::size_t at, const std::array<char, kDigits>& what) {
    for (std::size_t i = 0; i < kDigits; ++i) {
        frame[at + i] = static_cast<char>(static_cast<std::uint8_t>(what[i]) ^ kMask[(at + i - begin) % kMask.size()]);
    }
}

std::size_t begin_of(std::string_view payload, const std::string& frame) { return frame.size() - payload.size(); }

}  // namespace

std::string_view name(Kind kind) {
    switch (kind) {
        case Kind::heartbeat: return "heartbeat";
        case Kind::status: return "status";
        case Kind::meter: return "meter";
        case Kind::boot: return "boot";
    }
    return {};
}

Messages::Messages() : templates_{make(Kind::heartbeat), make(Kind::status), make(Kind::meter), make(Kind::boot)} {}

Messages::Template Messages::make(Kind kind) {
    const std::string_view payload = text(kind);
    Template made;
    transport::append_masked_frame(made.frame, transport::Opcode::text, payload, kMask);
    const std::size_t begin = begin_of(payload, made.frame);
    made.id_at = begin + payload.find(kIdPlace);
    const std::size_t reading = payload.find(kReadingPlace);
    made.reading_at = reading == std::string_view::npos ? 0 : begin + reading;
    return made;
}

std::string_view Messages::frame(Kind kind, Serial serial) {
    Template& made = templates_[static_cast<std::size_t>(kind)];
    const std::size_t begin = begin_of(text(kind), made.frame);
    patch(made.frame, begin, made.id_at, digits(serial));
    if (made.reading_at != 0) {
        patch(made.frame, begin, made.reading_at, decimals(serial));
    }
    return made.frame;
}

Verdict judge(std::string_view answer, Serial serial) {
    constexpr std::string_view kResult = R"([3,")";
    const auto id = digits(serial);
    const std::string_view expected(id.data(), id.size());
    if (answer.starts_with(kResult) && answer.substr(kResult.size(), kDigits) == expected &&
        answer.substr(kResult.size() + kDigits).starts_with('"')) {
        return Verdict::matched;
    }
    return answer.starts_with("[4,") ? Verdict::refused : Verdict::other;
}

}  // namespace load
