// Idle: charge points that connect and wait, boot and send a first heartbeat when a line comes on standard input, and then say
// nothing until it ends. Who measures memory reads `connected`, measures, writes a line, reads `booted`, measures, and closes
// our input.
#include <poll.h>
#include <unistd.h>

#include <iostream>

#include "calls.h"
#include "failure.h"
#include "modes.h"
#include "settle.h"

namespace load {

namespace {

constexpr std::chrono::milliseconds kInputPatience{100};

class Idle : public CrowdOwner {
public:
    explicit Idle(const Options& options)
        : options_(options),
          calls_(options.connections, options.any_answer),
          crowd_(options.target, options.connections, *this) {}

    std::string run() {
        Stopwatch connecting(options_.watch);
        crowd_.connect_all(options_.connecting_max);
        connecting.stop();
        tell("connected", connecting);
        if (is_told_to_go_on()) {
            Stopwatch booting(options_.watch);
            speak();
            booting.stop();
            tell("booted", booting);
            while (is_told_to_go_on()) {
            }
        }
        crowd_.leave_all();
        return report();
    }

    void on_message(std::uint32_t link, std::string_view message) override { calls_.end(link, message); }

private:
    // A few hundred at a time, as they connected.
    void speak() {
        for (const Kind kind : {Kind::boot, Kind::heartbeat}) {
            for (std::uint32_t link = 0; link < crowd_.size(); ++link) {
                const Call call = calls_.begin(link, kind, {});
                crowd_.send(link, messages_.frame(call.kind, call.serial));
                while (calls_.unanswered() >= options_.connecting_max && crowd_.turn(kSilenceMax) > 0) {
                }
            }
            answer_the_rest(crowd_, calls_);
        }
    }

    // Waits for standard input: a line, or its end. Meanwhile whatever the server says is heard.
    bool is_told_to_go_on() {
        pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
        while (poll(&input, 1, 0) <= 0) {
            crowd_.turn(kInputPatience);
        }
        std::array<char, 256> ignored;
        return ::read(STDIN_FILENO, ignored.data(), ignored.size()) > 0;
    }

    void tell(std::string_view what, const Stopwatch& watch) const {
        std::string text;
        base::JsonWriter out(text);
        out.begin_object().member("mode", "idle").member("state", what).member("connections", options_.connections);
        watch.write(out);
        out.end_object();
        std::cout << text << std::endl;
    }

    std::string report() const {
        std::string text;
        base::JsonWriter out(text);
        out.begin_object().member("mode", "idle").member("state", "left").member("connections", options_.connections);
        calls_.settle(out);
        out.end_object();
        return text;
    }

    const Options& options_;
    Messages messages_;
    Calls calls_;
    Crowd crowd_;
};

}  // namespace

std::string run_idle(const Options& options) { return Idle(options).run(); }

}  // namespace load
