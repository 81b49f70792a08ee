#include "sim/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "commands/repeat_table.h"
#include "sim/results.h"
#include "sim/timeline.h"

namespace sim {
namespace {

struct Result {
    const OutputFact* fact;
    ResultView view;
};
struct Refused {
    std::set<std::string> dead_letters;  // distinct
    std::string result;
    Order order = 0;  // of the first
};

// What the log says of one command, or of one record that was refused.
struct Story {
    const Wish* wish = nullptr;
    base::MonoTime expires{};
    int sender = 0;  // the run whose `sending` marker is the first
    std::vector<Result> results;
    const Result* end = nullptr;  // the first terminal result
    std::vector<const DownFact*> ended;
    std::vector<const DownFact*> cancels;
    std::vector<const FrameFact*> frames;
    std::vector<const AnswerFact*> answers;
};

constexpr milliseconds kRounding{2};  // of times in records

bool is_unsent(std::string_view state) {
    return state == "expired" || state == "unreachable" || state == "rejected" || state == "cancelled";
}

int rank_of(const ResultView& view) {
    if (view.state == "queued") return 0;
    if (view.state == "sent") return 1;
    return view.is_late ? 3 : 2;
}

class Checker {
public:
    Checker(const Facts& facts, const CheckedPromises& promises) : facts_(facts), promises_(promises) {}

    std::vector<Violation> run() {
        read_down();
        read_outputs();
        read_devices();
        for (auto& [id, story] : stories_) {
            if (story.end == nullptr) {
                fail(Check::ends_once, id, "it has no terminal result");
                continue;
            }
            check_end(id, story);
            check_order(id, story);
            check_steps(id, story);
            check_frames(id, story);
            check_reason(id, story);
            check_dead_letter(id, story);
            check_journal(id, story);
        }
        check_refusals();
        check_commits();
        check_statuses();
        check_rest();
        return std::move(violations_);
    }

private:
    void fail(Check check, const std::string& command, std::string text) {
        violations_.push_back({check, command, std::move(text)});
    }

    // ---- reading

    void read_down() {
        for (const auto& partition : facts_.down) {
            for (const DownFact& fact : partition) read_down(fact);
        }
    }

    void read_down(const DownFact& fact) {
        if (fact.wish < 0) {
            if (const auto story = stories_.find(member_of(fact.record.value, "commandId")); story != stories_.end()) {
                read_marker(fact, story->second);
            }
            return;
        }
        const Wish& wish = facts_.wishes.at(static_cast<std::size_t>(fact.wish));
        switch (wish.kind) {
            case WishKind::command: {
                Story& story = stories_[wish.id];
                story.wish = &wish;
                story.expires = fact.at + (expiry_of(wish, fact) - fact.record.time);
                by_mark_.emplace(wish.mark, &story);
                break;
            }
            case WishKind::copy: break;
            case WishKind::other_body:
                used_ids_.emplace(wish.mark, &wish);
                refused_.push_back(&fact);
                break;
            case WishKind::malformed: refused_.push_back(&fact); break;
            case WishKind::cancel: cancelled_.insert(wish.id); break;
        }
    }

    // What says that a command was not sent is void behind the `sending` marker of another run.
    static void read_marker(const DownFact& fact, Story& story) {
        if (fact.record.kind == "sending" && story.sender == 0) story.sender = fact.writer;
        if (fact.record.kind != "ended") return;
        const std::string state = view_of(member_of(fact.record.value, "result")).state;
        const bool is_void = story.sender != 0 && story.sender != fact.writer && is_unsent(state);
        if (!is_void) story.ended.push_back(&fact);
    }

    [[nodiscard]] base::WallTime expiry_of(const Wish& wish, const DownFact& fact) const {
        const auto span = wish.waits ? promises_.limits.default_wait_expiry : promises_.limits.default_expiry;
        return wish.expires.value_or(fact.record.time + span);
    }

