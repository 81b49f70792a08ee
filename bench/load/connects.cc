// Connects: every charge point connects, upgrades and leaves at once with a close frame, over and over.
#include "failure.h"
#include "modes.h"
#include "stopwatch.h"

namespace load {

namespace {

constexpr std::chrono::seconds kPatience{30};

class Connects : public CrowdOwner {
public:
    explicit Connects(const Options& options) : options_(options), crowd_(options.target, options.connecting_max, *this) {}

    std::string run() {
        Stopwatch watch(options_.watch);
        for (std::uint32_t link = 0; link < crowd_.size(); ++link) {
            next(link);
        }
        while (ended_ < options_.cycles) {
            if (crowd_.turn(kPatience) == 0) {
                fail("nothing happens any more");
            }
        }
        watch.stop();
        return report(watch);
    }

    void on_open(std::uint32_t link) override { crowd_.leave(link); }
    void on_message(std::uint32_t, std::string_view) override {}
    void on_closed(std::uint32_t link) override {
        ++ended_;
        next(link);
    }

private:
    void next(std::uint32_t link) {
        if (begun_ < options_.cycles) {
            crowd_.connect(link, begun_++ % options_.charge_points);
        }
    }

    std::string report(const Stopwatch& watch) const {
        std::string text;
        base::JsonWriter out(text);
        out.begin_object().member("mode", "connects").member("cycles", ended_);
        watch.write(out);
        out.end_object();
        return text;
    }

    const Options& options_;
    Crowd crowd_;
    std::uint32_t begun_ = 0;
    std::uint32_t ended_ = 0;
};

}  // namespace

std::string run_connects(const Options& options) { return Connects(options).run(); }

}  // namespace load
