#include "registry/memory_command_statuses.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <utility>

namespace registry {
namespace {

using model::CommandState;

// Nodes of the two tables and the place in the row of ended ones, with the allocator's share.
constexpr std::size_t kEntryBytes = 208;

// One allocation of exactly this many bytes: a std::string would be 32 bytes more.
class Text {
public:
    Text() = default;
    explicit Text(std::initializer_list<std::string_view> parts) {
        for (const std::string_view part : parts) {
            size_ += static_cast<std::uint32_t>(part.size());
        }
        if (size_ == 0) return;
        bytes_ = std::make_unique<char[]>(size_);
        char* at = bytes_.get();
        for (const std::string_view part : parts) {
            at = std::copy(part.begin(), part.end(), at);
        }
    }
    [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

private:
    std::unique_ptr<char[]> bytes_;
    std::uint32_t size_ = 0;
};

struct Entry {
    Text ids;   // the command's, then the charge point's
    Text told;  // of one that ended: its result; of one on its way: its trace context
    model::BodyDigest body{};
    base::WallTime at{};
    std::uint32_t attempt = 0;
    std::uint16_t pod = 0;
    CommandState state = CommandState::queued;
    bool has_body : 1 = false;
    bool in_the_log : 1 = false;
};

// The key is the id in the entry's own text.
using Entries = std::map<std::string_view, Entry>;
using Node = Entries::value_type;

std::string_view charge_point_of(const Node& node) { return node.second.ids.view().substr(node.first.size()); }

struct Place {
    std::string_view charge_point;
    std::string_view command;
};
Place place_of(const Node* node) { return {charge_point_of(*node), node->first}; }
Place place_of(const Place& place) { return place; }

struct ByChargePoint {
    using is_transparent = void;
    bool operator()(const auto& left, const auto& right) const {
        const Place a = place_of(left);
        const Place b = place_of(right);
        return std::pair(a.charge_point, a.command) < std::pair(b.charge_point, b.command);
    }
};

struct Ended {
    base::MonoTime at;
    const Node* node;
};

std::size_t bytes_of(const Node& node) { return kEntryBytes + node.second.ids.view().size() + node.second.told.view().size(); }

int step_of(CommandState state) { return model::is_terminal(state) ? 2 : static_cast<int>(state); }

}  // namespace

class MemoryCommandStatuses::Table {
public:
    Table(const CommandStatusesConfig& config, model::PodId pod) : config_(config), pods_{std::move(pod)} {}

    Reservation reserve(const model::CommandId& command, const model::ChargePointId& charge_point, const model::BodyDigest& body,
                        base::Now now);
    void withdraw(const model::CommandId& command);
    void confirm(const model::CommandId& command);
    void record(const CommandStatus& status, const model::ResultHead& head, const model::BodyDigest* body, base::Now now);

    [[nodiscard]] std::optional<CommandStatus> find(const model::CommandId& command) const;
    [[nodiscard]] StatusPage search(const StatusQuery& query) const;

    [[nodiscard]] std::size_t unfinished() const { return entries_.size() - ended_.size(); }
    [[nodiscard]] std::size_t ended() const { return ended_.size(); }
    [[nodiscard]] std::size_t ended_bytes() const { return ended_bytes_; }

private:
    Node* add(std::string_view command, std::string_view charge_point);
    void remove(const Node& node);
    void end(Node& node, const std::string& result, base::MonoTime now);
    void forget_old(base::MonoTime now);
    std::uint16_t number_of(const model::PodId& pod);
    [[nodiscard]] CommandStatus status_of(const Node& node) const;
    template <class Iterator, class NodeOf>
    [[nodiscard]] StatusPage page(Iterator at, Iterator end, NodeOf node_of, const StatusQuery& query) const;