    void read_outputs() {
        for (const OutputFact& fact : facts_.results) {
            ResultView view = view_of(fact.value);
            const auto story = stories_.find(view.id);
            if (view.id.empty()) {
                refusals_written_.emplace(fact.value, fact.order);
            } else if (story == stories_.end()) {
                fail(Check::ends_once, view.id, "a result of a command that nobody wrote: " + fact.value);
            } else {
                story->second.results.push_back({&fact, std::move(view)});
            }
        }
        for (auto& [id, story] : stories_) {
            const auto end = std::ranges::find_if(story.results, [](const Result& each) { return each.view.is_final; });
            story.end = end == story.results.end() ? nullptr : &*end;
        }
        for (const OutputFact& fact : facts_.dead_letters) {
            Refused& letters = letters_[member_of(fact.value, "command")];
            letters.dead_letters.insert(fact.value);
            if (letters.order == 0) letters.order = fact.order;
        }
    }

    void read_devices() {
        for (const HandOverFact& fact : facts_.hand_overs) {
            const auto story = stories_.find(fact.id);
            if (promises_.clock_is_right && story != stories_.end() && fact.at > story->second.expires + kRounding) {
                fail(Check::in_time, fact.id, "it was handed over after its last moment");
            }
        }
        for (const FrameFact& frame : facts_.frames) {
            if (const auto story = by_mark_.find(frame.mark); story != by_mark_.end()) {
                story->second->frames.push_back(&frame);
                if (frame.charge_point != story->second->wish->charge_point) {
                    fail(Check::old_connection, story->second->wish->id, frame.charge_point + " saw a frame that was not for it");
                }
            } else if (const auto used = used_ids_.find(frame.mark); used != used_ids_.end()) {
                fail(Check::seen_though_refused, used->second->id, "the second command with this id was sent");
            } else {
                fail(Check::seen_though_refused, fmt::format("c-{}", frame.mark), "a frame that belongs to no command");
            }
        }
        for (const AnswerFact& answer : facts_.answers) {
            if (const auto story = by_mark_.find(answer.mark); story != by_mark_.end()) story->second->answers.push_back(&answer);
        }
    }

    // ---- one command

    void check_end(const std::string& id, const Story& story) {
        for (const Result& result : story.results) {
            if (result.view.is_final && result.fact->value != story.end->fact->value) {
                fail(Check::ends_once, id,
                     fmt::format("two ends that differ: {} and {}", story.end->fact->value, result.fact->value));
            }
        }
    }

    // A record may be written again by a producer that is made anew; what is new must be in order, for each run by itself.
    void check_order(const std::string& id, const Story& story) {
        std::map<int, int> reached;  // by run
        std::set<std::string_view> told;
        for (const Result& result : story.results) {
            if (!told.insert(result.fact->value).second) continue;
            const int rank = rank_of(result.view);
            if (result.fact->key != story.wish->charge_point) {
                fail(Check::ordered, id, "a result with the key of another charge point: " + result.fact->key);
            }
            int& before = reached[result.fact->writer];
            if (rank < before) {
                fail(Check::ordered, id, fmt::format("{} comes too late: {}", result.view.state, result.fact->value));
            }
            before = std::max(before, rank);
            const bool is_after_end = result.fact->order > story.end->fact->order;
            if (rank < 2 && is_after_end && result.fact->writer > story.end->fact->writer) {
                fail(Check::ordered, id, "a later run begins it again after its end: " + result.fact->value);
            }
            if (result.view.is_late && story.end->view.state != "timed_out") {
                fail(Check::ordered, id, "a late answer to what did not time out: " + result.fact->value);
            }
        }
    }

    // Where one run told both what it did and how it ended, nothing in between is left out.
    void check_steps(const std::string& id, const Story& story) {
        if (story.ended.empty() || story.ended.front()->writer != story.end->fact->writer) return;
        const std::string& state = story.end->view.state;
        const bool was_sent = state == "completed" || state == "failed" || state == "timed_out";
        for (const char* step : {"queued", "sent"}) {
            const bool told = std::ranges::any_of(story.results, [&](const Result& each) {
                return each.view.state == step && each.fact->order < story.end->fact->order &&
                       each.fact->writer == story.end->fact->writer;
            });
            if (was_sent && !told) fail(Check::ordered, id, fmt::format("it ended {} and was never {}", state, step));
        }
    }

