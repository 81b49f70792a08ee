// The golden session beside the checkout, line by line: frame in, answer and event out.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <map>

#include "support/ocpp/session_harness.h"
#include "support/ocpp/shared_lines.h"

namespace {

namespace dom = simdjson::dom;
using test::SessionHarness;

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
        text.replace(at, what.size(), with);
    }
}

// Equal as JSON values; a text in angle brackets in `expected` stands for any value. `left_out` are names of members
// that `actual` has and `expected` does not, at any depth.
class Comparison {
public:
    explicit Comparison(std::vector<std::string_view> left_out) : left_out_(std::move(left_out)) {}

    // The path of the first difference, or nothing.
    std::string difference(dom::element expected, dom::element actual, const std::string& path = "") {
        std::string_view wild;
        if (expected.get(wild) == simdjson::SUCCESS && (wild == "<text>" || wild == "<number>" || wild == "<now>")) {
            return {};
        }
        if (expected.is_object() && actual.is_object()) {
            return objects(expected, actual, path);
        }
        if (expected.is_array() && actual.is_array()) {
            return arrays(expected, actual, path);
        }
        const std::string left = simdjson::minify(expected);
        const std::string right = simdjson::minify(actual);
        return left == right ? std::string() : path + ": " + left + " is due, " + right + " is there";
    }

private:
    std::string objects(dom::object expected, dom::object actual, const std::string& path) {
        std::map<std::string_view, dom::element> there;
        for (const auto& [name, value] : actual) {
            if (std::ranges::find(left_out_, name) == left_out_.end() || expected.at_key(name).error() == simdjson::SUCCESS) {
                there[name] = value;
            }
        }
        for (const auto& [name, value] : expected) {
            const std::string here = path + "/" + std::string(name);
            const auto found = there.find(name);
            if (found == there.end()) {
                return here + " is missing";
            }
            if (std::string problem = difference(value, found->second, here); !problem.empty()) {
                return problem;
            }
            there.erase(found);
        }
        return there.empty() ? std::string() : path + "/" + std::string(there.begin()->first) + " is too much";
    }
    std::string arrays(dom::array expected, dom::array actual, const std::string& path) {
        if (expected.size() != actual.size()) {
            return path + ": another size";
        }
        for (std::size_t i = 0; i < expected.size(); ++i) {
            std::string problem =
                difference(expected.at(i).value_unsafe(), actual.at(i).value_unsafe(), path + "/" + std::to_string(i));
            if (!problem.empty()) {
                return problem;
            }
        }
        return {};
    }

    std::vector<std::string_view> left_out_;
};

std::string difference(const std::string& expected, const std::string& actual, std::vector<std::string_view> left_out = {}) {
    dom::parser left;
    dom::parser right;
    return Comparison(std::move(left_out)).difference(left.parse(expected), right.parse(actual));
}

// What follows `"payload": ` in the line, to the end of that object.
std::string payload_in(const std::string& line) {
    constexpr std::string_view kKey = R"("payload": )";
    const std::size_t begin = line.find(kKey);
    return begin == std::string::npos ? std::string() : line.substr(begin + kKey.size(), line.size() - begin - kKey.size() - 4);
}

class Example {
public:
    Example() { charge_point_.accepts_everything(); }

    void plays(std::string line) {
        // The assigned id is a text in data.transaction.id and a number everywhere else.
        replace_all(line, R"("id": "<id>")", R"("id": ")" + transaction_ + "\"");
        dom::parser parser;
        const std::string kept = line;
        dom::element root = parser.parse(kept);
        std::string_view frame;
        if (root["frame"].get(frame) == simdjson::SUCCESS) {
            plays_frame(std::string(frame), std::string(root["answer"].get_string().value()));
            replace_all(line, R"("id": "")", R"("id": ")" + transaction_ + "\"");
            root = parser.parse(line);
        } else if (std::string_view(root["event"]["type"]) == "device.disconnected") {
            charge_point_.closes({.by = ocpp::ClosedBy::device, .code = 1000, .reason = ""});
        }
        const model::EventRecord& event = charge_point_.published().empty() ? charge_point_.opening() : charge_point_.last();
        std::string expected = simdjson::minify(root["event"]);
        replace_all(expected, R"("<id>")", transaction_);
        EXPECT_EQ(difference(expected, event.value, {"id", "time", "pod", "connection"}), "") << event.value;
        std::string payload = payload_in(line);
        replace_all(payload, R"("<id>")", transaction_);
        if (!payload.empty()) {
            EXPECT_EQ(test::payload_of(event), payload);
        }
    }

private:
    void plays_frame(std::string frame, std::string answer) {
        replace_all(frame, R"("<id>")", transaction_);
        charge_point_.sends(frame);
        charge_point_.log_confirms();
        if (answer.find("<id>") != std::string::npos) {
            transaction_ = test::json_at(charge_point_.received().back(), "/2/transactionId");
            replace_all(answer, R"("<id>")", transaction_);
        }
        replace_all(answer, "<now>", "2026-11-20T10:00:00Z");
        if (answer.find("<text>") == std::string::npos) {
            EXPECT_EQ(charge_point_.received().back(), answer);
        } else {
            EXPECT_EQ(difference(answer, charge_point_.received().back()), "");
        }
    }

    SessionHarness charge_point_;
    std::string transaction_;
};

TEST(Examples, OfASessionAreReproducedLineByLine) {
    const auto lines = test::shared_lines("examples/session-1.6.jsonl");
    if (!lines) {
        GTEST_SKIP() << "examples/session-1.6.jsonl is not beside this checkout";
    }
    Example example;
    for (const std::string& line : *lines) {
        SCOPED_TRACE(line);
        example.plays(line);
    }
    EXPECT_GE(lines->size(), 11U);
}

}  // namespace