    const CommandStatusesConfig config_;
    std::vector<model::PodId> pods_;  // ours first
    Entries entries_;
    std::set<const Node*, ByChargePoint> by_charge_point_;
    std::deque<Ended> ended_;  // in the order of their end
    std::size_t ended_bytes_ = 0;
};

Reservation MemoryCommandStatuses::Table::reserve(const model::CommandId& command, const model::ChargePointId& charge_point,
                                                  const model::BodyDigest& body, base::Now now) {
    forget_old(now.mono);
    const auto known = entries_.find(command.text());
    if (known != entries_.end()) {
        const Entry& entry = known->second;
        // Where only its results are known, that the charge point is the same has to do: the Ledger looks at the body again.
        const bool same = charge_point_of(*known) == charge_point.text() && (!entry.has_body || entry.body == body);
        return {.kind = same ? Reservation::Kind::same : Reservation::Kind::other,
                .in_the_log = entry.in_the_log,
                .status = status_of(*known)};
    }
    Node* const node = add(command.text(), charge_point.text());
    if (node == nullptr) {
        return {.kind = Reservation::Kind::full,
                .in_the_log = false,
                .status = {.command = command, .charge_point = charge_point, .result = {}}};
    }
    node->second.body = body;
    node->second.has_body = true;
    node->second.at = now.wall;
    return {.kind = Reservation::Kind::fresh, .in_the_log = false, .status = status_of(*node)};
}

void MemoryCommandStatuses::Table::withdraw(const model::CommandId& command) {
    const auto found = entries_.find(command.text());
    if (found != entries_.end() && !found->second.in_the_log) remove(*found);
}

void MemoryCommandStatuses::Table::confirm(const model::CommandId& command) {
    const auto found = entries_.find(command.text());
    if (found != entries_.end()) found->second.in_the_log = true;
}

void MemoryCommandStatuses::Table::record(const CommandStatus& status, const model::ResultHead& head,
                                          const model::BodyDigest* body, base::Now now) {
    forget_old(now.mono);
    const auto found = entries_.find(status.command.text());
    Node* const node = found != entries_.end() ? &*found : add(status.command.text(), status.charge_point.text());
    if (node == nullptr) return;
    Entry& entry = node->second;
    if (body != nullptr && !entry.has_body) {
        entry.body = *body;
        entry.has_body = true;
    }
    entry.in_the_log = true;
    if (model::is_terminal(entry.state)) return;
    const bool moves_back = step_of(status.state) < step_of(entry.state);
    if (moves_back || (status.state == entry.state && head.attempt < entry.attempt)) return;
    entry.state = status.state;
    if (model::is_terminal(status.state)) return end(*node, status.result, now.mono);
    entry.at = head.at;
    entry.attempt = head.attempt;
    entry.pod = number_of(head.pod);
    entry.told = Text({head.traceparent});
}

std::optional<CommandStatus> MemoryCommandStatuses::Table::find(const model::CommandId& command) const {
    const auto found = entries_.find(command.text());
    return found == entries_.end() ? std::nullopt : std::optional(status_of(*found));
}

StatusPage MemoryCommandStatuses::Table::search(const StatusQuery& query) const {
    if (!query.charge_point) {
        return page(entries_.upper_bound(query.after), entries_.end(), [](auto at) { return &*at; }, query);
    }
    const Place after{query.charge_point->text(), query.after};
    return page(by_charge_point_.upper_bound(after), by_charge_point_.end(), [](auto at) { return *at; }, query);
}

template <class Iterator, class NodeOf>
StatusPage MemoryCommandStatuses::Table::page(Iterator at, Iterator end, NodeOf node_of, const StatusQuery& query) const {
    StatusPage page;
    std::size_t bytes = 0;
    const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, config_.page_max);
    std::string_view last;
    for (std::size_t seen = 0; at != end; ++at, ++seen) {
        const Node& node = *node_of(at);
        if (query.charge_point && charge_point_of(node) != query.charge_point->text()) break;
        if (page.commands.size() == limit || (bytes >= config_.page_bytes_max && bytes > 0) || seen == config_.scan_max) {
            page.next_cursor = std::string(last);
            break;
        }
        last = node.first;
        if (query.state && node.second.state != *query.state) continue;
        page.commands.push_back(status_of(node));
        bytes += page.commands.back().result.size();
    }
    return page;
}

Node* MemoryCommandStatuses::Table::add(std::string_view command, std::string_view charge_point) {
    if (unfinished() >= config_.unfinished_max) return nullptr;
    Text ids({command, charge_point});
    const std::string_view key = ids.view().substr(0, command.size());
    Node& node = *entries_.emplace(key, Entry{.ids = std::move(ids), .told = {}}).first;
    by_charge_point_.insert(&node);
    return &node;
}

void MemoryCommandStatuses::Table::remove(const Node& node) {
    by_charge_point_.erase(&node);
    entries_.erase(entries_.find(node.first));
}

void MemoryCommandStatuses::Table::end(Node& node, const std::string& result, base::MonoTime now) {
    node.second.told = Text({result});
    ended_.push_back({.at = now, .node = &node});
    ended_bytes_ += bytes_of(node);
    forget_old(now);
}

void MemoryCommandStatuses::Table::forget_old(base::MonoTime now) {
    while (!ended_.empty() && (ended_bytes_ > config_.ended_bytes_max || now - ended_.front().at > config_.remembered)) {
        const Node& oldest = *ended_.front().node;
        ended_bytes_ -= bytes_of(oldest);
        ended_.pop_front();
        remove(oldest);
    }
}

std::uint16_t MemoryCommandStatuses::Table::number_of(const model::PodId& pod) {
    const auto found = std::find(pods_.begin(), pods_.end(), pod);
    if (found != pods_.end()) return static_cast<std::uint16_t>(found - pods_.begin());
    if (pods_.size() >= config_.pods_max) return 0;
    pods_.push_back(pod);
    return static_cast<std::uint16_t>(pods_.size() - 1);
}

CommandStatus MemoryCommandStatuses::Table::status_of(const Node& node) const {
    const Entry& entry = node.second;
    CommandStatus status{.command = model::CommandId(std::string(node.first)),
                         .charge_point = model::ChargePointId(std::string(charge_point_of(node))),
                         .state = entry.state,
                         .result = {}};
    if (model::is_terminal(entry.state)) {
        status.result = entry.told.view();
    } else {
        status.result = model::write_result({.command = status.command,
                                             .charge_point = status.charge_point,
                                             .pod = pods_.at(entry.pod),
                                             .state = entry.state,
                                             .attempt = entry.attempt,
                                             .at = entry.at,
                                             .traceparent = std::string(entry.told.view())});
    }
    return status;
}

// ---- what others see: answers later

MemoryCommandStatuses::MemoryCommandStatuses(const CommandStatusesConfig& config, model::PodId pod, Post post)
    : post_(std::move(post)), table_(std::make_unique<Table>(config, std::move(pod))) {}

MemoryCommandStatuses::~MemoryCommandStatuses() = default;

void MemoryCommandStatuses::reserve(const model::CommandId& command, const model::ChargePointId& charge_point,
                                    const model::BodyDigest& body, base::Now now, std::function<void(Reservation)> answer) {
    post_([reservation = table_->reserve(command, charge_point, body, now), answer = std::move(answer)] { answer(reservation); });
}

void MemoryCommandStatuses::withdraw(const model::CommandId& command) { table_->withdraw(command); }

void MemoryCommandStatuses::confirm(const model::CommandId& command) { table_->confirm(command); }

void MemoryCommandStatuses::record(const CommandStatus& status, const std::optional<model::BodyDigest>& body, base::Now now) {
    const auto head = model::read_result(status.result);
    if (head && !head->late) table_->record(status, *head, body ? &*body : nullptr, now);
}

void MemoryCommandStatuses::record(std::string_view result, base::Now now) {
    const auto head = model::read_result(result);
    if (!head || head->late || !head->command || !head->charge_point) return;
    table_->record(
        {.command = *head->command, .charge_point = *head->charge_point, .state = head->state, .result = std::string(result)},
        *head, nullptr, now);
}

void MemoryCommandStatuses::find(const model::CommandId& command,
                                 std::function<void(std::optional<CommandStatus>)> answer) const {
    post_([status = table_->find(command), answer = std::move(answer)] { answer(status); });
}

void MemoryCommandStatuses::search(const StatusQuery& query, std::function<void(StatusPage)> answer) const {
    post_([page = table_->search(query), answer = std::move(answer)] { answer(page); });
}

std::size_t MemoryCommandStatuses::unfinished() const { return table_->unfinished(); }
std::size_t MemoryCommandStatuses::ended() const { return table_->ended(); }
std::size_t MemoryCommandStatuses::ended_bytes() const { return table_->ended_bytes(); }

}  // namespace registry
