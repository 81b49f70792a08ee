#include "ocpp/session.h"

#include <algorithm>
#include <functional>
#include <list>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/shared_text.h"
#include "ocpp/calls.h"
#include "ocpp/counters.h"
#include "ocpp/dispatch.h"
#include "ocpp/envelope.h"
#include "ocpp/version.h"

namespace ocpp {
namespace {

constexpr std::uint16_t kCloseTryAgainLater = 1013;
constexpr std::uint16_t kCloseRestart = 1012;
constexpr std::size_t kFrameSlack = 64;  // what the reader asks for behind a frame

// What tells a message that comes again from a new one. A charge point that makes two frames of one hash fools itself alone.
struct Fingerprint {
    std::uint64_t frame = 0;
    std::uint64_t id = 0;
};

// A frame of the charge point from its receipt until it is answered.
struct Pending {
    enum class Stage : std::uint8_t {
        held,      // behind one that asks: events keep the order of the frames
        asks,      // waits for a decision
        told,      // waits for the log, as far as `durability` asks
        answered,  // `answer`, where there is one, leaves when those before it have left
        lost,      // the log refuses its event: it is never answered
    };
    Stage stage = Stage::held;
    Validation validation = Validation::strict;  // by which it was read
    Durability durability = Durability::placed;
    Ticket ticket = 0;
    base::Now received;
    base::MonoTime since;           // asked, or told: what `answer_timeout` runs from
    const Action* again = nullptr;  // the answer may be given again
    Fingerprint fingerprint;
    std::string frame;  // with slack; kept while held or asking
    std::string answer;

    [[nodiscard]] std::string_view frame_text() const { return std::string_view(frame).substr(0, frame.size() - kFrameSlack); }
};
using Queue = std::list<Pending>;  // empty, and without memory, while nothing waits

// The last message that was told to the log and answered.
struct LastAnswer {
    Fingerprint of;
    const Action* action = nullptr;
    base::MonoTime received;
    base::SharedText text;
};
static_assert(sizeof(LastAnswer) <= 40, "bytes per idle connection are our first number");

const Version& version_of(std::string_view protocol) {
    const auto found = std::ranges::find(versions(), protocol, &Version::protocol);
    CHECK(found != versions().end(), "the upgrade chooses among supported_protocols()");
    return **found;
}

std::string result_frame(std::string_view id, std::string_view payload) {
    std::string frame;
    frame.reserve(id.size() + payload.size() + 6);
    frame.append("[3,").append(id).append(",").append(payload).append("]");
    return frame;
}

std::string error_frame(std::string_view id, std::string_view code, std::string_view description) {
    std::string frame;
    frame.append("[4,").append(id).append(",");
    base::append_json_string(frame, code);
    frame += ',';
    base::append_json_string(frame, description);
    frame += ",{}]";
    return frame;
}

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

std::string_view name_of(ClosedBy by) {
    switch (by) {
        case ClosedBy::device: return "device";
        case ClosedBy::gateway: return "gateway";
        case ClosedBy::network: return "network";
        case ClosedBy::displaced: return "";
    }
    return {};
}

model::OcppSource source_of(const Envelope& envelope) {
    // An id with a surrogate that stands alone may be echoed, but would break the event.
    const bool is_string = envelope.id.starts_with('"');
    const bool as_json = is_string && base::is_portable_json(envelope.id);
    return {.action = envelope.action,
            .message_id = is_string && !as_json ? envelope.id.substr(1, envelope.id.size() - 2) : envelope.id,
            .message_id_is_json = as_json,
            .payload = envelope.payload,
            .payload_is_json = envelope.payload_is_json};
}

model::IdRule id_rule_of(const Action& action, const Told& told) {
    if (action.storage == Storage::placed) {
        return model::IdRule::place;
    }
    return told.epoch_tells_it ? model::IdRule::content_and_epoch : model::IdRule::content;
}

// Not the seed itself: the charge point gets to see it.
std::string call_id_prefix(std::uint64_t trace_seed) {
    constexpr std::size_t kBytes = 6;
    const base::Digest digest = base::sha256({"calls", std::to_string(trace_seed)});
    return base::to_hex(std::span(digest).first(kBytes));
}

}  // namespace

struct Session::State {
    const Config& config;
    const model::PodId& pod;
    const Counters& counters;
    const Version& version;
    Peer peer;
    std::uint64_t trace_seed;
    std::uint64_t sequence = 0;  // of the last event
    Ticket last_ticket = 0;
    base::MonoTime opened;
    Queue queue;
    std::unique_ptr<Calls> calls{};  // from the first command on: most connections never see one
    std::unique_ptr<LastAnswer> last_answer{};
    base::SharedText last_boot{};  // its payload
    // What came so far is worth the time until then; the burst is how far ahead of the clock that may be.
    base::MonoTime paid_until{};
    model::AdmissionStatus admission = model::AdmissionStatus::accepted;
    ProfileChoice profiles{};
    bool too_fast = false;   // until paid_until is the burst away again
    bool asking = false;     // one of the queue is
    bool held_up = false;    // our owner reads nothing
    bool came_back = false;  // it was here before
    bool boot_due = false;   // it was not, and has said nothing yet
    bool booted = false;     // on this connection
    bool closing = false;    // a Close was ordered
    bool closed = false;