    void check_frames(const std::string& id, const Story& story) {
        const bool may_repeat = commands::repeat_of(story.wish->name) == commands::Repeat::allowed;
        if (!may_repeat && story.frames.size() > 1) {
            fail(Check::at_most_once, id, fmt::format("{} was seen {} times", story.wish->name, story.frames.size()));
        }
        std::map<int, std::uint32_t> by_run;
        for (const FrameFact* frame : story.frames) ++by_run[frame->run];
        for (const auto& [run, count] : by_run) {
            if (count > promises_.limits.attempts_max) {
                fail(Check::attempts, id, fmt::format("run {} sent it {} times", run, count));
            }
        }
        // A run does not know how often a former one sent what may be sent again.
        const bool knows = !may_repeat || facts_.runs == 1;
        if (!story.frames.empty() && (!story.wish->deliverable || (knows && is_unsent(story.end->view.state)))) {
            fail(Check::seen_though_refused, id, "it ended " + story.end->view.state + ", and the charge point has seen it");
        }
    }

    void check_reason(const std::string& id, const Story& story) {
        const ResultView& end = story.end->view;
        const bool is_error = end.state == "failed";
        if (end.state == "completed" || is_error) {
            const bool answered = std::ranges::any_of(story.answers, [&](const AnswerFact* answer) {
                return answer->is_error == is_error && answer->order < story.end->fact->order &&
                       answer->status == (is_error ? end.error_code : end.outcome);
            });
            if (!answered) fail(Check::truly_answered, id, "the charge point has not said so: " + story.end->fact->value);
        } else if (end.state == "unreachable" && story.wish->waits) {
            fail(Check::asked_for, id, "it was to wait, and it ended unreachable");
        } else if (end.state == "expired" && !story.ended.empty() && promises_.clock_is_right &&
                   story.ended.front()->at + kRounding < story.expires) {
            fail(Check::in_time, id, "it expired before its time");
        } else if (end.state == "cancelled" && !cancelled_.contains(id)) {
            fail(Check::asked_for, id, "it was cancelled, and nobody asked for it");
        } else if (end.state == "rejected" && end.error_code != "Overloaded" && story.wish->deliverable) {
            fail(Check::asked_for, id, "it was rejected, and nothing is wrong with it: " + story.end->fact->value);
        }
    }

    void check_dead_letter(const std::string& id, const Story& story) {
        const auto state = model::command_state(story.end->view.state);
        const auto letters = letters_.find(story.wish->text);
        const bool exists = letters != letters_.end();
        if (!state || model::is_dead_letter(*state) != exists) {
            return fail(Check::dead_letters, id,
                        fmt::format("it ended {}, and it has {} dead letter", story.end->view.state, exists ? "a" : "no"));
        }
        if (!exists) return;
        if (*letters->second.dead_letters.begin() != model::write_dead_letter(story.wish->text, story.end->fact->value) ||
            letters->second.dead_letters.size() > 1) {
            fail(Check::dead_letters, id, "its dead letter is not its record with its result");
        }
    }

    void check_journal(const std::string& id, const Story& story) {
        if (story.ended.empty() || story.ended.front()->order > story.end->fact->order) {
            return fail(Check::journal, id, "its result was written, and no ended marker was in the log");
        }
        if (member_of(story.ended.front()->record.value, "result") != story.end->fact->value) {
            fail(Check::journal, id, "its result is not that of the first ended marker");
        }
    }

    // ---- the rest

    void check_refusals() {
        std::map<std::string, std::size_t> records;  // by text
        for (const DownFact* fact : refused_) ++records[fact->record.value];
        for (const DownFact* fact : refused_) {
            const std::string& id = facts_.wishes.at(static_cast<std::size_t>(fact->wish)).id;
            const auto letters = letters_.find(fact->record.value);
            if (letters == letters_.end()) {
                fail(Check::refusals, id, "a record that was refused has no dead letter: " + fact->record.value);
                continue;
            }
            for (const std::string& letter : letters->second.dead_letters) {
                if (!refusals_written_.contains(member_of(letter, "result"))) {
                    fail(Check::refusals, id, "a record that was refused has no result: " + fact->record.value);
                }
            }
            if (letters->second.dead_letters.size() > records[fact->record.value]) {
                fail(Check::refusals, id, "its dead letter was repeated, and was not the same: " + fact->record.value);
            }
        }
    }

