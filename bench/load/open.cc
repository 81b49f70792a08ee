// Open loop: messages are due at a fixed rate, whatever the server does. A latency runs from when its message was due, so a
// message that waited behind a slow one, or that this program sent late, counts for what it is (no coordinated omission).
#include <sys/prctl.h>

#include <cmath>

#include "base/random.h"
#include "calls.h"
#include "latencies.h"
#include "modes.h"
#include "schedule.h"
#include "settle.h"

namespace load {

namespace {

constexpr std::uint64_t kSeed = 5;  // every run sends the same mix in the same order

class Open : public CrowdOwner {
public:
    explicit Open(const Options& options)
        : options_(options), calls_(options.connections, options.any_answer), crowd_(options.target, options.connections, *this) {
        for (std::size_t i = 0; i < kKinds.size(); ++i) {
            total_ += options.shares[i];
            bounds_[i] = total_;
        }
    }

    std::string run() {
        prctl(PR_SET_TIMERSLACK, 1);  // nanosecond; the usual 50 us are half of the time between two messages
        crowd_.connect_all(options_.connecting_max);
        schedule_ = Schedule(Clock::now(), options_.rate);
        work(options_.warm_up);
        measuring_since_ = schedule_.after(options_.warm_up);  // however late it is by now
        measuring_ = true;
        Stopwatch watch(options_.watch);
        work(options_.warm_up + options_.seconds);
        watch.stop();
        answer_the_rest(crowd_, calls_);
        crowd_.leave_all();
        return report(watch);
    }

    void on_message(std::uint32_t link, std::string_view message) override {
        const Call call = calls_.end(link, message);
        if (measuring_ && call.due >= measuring_since_) {
            latencies_[static_cast<std::size_t>(call.kind)].add(Clock::now() - call.due);
        }
    }

private:
    // Sends what is due until so many seconds after the begin.
    void work(double seconds) {
        const auto end = schedule_.after(seconds);
        while (true) {
            auto next = schedule_.due(calls_.begun());
            for (auto now = Clock::now(); next <= now; next = schedule_.due(calls_.begun())) {
                if (next >= end) {
                    return;
                }
                say(next);
            }
            crowd_.turn(std::max(std::chrono::nanoseconds{0}, std::chrono::nanoseconds(next - Clock::now())));
        }
    }

    void say(Clock::time_point due) {
        const auto link = static_cast<std::uint32_t>(calls_.begun() % crowd_.size());
        const Call call = calls_.begin(link, any_kind(), due);
        crowd_.send(link, messages_.frame(call.kind, call.serial));
        if (measuring_) {
            lateness_.add(Clock::now() - due);
        }
    }

    Kind any_kind() {
        const double drawn = random_.unit() * total_;
        std::size_t i = 0;
        while (i + 1 < bounds_.size() && drawn >= bounds_[i]) {
            ++i;
        }
        return kKinds[i];
    }

    std::string report(const Stopwatch& watch) {
        std::string text;
        base::JsonWriter out(text);
        out.begin_object().member("mode", "open").member("rate", options_.rate).member("connections", options_.connections);
        calls_.settle(out);
        watch.write(out);
        Latencies prompt = latencies_[static_cast<std::size_t>(Kind::heartbeat)];
        prompt.add(latencies_[static_cast<std::size_t>(Kind::status)]);
        out.key("latency").begin_object();
        for (const Kind kind : kKinds) {
            latencies_[static_cast<std::size_t>(kind)].write(out.key(name(kind)));
        }
        prompt.write(out.key("prompt"));
        out.end_object();
        lateness_.write(out.key("sent_late"));
        out.end_object();
        return text;
    }

    const Options& options_;
    Messages messages_;
    base::SplitMix random_{kSeed};
    std::array<double, kKinds.size()> bounds_{};
    double total_ = 0;
    Calls calls_;
    Crowd crowd_;
    Schedule schedule_{{}, 1};
    Clock::time_point measuring_since_;
    bool measuring_ = false;
    std::array<Latencies, kKinds.size()> latencies_;
    Latencies lateness_;
};

}  // namespace

std::string run_open(const Options& options) { return Open(options).run(); }

}  // namespace load
