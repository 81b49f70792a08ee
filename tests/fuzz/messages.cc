// Input: bytes that choose. The first one chooses a table: of a request, a response or a command; the others what becomes of the
// fields of a valid message of it (message_maker.h). The interpreter reads the message as a slow reading of the same table does;
// what a charge point may send is served in each validation as its quirks say, told as JSON and answered by its table.
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/check.h"
#include "fuzz/json.h"
#include "fuzz/message_maker.h"
#include "fuzz/table_oracle.h"
#include "fuzz/target.h"
#include "ocpp/dispatch.h"
#include "support/ocpp/session_harness.h"

namespace fuzz {
namespace {

using model::Quirk;
using ocpp::Action;
using ocpp::Validation;

const ocpp::Version& version() { return *ocpp::versions().front(); }

struct Table {
    const ocpp::Shape* shape;
    const Action* sent_by_charge_points;  // whose request it is; null for what they do not send
};

std::vector<Table> all_tables() {
    std::vector<Table> tables;
    for (const Action& action : version().actions) {
        tables.push_back({&action.request, action.sent_by == ocpp::SentBy::gateway ? nullptr : &action});
        tables.push_back({&action.response, nullptr});
    }
    for (const ocpp::CommandEntry& command : version().commands) {
        tables.push_back({&command.payload, nullptr});
    }
    return tables;
}

bool fits_table(const ocpp::Shape& shape, std::string_view payload) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    return parser.parse(payload).get(object) == simdjson::SUCCESS && fits(shape, object);
}

// --- what is made of it by understand() ---

struct Understood {
    bool is_served = false;
    bool is_flagged = false;  // schemaViolation
    model::Quirks quirks{};
};

Understood understood(const ocpp::Envelope& envelope, Validation validation) {
    const auto what = ocpp::understand(version(), envelope, validation);
    const auto* const call = std::get_if<ocpp::Call>(&what);
    return call == nullptr ? Understood()
                           : Understood{.is_served = true,
                                        .is_flagged = call->request.flags.has(model::Flag::schema_violation),
                                        .quirks = call->request.quirks};
}

bool has_only(const model::Quirks& quirks, std::initializer_list<Quirk> allowed) {
    return std::ranges::none_of(model::quirks(), [&](const model::QuirkEntry& entry) {
        return quirks.has(entry.quirk) && std::ranges::find(allowed, entry.quirk) == allowed.end();
    });
}

// By the validation's value.
std::array<bool, 3> check_understood(const Action& action, std::string_view frame, std::string_view payload) {
    const Slack padded(frame);
    const ocpp::Envelope envelope = ocpp::read_envelope(padded.text());
    const Understood strict = understood(envelope, Validation::strict);
    const Understood lenient = understood(envelope, Validation::lenient);
    const Understood observe = understood(envelope, Validation::observe);
    if (action.storage == ocpp::Storage::whatever_it_carries) {
        CHECK(strict.is_served && lenient.is_served && observe.is_served, "what is billed is served");
    } else if (envelope.readable) {
        CHECK(observe.is_served, "what can be read is observed");
        CHECK(lenient.is_served == (!observe.quirks.has(Quirk::field_missing) && !observe.quirks.has(Quirk::value_type)),
              "lenient serves what leaves something to serve");
        CHECK(strict.is_served == !observe.is_flagged, "strict serves what breaks no schema");
    } else {
        CHECK(!strict.is_served && !lenient.is_served && !observe.is_served, "what cannot be read is refused");
    }
    if (envelope.readable && fits_table(action.request, payload)) {
        CHECK(strict.is_served && !strict.is_flagged, "what fits its table is served without a flag");
        CHECK(has_only(strict.quirks, {Quirk::field_empty, Quirk::time_fraction}), "and has no quirk that is a fault");
    } else if (envelope.readable) {
        CHECK(!observe.quirks.none(), "what does not fit has a quirk");
    }
    return {strict.is_served, lenient.is_served, observe.is_served};
}

// --- what a Session makes of it ---

void check_told(const Action& action, std::string_view frame, std::string_view payload, Validation validation, bool is_served) {
    ocpp::Config config = test::session_config();
    config.validation = validation;
    config.heartbeat_events = true;
    test::SessionHarness charge_point("CP-001", config);
    charge_point.accepts_everything();
    charge_point.sends(frame);
    charge_point.log_confirms();
    CHECK(charge_point.published().size() == 1 && charge_point.received().size() == 1, "one message is one event and one answer");
    CHECK(is_event(charge_point.last().value, payload), "an event is JSON");
    CHECK((charge_point.last().type != "protocol.error") == is_served, "the event tells whether it was served");
    const std::string& answer = charge_point.received().front();
    CHECK(is_portable_json(answer), "an answer is JSON");
    const std::string_view begins = is_served ? R"([3,"id",)" : R"([4,"id",")";
    CHECK(answer.starts_with(begins), "an answer tells whether it was served");
    if (is_served) {
        const std::string_view text = std::string_view(answer).substr(begins.size());
        CHECK(fits_table(action.response, text.substr(0, text.size() - 1)), "an answer fits its table");
    }
}

void check_sent(const Action& action, const std::string& payload) {
    const std::string frame = R"([2,"id",")" + std::string(action.name) + "\"," + payload + "]";
    const auto served = check_understood(action, frame, payload);
    for (const Validation validation : {Validation::strict, Validation::lenient, Validation::observe}) {
        check_told(action, frame, payload, validation, served.at(static_cast<std::size_t>(validation)));
    }
}

}  // namespace

void check(std::string_view input) {
    static const std::vector<Table> kTables = all_tables();
    if (input.empty()) {
        return;
    }
    const Table& table = kTables[static_cast<unsigned char>(input.front()) % kTables.size()];
    MessageMaker maker(input.substr(1));
    const std::string payload = maker.make(*table.shape);
    check_payload(*table.shape, payload);
    CHECK(!maker.is_valid() || fits_table(*table.shape, payload), "a message that was made by its table fits it");
    if (table.sent_by_charge_points != nullptr) {
        check_sent(*table.sent_by_charge_points, payload);
    }
}

}  // namespace fuzz
