// BackEnd: who writes commands, and all that such writers do wrong: repeated ids, with the same and with another body, records
// that are none, names that nobody knows, payloads that do not fit, commands for charge points that nobody has seen.
#pragma once

#include <string>

#include "sim/world.h"

namespace sim {

class BackEnd {
public:
    explicit BackEnd(World& world) : world_(world) {}
    void begin();

private:
    void write_command();
    void write_malformed();
    void repeat(int first, bool with_other_body);
    void cancel(int first);
    void append(Wish wish, std::int32_t partition, std::string kind = {});
    [[nodiscard]] std::string members(Wish& wish);
    [[nodiscard]] Wish draw(std::string id, std::string charge_point, std::size_t mark);
    [[nodiscard]] std::int32_t partition_of(const std::string& charge_point) const;

    World& world_;
    std::size_t last_ = 0;
};

}  // namespace sim