    [[nodiscard]] model::EventHead head(base::WallTime received) {
        return {.charge_point = peer.charge_point,
                .protocol = version.protocol,
                .pod = pod,
                .epoch = peer.epoch,
                .sequence = ++sequence,
                .received = received,
                .trace_seed = trace_seed,
                .bytes_max = config.event_bytes_max,
                .flags = {},
                .id_rule = model::IdRule::place,
                .ocpp = {}};
    }

    // Of the connection itself: nobody waits for it.
    void tell(const model::Fact& fact, base::Now now, Effects& effects) {
        effects.emplace_back(Publish{model::write_event(head(now.wall), fact), Durability::placed, 0});
    }

    // A setting of the charge point's profile, where that has it.
    template <class Value>
    [[nodiscard]] Value setting(std::optional<Value> Profile::* own, const Value& otherwise) const {
        const Profile* profile = profile_of(config.profiles, profiles.in_effect());
        return profile != nullptr ? (profile->*own).value_or(otherwise) : otherwise;
    }
    void use_profiles(ProfileChoice choice, Effects& effects) {
        if (choice == profiles) {
            return;
        }
        profiles = choice;
        if (calls) {
            calls->set_pacing(setting(&Profile::call_pacing, config.call_pacing));
        }
        effects.emplace_back(UseProfile{choice.in_effect()});
    }

    void charge(std::size_t per_second, base::MonoTime now) {
        const std::chrono::nanoseconds second = std::chrono::seconds(1);
        paid_until = std::max(paid_until, now) + second / per_second;
        too_fast = too_fast || paid_until > now + config.message_burst;
    }

    [[nodiscard]] bool window_is_full() const { return queue.size() >= config.durable_window; }
    // Our calls' deadlines stand still while nothing is read.
    void note_reading(base::Now now) const {
        if (calls) {
            calls->on_reading(held_up || window_is_full(), now.mono);
        }
    }
    // An answer to a call of ours is no matter of the queue: it waits behind nothing and takes no place in the window.
    [[nodiscard]] bool take_answer(std::string_view frame, base::Now now, Effects& effects) const {
        if (!calls || !looks_like_answer(frame)) {
            return false;
        }
        const auto answer = read_answer(frame);
        const bool is_ours = answer && calls->on_answer(*answer, now.mono, effects);
        if (is_ours) {
            counters.received_other[version.place].add();
        }
        return is_ours;
    }

    // Publishes what an entry says; its answer leaves when the log has it as far as `durability` asks.
    void publish(Pending& entry, model::EventRecord event, Durability durability, std::string answer, Effects& effects) {
        entry.ticket = ++last_ticket;
        entry.stage = Pending::Stage::told;
        entry.durability = durability;
        entry.answer = std::move(answer);
        effects.emplace_back(Publish{std::move(event), durability, entry.ticket});
    }

    [[nodiscard]] std::size_t place_of(const Action& action) const {
        return static_cast<std::size_t>(&action - version.actions.data());
    }
    void count(const Envelope& envelope, const Action* action) const {
        if (envelope.type == MessageType::call && action != nullptr) {
            counters.received[version.place][place_of(*action)].add();
        } else {
            counters.received_other[version.place].add();
        }
    }