    void check_commits() {
        std::vector<std::int64_t> passed(facts_.down.size(), 0);
        for (const CommitFact& commit : facts_.commits) {
            const auto& partition = facts_.down.at(static_cast<std::size_t>(commit.partition));
            std::int64_t& from = passed.at(static_cast<std::size_t>(commit.partition));
            for (; from < commit.offset; ++from) check_passed(commit, partition.at(static_cast<std::size_t>(from)));
        }
    }

    void check_passed(const CommitFact& commit, const DownFact& fact) {
        const std::string where = fmt::format("the commit of {}/{} passes it, and ", commit.partition, commit.offset);
        if (fact.order > commit.order) return fail(Check::commits, "", where + "it was not even in the log");
        if (fact.wish < 0) return;
        const Wish& wish = facts_.wishes.at(static_cast<std::size_t>(fact.wish));
        if (wish.kind == WishKind::command) {
            const Result* end = stories_.at(wish.id).end;
            if (end == nullptr || end->fact->order > commit.order) {
                fail(Check::commits, wish.id, where + "it had not ended");
            } else if (commit.at < end->fact->at + promises_.limits.duplicates_remembered) {
                fail(Check::commits, wish.id, where + "its duplicates would not be known");
            }
        } else if (wish.kind == WishKind::malformed || wish.kind == WishKind::other_body) {
            const auto letters = letters_.find(fact.record.value);
            if (letters == letters_.end() || letters->second.order > commit.order) {
                fail(Check::commits, wish.id, where + "its refusal was not written");
            }
        }
    }

    void check_statuses() {
        for (const StatusFact& status : facts_.statuses) {
            if (!model::is_terminal(status.state)) continue;
            const auto story = stories_.find(status.id);
            const Result* end = story == stories_.end() ? nullptr : story->second.end;
            if (end == nullptr || end->fact->order > status.order || end->view.state != model::to_text(status.state)) {
                fail(Check::statuses, status.id,
                     fmt::format("the status store knows {} that the log did not have", model::to_text(status.state)));
            }
        }
    }

    void check_rest() {
        for (const StaleFact& stale : facts_.stale) fail(Check::old_connection, stale.command, stale.what);
        if (!facts_.at_rest) fail(Check::at_rest, "", "the run did not become quiet");
        if (facts_.commands_left != 0 || facts_.bytes_left != 0) {
            fail(Check::at_rest, "",
                 fmt::format("the ledger still counts {} commands and {} bytes", facts_.commands_left, facts_.bytes_left));
        }
        for (std::size_t i = 0; i < facts_.committed.size(); ++i) {
            const auto end = static_cast<std::int64_t>(facts_.down.at(i).size());
            if (facts_.committed[i] != end) {
                fail(Check::at_rest, "", fmt::format("partition {} is committed up to {} of {}", i, facts_.committed[i], end));
            }
        }
    }

    const Facts& facts_;
    const CheckedPromises promises_;
    std::vector<Violation> violations_;
    std::map<std::string, Story> stories_;  // by command id
    std::unordered_map<std::size_t, Story*> by_mark_;
    std::unordered_map<std::size_t, const Wish*> used_ids_;  // the second commands' marks
    std::vector<const DownFact*> refused_;
    std::set<std::string> cancelled_;
    std::map<std::string, Order> refusals_written_;     // results without an id; the first of each text
    std::unordered_map<std::string, Refused> letters_;  // by the command's text
};

}  // namespace

std::string_view name_of(Check check) {
    static constexpr std::array<std::string_view, 15> kNames{
        "ends_once",      "ordered",   "at_most_once", "attempts",       "seen_though_refused",
        "truly_answered", "asked_for", "in_time",      "refusals",       "dead_letters",
        "journal",        "commits",   "statuses",     "old_connection", "at_rest"};
    return kNames.at(static_cast<std::size_t>(check));
}

std::vector<Violation> check(const Facts& facts, const CheckedPromises& promises) { return Checker(facts, promises).run(); }

}  // namespace sim
