// Closed loop: every charge point has a fixed number of unanswered messages. It shows what a message costs when the server
// is busy; what it says of latency is worth nothing, because a slow server is asked less.
#include <fmt/format.h>

#include "calls.h"
#include "failure.h"
#include "modes.h"
#include "settle.h"

namespace load {

namespace {

class Closed : public CrowdOwner {
public:
    explicit Closed(const Options& options)
        : options_(options),
          calls_(options.connections, options.any_answer),
          crowd_(options.target, options.connections, *this) {}

    std::string run() {
        crowd_.connect_all(options_.connecting_max);
        for (std::uint32_t i = 0; i < options_.in_flight; ++i) {
            for (std::uint32_t link = 0; link < crowd_.size(); ++link) {
                say(link);
            }
        }
        work(options_.warm_up);
        Stopwatch watch(options_.watch);
        const std::uint64_t before = calls_.answered();
        work(options_.seconds);
        watch.stop();
        const std::uint64_t answers = calls_.answered() - before;
        stopping_ = true;
        answer_the_rest(crowd_, calls_);
        crowd_.leave_all();
        return report(watch, answers);
    }

    void on_message(std::uint32_t link, std::string_view message) override {
        calls_.end(link, message);
        if (!stopping_) {
            say(link);
        }
    }

private:
    void say(std::uint32_t link) {
        const Call call = calls_.begin(link, options_.kind, {});
        crowd_.send(link, messages_.frame(call.kind, call.serial));
    }

    void work(double seconds) {
        const auto end = Clock::now() + std::chrono::duration<double>(seconds);
        while (Clock::now() < end) {
            if (crowd_.turn(kSilenceMax) == 0) {
                fail(fmt::format("no answer for {} s", kSilenceMax.count()));
            }
        }
    }

    std::string report(const Stopwatch& watch, std::uint64_t answers) const {
        std::string text;
        base::JsonWriter out(text);
        out.begin_object().member("mode", "closed").member("message", name(options_.kind));
        out.member("connections", options_.connections).member("in_flight", options_.in_flight);
        out.member("measured", answers);
        calls_.settle(out);
        watch.write(out);
        out.end_object();
        return text;
    }

    const Options& options_;
    Messages messages_;
    Calls calls_;
    Crowd crowd_;
    bool stopping_ = false;
};

}  // namespace

std::string run_closed(const Options& options) { return Closed(options).run(); }

}  // namespace load
