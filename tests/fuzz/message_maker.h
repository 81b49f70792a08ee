// Makes messages by their tables: valid ones, of which fields are changed as the fuzzer's bytes say.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "ocpp/field_table.h"

namespace fuzz {

class MessageMaker {
public:
    // One byte decides on one field, or on one value. Where they end, all that follows is valid.
    explicit MessageMaker(std::string_view choices) : choices_(choices) {}

    // Once.
    [[nodiscard]] std::string make(const ocpp::Shape& shape);
    // Nothing was changed so that the table could forbid it.
    [[nodiscard]] bool is_valid() const { return is_valid_; }

private:
    [[nodiscard]] std::size_t next();
    [[nodiscard]] std::string_view one_of(std::span<const std::string_view> texts) { return texts[next() % texts.size()]; }
    void add_object(const ocpp::Shape& shape);
    void add_field(const ocpp::Field& field);
    void add_member(std::string_view name, const ocpp::Field& field);
    void add_changed(std::string_view name, const ocpp::Field& field);
    void add_value(const ocpp::Field& field);
    void add_text(const ocpp::Field& field);
    void add_comma();

    std::string_view choices_;
    std::string json_;
    bool is_valid_ = true;
};

}  // namespace fuzz