    void take(Pending& entry, std::string_view frame, base::Now now, Effects& effects);
    void refuse(Pending& entry, const Envelope& envelope, const Refusal& refusal, std::string_view frame, Effects& effects);
    [[nodiscard]] bool answer_again(Pending& entry) const;
    void keep_answer(const Pending& entry);
    void note_quirks(Call& call, const Envelope& envelope, const Pending& entry);
    [[nodiscard]] std::optional<Refusal> refused_before_acceptance(const Action& action) const;
    void note_unresponsive(std::size_t unanswered_before, base::Now now, Effects& effects);
    void begin_close(std::uint16_t code, std::string reason, Effects& effects);
    void tell_call(Pending& entry, const Envelope& envelope, const Call& call, Told told, Effects& effects);
    void decide(Pending& entry, const model::Decision& decision, base::Now now, Effects& effects);
    void take_held(Queue::iterator from, base::Now now, Effects& effects);
    void tell_held(base::Now now, Effects& effects);
    void send_answers(Effects& effects);
    [[nodiscard]] Queue::iterator find(Ticket ticket, Pending::Stage stage) {
        return std::ranges::find_if(queue, [&](const Pending& entry) { return entry.ticket == ticket && entry.stage == stage; });
    }
    [[nodiscard]] CallContext context(const Pending& entry, base::Now now) const {
        const auto lasts = std::chrono::duration_cast<std::chrono::microseconds>(entry.received.mono - opened);
        return {.config = config,
                .peer = peer,
                .time_zone = setting(&Profile::time_zone, std::chrono::minutes(0)),
                .back_since = came_back ? std::optional(entry.received.wall - lasts) : std::nullopt,
                .received = entry.received.wall,
                .now = now.wall};
    }
};

void Session::State::take(Pending& entry, std::string_view frame, base::Now now, Effects& effects) {
    entry.since = now.mono;
    entry.fingerprint.frame = hash_of(trimmed(frame));
    if (answer_again(entry)) {
        return;
    }
    const Envelope envelope = read_envelope(frame);
    entry.fingerprint.id = hash_of(envelope.id);
    entry.validation = setting(&Profile::validation, config.validation);
    auto understood = understand(version, envelope, entry.validation);
    auto* call = std::get_if<Call>(&understood);
    count(envelope, call != nullptr ? call->action : version.find(envelope.action));
    auto refusal = call != nullptr ? refused_before_acceptance(*call->action) : std::get<Refusal>(std::move(understood));
    if (refusal) {
        refuse(entry, envelope, *refusal, frame, effects);
        return;
    }
    const Action& action = *call->action;
    Handled handled = action.handle(call->request, context(entry, now));
    note_quirks(*call, envelope, entry);
    if (auto* told = std::get_if<Told>(&handled)) {
        tell_call(entry, envelope, *call, std::move(*told), effects);
    } else if (auto* local = std::get_if<Local>(&handled)) {
        entry.stage = Pending::Stage::answered;
        entry.answer = result_frame(envelope.id, local->answer);
    } else {
        if (entry.frame.empty()) {
            entry.frame.reserve(frame.size() + kFrameSlack);
            entry.frame.append(frame).append(kFrameSlack, '\0');
        }
        entry.stage = Pending::Stage::asks;
        entry.ticket = ++last_ticket;
        asking = true;
        effects.emplace_back(Ask{std::move(std::get<AskFirst>(handled).question), entry.ticket});
    }
}

// The same frame as the last one that was answered: its answer was lost, or is late.
bool Session::State::answer_again(Pending& entry) const {
    if (!last_answer || last_answer->of.frame != entry.fingerprint.frame ||
        entry.received.mono > last_answer->received + config.resend_window) {
        return false;
    }
    counters.received[version.place][place_of(*last_answer->action)].add();
    counters.quirks.count(model::Quirk::message_resent);
    entry.stage = Pending::Stage::answered;
    entry.answer = last_answer->text.view();
    return true;
}

void Session::State::keep_answer(const Pending& entry) {
    if (!last_answer) {
        last_answer = std::make_unique<LastAnswer>();
    }
    last_answer->of = entry.fingerprint;
    last_answer->action = entry.again;
    last_answer->received = entry.received.mono;
    last_answer->text = base::SharedText(entry.answer);
}

void Session::State::note_quirks(Call& call, const Envelope& envelope, const Pending& entry) {
    model::Quirks& quirks = call.request.quirks;
    quirks.add(envelope.quirks);
    if (last_answer && last_answer->of.id == entry.fingerprint.id) {
        quirks.add(model::Quirk::message_id_reused);
    }
    if (std::exchange(boot_due, false) && call.action->role != Role::boot) {
        quirks.add(model::Quirk::before_boot);
    }
    quirks.count(counters.quirks);
}

// OCPP 1.6 errata 3.8. What is billed is never refused: a charge point that had it refused would lose it.
std::optional<Refusal> Session::State::refused_before_acceptance(const Action& action) const {
    if (admission == model::AdmissionStatus::accepted || action.role == Role::boot ||
        action.storage == Storage::whatever_it_carries || (calls && calls->asked_for(action))) {
        return std::nullopt;
    }
    return Refusal{version.codes.security, "the charge point's BootNotification is not accepted yet"};
}

void Session::State::refuse(Pending& entry, const Envelope& envelope, const Refusal& refusal, std::string_view frame,
                            Effects& effects) {
    const bool is_answered = envelope.type == MessageType::call && !envelope.id.empty();
    charge(config.refusals_per_second, entry.received.mono);
    if (envelope.type == MessageType::call_result || envelope.type == MessageType::call_error) {
        counters.quirks.count(model::Quirk::answer_unasked);
    }
    base::log_warn("frame refused", {{"charge_point", peer.charge_point.text()},
                                     {"code", refusal.code},
                                     {"description", refusal.description},
                                     {"action", envelope.action}});
    const model::ProtocolError fact{
        .code = refusal.code, .description = refusal.description, .path = refusal.path, .frame = frame};
    model::EventRecord event = model::write_event(head(entry.received.wall), fact);
    // What gets no answer has its place in the queue all the same: it counts in the window, or a flood of it would fill the
    // buffer.
    publish(entry, std::move(event), Durability::placed,
            is_answered ? error_frame(envelope.id, refusal.code, refusal.description) : std::string(), effects);
}

void Session::State::tell_call(Pending& entry, const Envelope& envelope, const Call& call, Told told, Effects& effects) {
    model::EventHead event = head(entry.received.wall);
    event.flags = call.request.flags;
    event.id_rule = id_rule_of(*call.action, told);
    event.ocpp = source_of(envelope);
    if (const auto* online = std::get_if<model::DeviceOnline>(&told.fact)) {
        if (event.ocpp->payload_is_json) {
            last_boot = base::SharedText(event.ocpp->payload);
        }
        const Make make{.vendor = online->vendor, .model = online->model, .firmware = online->firmware_version};
        use_profiles({profiles.assigned, match_profile(config.profiles, peer.charge_point.text(), make)}, effects);
    }
    entry.again = call.action->role == Role::any ? call.action : nullptr;
    const Durability durability = is_durable(*call.action, config) ? Durability::logged : Durability::placed;
    publish(entry, model::write_event(event, told.fact), durability, result_frame(envelope.id, told.answer), effects);
}

// The frame is read again rather than kept in parts: a decision is rare, and a part would be a second owner of its text.
void Session::State::decide(Pending& entry, const model::Decision& decision, base::Now now, Effects& effects) {
    entry.since = now.mono;
    const Envelope envelope = read_envelope(entry.frame_text());
    auto understood = understand(version, envelope, entry.validation);
    auto* call = std::get_if<Call>(&understood);
    CHECK(call != nullptr && call->action->decided != nullptr, "a frame that asked is one that can be decided");
    const std::pair before(profiles.matched, admission);
    if (const auto* admitted = std::get_if<model::Admission>(&decision)) {
        booted = true;
        admission = admitted->status;
        if (calls) {
            calls->on_admission(admission);
        }
    }
    tell_call(entry, envelope, *call, call->action->decided(call->request, decision, context(entry, now)), effects);
    if (before != std::pair(profiles.matched, admission)) {
        effects.emplace_back(Remember{profiles.matched, admission});
    }
    entry.frame = {};
}

void Session::State::take_held(Queue::iterator from, base::Now now, Effects& effects) {
    while (from != queue.end() && !asking) {
        take(*from, from->frame_text(), now, effects);
        if (from->stage != Pending::Stage::asks) {
            from->frame = {};
        }
        ++from;
    }
}

// The connection is over: nobody is asked or answered any more, but what was read is told. What needs a decision is not: it
// stays unanswered, so that the charge point says it again.
void Session::State::tell_held(base::Now now, Effects& effects) {
    Effects taken;
    for (Pending& entry : queue) {
        if (entry.stage == Pending::Stage::held) {
            take(entry, entry.frame_text(), now, taken);
        }
    }
    for (Effect& effect : taken) {
        if (auto* publish = std::get_if<Publish>(&effect)) {
            publish->ticket = 0;
            effects.push_back(std::move(effect));
        }
    }
}

void Session::State::send_answers(Effects& effects) {
    while (!queue.empty() && queue.front().stage == Pending::Stage::answered) {
        Pending& front = queue.front();
        if (front.again != nullptr) {
            keep_answer(front);
        }
        if (!front.answer.empty()) {
            counters.sent.add();
            effects.emplace_back(SendFrame{std::move(front.answer)});
        }
        queue.pop_front();
    }
}

// Told once, until it has answered something.
void Session::State::note_unresponsive(std::size_t unanswered_before, base::Now now, Effects& effects) {
    const Calls::Unanswered unanswered = calls->unanswered();
    const std::size_t limit = setting(&Profile::unresponsive_calls, config.unresponsive_calls);
    if (limit == 0 || unanswered.calls < limit || unanswered.calls == unanswered_before) {
        return;
    }
    if (!unanswered.told) {
        calls->note_told();
        counters.unresponsive.add();
        const auto ago = std::chrono::duration_cast<std::chrono::microseconds>(now.mono - unanswered.since);
        tell(model::DeviceUnresponsive{.calls = unanswered.calls, .since = now.wall - ago}, now, effects);
    }
    if (setting(&Profile::close_unresponsive, config.close_unresponsive)) {
        begin_close(kCloseRestart, "our calls stay unanswered: connect again", effects);
    }
}

void Session::State::begin_close(std::uint16_t code, std::string reason, Effects& effects) {
    closing = true;
    queue.clear();
    effects.emplace_back(Close{code, std::move(reason)});
}

Session::Session(const Config& config, const model::PodId& pod, const Counters& counters, model::ChargePointId charge_point,
                 std::string_view protocol, std::uint64_t trace_seed)
    : state_(new State{.config = config,
                       .pod = pod,
                       .counters = counters,
                       .version = version_of(protocol),
                       .peer = {.charge_point = std::move(charge_point)},
                       .trace_seed = trace_seed,
                       .opened = {},
                       .queue = {}}) {
    static_assert(sizeof(State) <= 152, "bytes per idle connection are our first number");
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

void Session::on_open(const Opening& opening, base::Now now, Effects& effects) {
    State& state = *state_;
    state.opened = now.mono;
    state.peer.epoch = opening.epoch;
    state.came_back = opening.past.was_here;
    state.boot_due = !state.came_back;
    state.admission = opening.past.admission;
    ProfileChoice profiles = opening.past.profiles;
    if (profiles.matched == ProfileNumber::none) {
        profiles.matched = match_profile(state.config.profiles, state.peer.charge_point.text(), std::nullopt);
    }
    state.use_profiles(profiles, effects);
    state.tell(model::DeviceConnected{.remote_address = opening.remote_address,
                                      .previous_epoch = opening.previous_epoch,
                                      .security_profile = opening.security_profile},
               now, effects);
}

void Session::on_frame(std::string_view frame, base::Now now, Effects& effects) {
    State& state = *state_;
    if (state.closing || state.closed || state.take_answer(frame, now, effects)) {
        return;
    }
    state.charge(state.config.messages_per_second, now.mono);
    Pending& entry = state.queue.emplace_back();
    entry.received = now;
    if (state.asking) {
        entry.frame.reserve(frame.size() + kFrameSlack);
        entry.frame.append(frame).append(kFrameSlack, '\0');
    } else {
        state.take(entry, frame, now, effects);
    }
    state.send_answers(effects);
    state.note_reading(now);
}

void Session::on_published(Ticket ticket, Outcome outcome, base::Now now, Effects& effects) {
    State& state = *state_;
    const auto entry = state.find(ticket, Pending::Stage::told);
    if (state.closing || state.closed || entry == state.queue.end()) {
        return;
    }
    if (outcome == Outcome::failed) {
        entry->stage = Pending::Stage::lost;
        return;
    }
    if (outcome == Outcome::logged || entry->durability == Durability::placed) {
        entry->stage = Pending::Stage::answered;
        state.send_answers(effects);
        state.note_reading(now);
    }
}

void Session::on_decided(Ticket ticket, const model::Decision& decision, base::Now now, Effects& effects) {
    State& state = *state_;
    const auto entry = state.find(ticket, Pending::Stage::asks);
    if (state.closing || state.closed || entry == state.queue.end()) {
        return;
    }
    state.asking = false;
    state.decide(*entry, decision, now, effects);
    state.take_held(std::next(entry), now, effects);
    state.send_answers(effects);
    state.note_reading(now);
}

void Session::on_command(Command command, base::Now now, Effects& effects) {
    State& state = *state_;
    if (state.closing || state.closed) {
        effects.emplace_back(Report{command.ticket, NotSent{Unsent::connection_gone}});
        return;
    }
    if (!state.calls) {
        state.calls = std::make_unique<Calls>(state.version, state.config, state.counters, call_id_prefix(state.trace_seed),
                                              state.admission, !state.booted);
        state.calls->set_pacing(state.setting(&Profile::call_pacing, state.config.call_pacing));
        state.note_reading(now);
    }
    state.calls->on_command(std::move(command), now.mono, effects);
}

void Session::on_cancel(CommandTicket ticket, base::Now now, Effects& effects) {
    if (state_->calls && !state_->closing && !state_->closed) {
        state_->calls->on_cancel(ticket, now.mono, effects);
    }
}

// Also while closing: it decides between NotSent and Lost.
void Session::on_frame_sent(CommandTicket ticket, base::Now now, Effects& effects) {
    if (state_->calls && !state_->closed) {
        state_->counters.sent.add();
        state_->calls->on_frame_sent(ticket, now.mono, effects);
    }
}

void Session::on_profile_assigned(ProfileNumber profile, Effects& effects) {
    if (!state_->closing && !state_->closed) {
        state_->use_profiles({profile, state_->profiles.matched}, effects);
    }
}

void Session::on_close(const Closed& closed, base::Now now, Effects& effects) {
    State& state = *state_;
    if (state.closed) {
        return;
    }
    state.closed = true;
    state.tell_held(now, effects);
    state.queue.clear();
    if (state.calls) {
        // Nobody has heard yet what became of a frame of a displaced connection: its socket is still open.
        state.calls->on_close(closed.by == ClosedBy::displaced, effects);
    }
    // A displaced connection is told by the newer one's previousEpoch.
    if (closed.by != ClosedBy::displaced) {
        const auto lasted = std::chrono::duration_cast<std::chrono::seconds>(now.mono - state.opened);
        state.tell(
            model::DeviceDisconnected{
                .code = closed.code, .reason = closed.reason, .by = name_of(closed.by), .seconds = lasted.count()},
            now, effects);
    }
}

void Session::on_held_up(bool held_up, base::Now now) {
    if (state_->held_up != held_up) {
        state_->held_up = held_up;
        state_->note_reading(now);
    }
}

void Session::on_time(base::Now now, Effects& effects) {
    State& state = *state_;
    if (state.closing || state.closed) {
        return;
    }
    state.too_fast = state.too_fast && state.paid_until > now.mono + state.config.message_burst;
    if (state.queue.empty() || now.mono < state.queue.front().since + state.config.answer_timeout) {
        if (state.calls) {
            const std::size_t before = state.calls->unanswered().calls;
            state.calls->on_time(now.mono, effects);
            state.note_unresponsive(before, now, effects);
        }
        return;
    }
    state.begin_close(kCloseTryAgainLater, "no answer in time: the event log or a decision is away", effects);
}

std::optional<base::MonoTime> Session::next_wake() const {
    const State& state = *state_;
    if (state.closing || state.closed) {
        return std::nullopt;
    }
    auto wake = state.calls ? state.calls->next_wake() : std::nullopt;
    const auto at = [&wake](base::MonoTime when) { wake = wake ? std::min(*wake, when) : when; };
    if (!state.queue.empty()) {
        at(state.queue.front().since + state.config.answer_timeout);
    }
    if (state.too_fast) {
        at(state.paid_until - state.config.message_burst);
    }
    return wake;
}

bool Session::wants_frames() const {
    return !state_->closing && !state_->closed && !state_->too_fast && !state_->window_is_full();
}

bool Session::awaits_answer() const { return state_->calls && state_->calls->is_open(); }

const Peer& Session::peer() const { return state_->peer; }

std::string_view Session::protocol() const { return state_->version.protocol; }

ProfileNumber Session::profile() const { return state_->profiles.in_effect(); }

std::string_view Session::last_boot() const { return state_->last_boot.view(); }

}  // namespace ocpp
