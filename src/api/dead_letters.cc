#include "api/dead_letters.h"

#include <algorithm>
#include <cstdint>
#include <ranges>
#include <span>
#include <utility>

#include "api/bodies.h"
#include "api/command_answers.h"
#include "api/command_request.h"
#include "api/command_routes.h"
#include "api/command_waits.h"
#include "api/problem.h"
#include "api/query.h"
#include "base/hash.h"
#include "base/json_writer.h"
#include "model/json_members.h"

namespace api {
namespace {

// 18 digits.
constexpr std::uint64_t kCursorMax = 999'999'999'999'999'999;

// The `commandId` of a JSON object; empty where it has none.
std::string id_in(std::string_view object) {
    const auto members = model::json_members(object);
    const model::JsonMember* const id = members ? model::find_member(*members, "commandId") : nullptr;
    return id != nullptr && id->type == model::JsonType::string ? std::string(id->text) : std::string();
}

// A retry's id follows from the first one's: a request that is repeated, because its answer was lost, runs nothing twice.
model::CommandId retry_id(const model::CommandId& command) {
    const base::Digest digest = base::sha256({"retry", command.text()});
    return model::CommandId("retry-" + base::to_hex(std::span(digest).first(16)));
}

net::Problem not_retryable(const model::CommandId& command, const std::string& why) {
    return about_command(command, {.status = 422, .detail = "the dead letter cannot be retried: " + why, .members = {}});
}

// The command of a dead letter as a new one, now.
base::Result<model::Command, net::Problem> command_again(const model::CommandId& id, const std::string& letter,
                                                         base::WallTime now) {
    const auto read = model::read_dead_letter(letter);
    if (!read || !read->command.starts_with('{')) return tl::unexpected(not_retryable(id, "its command is no JSON object"));
    auto command = model::read_command(read->command);
    if (!command) {
        const model::Fault& fault = command.error();
        return tl::unexpected(not_retryable(id, (fault.field.empty() ? "its command" : fault.field) + " " + fault.text));
    }
    command->id = retry_id(id);
    command->created_at = now;
    command->expires_at.reset();
    command->target_pod = {};
    return std::move(*command);
}

OrProblem<DeadLetterQuery> query_of(const net::HttpRequest& request, const Config& config) {
    auto page = page_query(request, config);
    if (!page) return tl::unexpected(std::move(page.error()));
    DeadLetterQuery query{.limit = page->limit};
    if (!page->cursor.empty()) {
        const auto number = whole_number(page->cursor, 0, kCursorMax);
        if (!number) return tl::unexpected(bad_field("cursor", "the nextCursor of the page before"));
        query.before = number;
    }
    auto charge_point = single(request, "chargePointId");
    if (!charge_point) return tl::unexpected(std::move(charge_point.error()));
    query.charge_point = std::move(*charge_point);
    if (query.charge_point) {
        if (const auto problem = model::charge_point_id_problem(*query.charge_point)) {
            return tl::unexpected(bad_field("chargePointId", "chargePointId " + *problem));
        }
    }
    return query;
}

std::string body_of(const DeadLetterPage& page) {
    std::string body;
    base::JsonWriter json(body);
    json.begin_object().key("deadLetters").begin_array();
    for (const std::string_view letter : page.letters) {
        json.raw(letter);
    }
    json.end_array();
    if (page.next) json.member("nextCursor", std::to_string(*page.next));
    json.end_object();
    return body;
}

}  // namespace

// ---- the window

void DeadLetterWindow::add(std::string_view key, std::string_view value) {
    const auto read = model::read_dead_letter(value);
    if (!read) return;
    Letter letter{.number = ++last_number_,
                  .charge_point = std::string(key),
                  .command_id = id_in(read->result),
                  .of_the_command_itself = true,
                  .value = std::string(value)};
    if (letter.command_id.empty()) {
        letter.of_the_command_itself = false;
        letter.command_id = read->command.starts_with('{') ? id_in(read->command) : std::string();
    }
    bytes_ += letter.bytes();
    letters_.push_back(std::move(letter));
    while (letters_.size() > config_.dead_letters_max || bytes_ > config_.dead_letter_bytes_max) {
        bytes_ -= letters_.front().bytes();
        letters_.pop_front();
    }
}

DeadLetterPage DeadLetterWindow::page(const DeadLetterQuery& query) const {
    DeadLetterPage page;
    std::size_t bytes = 0;
    std::uint64_t last = 0;
    const auto is_older = [](const Letter& letter, std::uint64_t number) { return letter.number < number; };
    const auto end = query.before ? std::lower_bound(letters_.begin(), letters_.end(), *query.before, is_older) : letters_.end();
    for (auto at = std::reverse_iterator(end); at != letters_.rend(); ++at) {
        if (query.charge_point && at->charge_point != *query.charge_point) continue;
        const bool is_full = page.letters.size() == query.limit ||
                             (!page.letters.empty() && bytes + at->value.size() > config_.dead_letter_page_bytes_max);
        if (is_full) {
            page.next = last;
            break;
        }
        last = at->number;
        bytes += at->value.size();
        page.letters.push_back(at->value);
    }
    return page;
}

const std::string* DeadLetterWindow::find(const model::CommandId& command) const {
    const Letter* refused = nullptr;
    for (const Letter& letter : std::views::reverse(letters_)) {
        if (letter.command_id != command.text()) continue;
        if (letter.of_the_command_itself) return &letter.value;
        if (refused == nullptr) refused = &letter;
    }
    return refused == nullptr ? nullptr : &refused->value;
}

// ---- the routes

void DeadLetterRoutes::add_to(std::vector<Route>& routes) {
    routes.push_back(
        {"GET", "/v1/dead-letters", {"chargePointId", "limit", "cursor"}, [this](const RouteCall& call) { list(call); }});
    routes.push_back({"POST", "/v1/dead-letters/{id}:retry", {}, [this](const RouteCall& call) { retry(call); }});
}

void DeadLetterRoutes::list(const RouteCall& call) {
    const auto query = query_of(call.exchange->request(), config_);
    call.exchange->send(query ? json_answer(body_of(window_.page(*query))) : query.error());
}

void DeadLetterRoutes::retry(const RouteCall& call) {
    auto id = command_of(call);
    if (!id) return call.exchange->send(std::move(id.error()));
    const std::string* const letter = window_.find(*id);
    if (letter == nullptr) {
        return call.exchange->send(respond(
            about_command(*id, {.status = 404, .detail = "no dead letter of that command is kept", .members = {}}), config_));
    }
    auto command = command_again(*id, *letter, loop_.now().wall);
    if (!command) return call.exchange->send(respond(command.error(), config_));
    if (const auto fault = backend_.check(*command)) return call.exchange->send(respond(unfit(*id, *fault), config_));
    const model::CommandId again = command->id;
    backend_.submit(std::move(*command), [exchange = call.exchange, again, config = config_](const Submitted& submitted) {
        exchange->send(submitted_answer(again, submitted, config));
    });
}

}  // namespace api
