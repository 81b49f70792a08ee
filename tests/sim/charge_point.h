// ChargePoint: a device that connects, talks, answers or does not, hangs up, and comes back, as its seed wants it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/world.h"

namespace sim {

class ChargePoint {
public:
    ChargePoint(World& world, std::size_t index);

    void begin();
    [[nodiscard]] const std::string& id() const { return id_; }

    // From the wire.
    void on_accepted(const LinkPointer& link);
    void on_frame(const LinkPointer& link, const std::string& text);
    void on_lost(const LinkPointer& link);  // closed by the other side, or reset

private:
    struct Call {
        std::string id;
        std::string action;
        std::size_t mark = 0;
    };
    static Call read_call(std::string_view frame);
    void connect();
    void connect_later(Range range);
    void live();
    void act();
    void hang_up(bool politely);
    void answer_call(const LinkPointer& link, const Call& call);
    void answer(const LinkPointer& link, const Call& call);
    void send(const LinkPointer& link, std::string text);
    void call(const LinkPointer& link, std::string_view action, std::string_view payload);

    World& world_;
    std::size_t index_;
    std::string id_;
    bool is_away_at_the_end_;
    LinkPointer link_;
    std::uint64_t last_call_ = 0;
};

}  // namespace sim
