#include "support/ocpp/session_harness.h"

#include <simdjson.h>

#include <stdexcept>
#include <utility>

namespace test {
namespace {

constexpr std::size_t kSlack = 64;

struct InWords {
    std::string operator()(const ocpp::Sent& /*it*/) const { return "sent"; }
    std::string operator()(const ocpp::NotSent& it) const {
        return it.why == ocpp::Unsent::withdrawn ? "not sent: withdrawn" : "not sent: connection gone";
    }
    std::string operator()(const ocpp::Answered& it) const { return "answered " + it.outcome.value_or("-") + " " + it.response; }
    std::string operator()(const ocpp::Refused& it) const {
        return "refused " + it.code + " '" + it.description + "' " + it.details;
    }
    std::string operator()(const ocpp::NotDeliverable& it) const {
        return (it.why == ocpp::NotDeliverable::Why::unknown_name ? "unknown name: " : "bad payload: ") + it.path + ": " +
               it.message;
    }
    std::string operator()(const ocpp::TimedOut& /*it*/) const { return "timed out"; }
    std::string operator()(const ocpp::Lost& /*it*/) const { return "lost"; }
};

model::Decision accepting(const model::Question& question) {
    if (std::holds_alternative<model::MayCharge>(question)) {
        return model::Permission{};
    }
    return model::Admission{};
}

}  // namespace

base::WallTime start_of_time() { return *base::parse_rfc3339("2026-11-20T10:00:00.123Z"); }

ocpp::Config session_config() {
    ocpp::Config config;
    config.transaction_key = "a key of tests";
    return config;
}

const ocpp::Counters& SessionHarness::no_counters() {
    static const ocpp::Counters the_counters;
    return the_counters;
}

SessionHarness::SessionHarness(std::string_view charge_point, ocpp::Config config, const ocpp::Counters& counters)
    : SessionHarness(charge_point, {.epoch = model::Epoch{1'795'168'800'123'456}}, std::move(config), counters) {}

SessionHarness::SessionHarness(std::string_view charge_point, const ocpp::Opening& opening, ocpp::Config config,
                               const ocpp::Counters& counters)
    : config_(std::move(config)),
      now_{.mono = base::MonoTime(std::chrono::hours(1)), .wall = start_of_time()},
      session_(config_, pod_, counters, model::ChargePointId(charge_point), "ocpp1.6", 7) {
    session_.on_open(opening, now_, effects_);
    perform();
    opening_ = published_.at(0);
    forget();
}

void SessionHarness::sends(std::string_view frame) {
    std::string padded(frame);
    padded.append(kSlack, '\0');
    session_.on_frame(std::string_view(padded).substr(0, frame.size()), now_, effects_);
    perform();
}

void SessionHarness::log_places() { tell_log(ocpp::Outcome::placed); }
void SessionHarness::log_confirms() { tell_log(ocpp::Outcome::logged); }
void SessionHarness::log_fails() { tell_log(ocpp::Outcome::failed); }

void SessionHarness::tell_log(ocpp::Outcome outcome) {
    std::vector<Waiting> told = std::exchange(waiting_, {});
    for (const Waiting& waiting : told) {
        session_.on_published(waiting.ticket, outcome, now_, effects_);
        if (outcome == ocpp::Outcome::placed && waiting.durability == ocpp::Durability::logged) {
            waiting_.push_back(waiting);
        }
        perform();
    }
}

void SessionHarness::decides(const model::Decision& decision) {
    if (asked_.empty()) {
        throw std::logic_error("nothing is asked");
    }
    const ocpp::Ticket ticket = asked_.front().ticket;
    asked_.pop_front();
    session_.on_decided(ticket, decision, now_, effects_);
    perform();
}

void SessionHarness::time_passes(std::chrono::milliseconds span) {
    now_.mono += span;
    now_.wall += span;
}

void SessionHarness::wakes() {
    session_.on_time(now_, effects_);
    perform();
}

void SessionHarness::closes(const ocpp::Closed& closed) {
    session_.on_close(closed, now_, effects_);
    perform();
}

void SessionHarness::is_assigned(ocpp::ProfileNumber profile) {
    session_.on_profile_assigned(profile, effects_);
    perform();
}

ocpp::CommandTicket SessionHarness::ordered(std::string name, std::string payload,
                                            const std::function<void(ocpp::Command&)>& change) {
    ocpp::Command command{.ticket = ++last_command_,
                          .name = std::move(name),
                          .payload = std::move(payload),
                          .timeout = std::chrono::seconds(30),
                          .send_by = base::MonoTime::max()};
    if (change) {
        change(command);
    }
    session_.on_command(std::move(command), now_, effects_);
    perform();
    return last_command_;
}

void SessionHarness::cancelled(ocpp::CommandTicket ticket) {
    session_.on_cancel(ticket, now_, effects_);
    perform();
}

void SessionHarness::frame_goes_out(ocpp::CommandTicket ticket) {
    session_.on_frame_sent(ticket, now_, effects_);
    perform();
}

std::string SessionHarness::last_call_id() const { return '"' + json_at(calls_.at(calls_.size() - 1), "/1") + '"'; }

std::vector<ocpp::Durability> SessionHarness::waits_for_log() const {
    std::vector<ocpp::Durability> durabilities;
    durabilities.reserve(waiting_.size());
    for (const Waiting& waiting : waiting_) {
        durabilities.push_back(waiting.durability);
    }
    return durabilities;
}

void SessionHarness::forget() {
    published_.clear();
    received_.clear();
    reports_.clear();
    calls_.clear();
}

void SessionHarness::perform() {
    const ocpp::Effects effects = std::exchange(effects_, {});
    for (const ocpp::Effect& effect : effects) {
        if (const auto* frame = std::get_if<ocpp::SendFrame>(&effect)) {
            (frame->command == 0 ? received_ : calls_).push_back(frame->text);
        } else if (const auto* report = std::get_if<ocpp::Report>(&effect)) {
            reports_.push_back(std::to_string(report->ticket) + " " + std::visit(InWords{}, report->what));
        } else if (const auto* publish = std::get_if<ocpp::Publish>(&effect)) {
            published_.push_back(publish->event);
            if (publish->ticket != 0) {
                waiting_.push_back({publish->ticket, publish->durability});
            }
        } else if (const auto* ask = std::get_if<ocpp::Ask>(&effect)) {
            asked_.push_back(*ask);
        } else if (const auto* use = std::get_if<ocpp::UseProfile>(&effect)) {
            profiles_.push_back(*use);
        } else if (const auto* remember = std::get_if<ocpp::Remember>(&effect)) {
            remembered_.push_back(*remember);
        } else {
            closed_ = std::get<ocpp::Close>(effect);
        }
    }
    if (accepts_ && !asked_.empty()) {
        decides(accepting(asked_.front().question));
    }
}

std::string json_at(std::string_view json, std::string_view pointer) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    simdjson::dom::element found;
    const simdjson::padded_string text(json);
    if (parser.parse(text).get(root) != simdjson::SUCCESS || root.at_pointer(pointer).get(found) != simdjson::SUCCESS) {
        return {};
    }
    std::string_view string;
    if (found.get(string) == simdjson::SUCCESS) {
        return std::string(string);
    }
    return simdjson::minify(found);
}

std::string at(const model::EventRecord& record, std::string_view pointer) { return json_at(record.value, pointer); }

std::string payload_of(const model::EventRecord& record) {
    constexpr std::string_view kKey = R"("payload":)";
    const std::size_t begin = record.value.find(kKey);
    return begin == std::string::npos ? std::string()
                                      : record.value.substr(begin + kKey.size(), record.value.size() - begin - kKey.size() - 3);
}

std::string flags_of(const model::EventRecord& record) {
    const std::string& value = record.value;
    const std::size_t begin = value.find(R"("flags":[)") + 9;
    std::string names = value.substr(begin, value.find(']', begin) - begin);
    std::erase(names, '"');
    return names;
}

}  // namespace test
