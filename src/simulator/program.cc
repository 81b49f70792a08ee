#include "simulator/program.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <utility>

#include "base/log.h"
#include "simulator/fleet.h"
#include "simulator/report.h"

namespace simulator {

namespace {

// Besides the sockets: standard streams, epoll and event descriptors, the two journals, a library's odd one.
constexpr rlim_t kOtherDescriptors = 32;
// After the last charge point was told to leave, so long for transactions to end and queues to empty.
constexpr std::chrono::seconds kLeaveTimeout{60};
constexpr std::chrono::seconds kSecond{1};
// Where standard output is no terminal, every line stays, so there are fewer.
constexpr unsigned kSecondsPerPlainLine = 5;

base::Result<void> make_room_for(std::uint32_t sockets) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < sockets + kOtherDescriptors) {
        return base::fail(fmt::format("--count {} needs {} open files, and this process may have {} (ulimit -n)", sockets,
                                      sockets + kOtherDescriptors, limit.rlim_cur));
    }
    return {};
}

base::Result<FleetConfig> fleet_config(const Options& options) {
    auto server = net::SocketAddress::resolve(options.url.address);
    if (!server) {
        return base::fail("--url: " + server.error().message);
    }
    FleetConfig config;
    config.count = options.count;
    config.url = options.url;
    config.server = *server;
    config.connect_rate = options.connect_rate;
    config.seed = options.seed.value_or(base::random_seed());
    for (std::uint32_t i = 1; i <= options.source_addresses; ++i) {
        auto source = net::SocketAddress::resolve({.host = fmt::format("127.0.0.{}", i), .port = 0});
        if (!source) {
            return base::fail("--source-addresses: " + source.error().message);
        }
        config.sources.push_back(*source);
    }
    return config;
}

class Program final : private net::TimerHandler {
public:
    Program(const Options& options, const FleetConfig& config, const Journals& journals)
        : options_(options),
          journals_(journals),
          in_place_(isatty(STDOUT_FILENO) == 1),
          signals_(loop_.context(), SIGINT, SIGTERM),
          started_at_(loop_.now().mono),
          fleet_(loop_, config, options_.behaviour, statistics_, journals, [this] { loop_.stop(); }) {}

    int run() {
        wait_for_signal();
        fleet_.start();
        every_second_.set(loop_.timers(), started_at_ + kSecond, *this, kEverySecond);
        if (options_.duration.count() != 0) {
            end_.set(loop_.timers(), started_at_ + options_.duration, *this, kEnd);
        }
        loop_.run();
        return report();
    }

private:
    enum Tag : std::uint64_t { kEverySecond, kEnd };

    void on_timer(std::uint64_t tag) override {
        if (tag == kEnd) {
            leave_or_stop();
            return;
        }
        ++seconds_;
        every_second_.set(loop_.timers(), started_at_ + (seconds_ + 1) * kSecond, *this, kEverySecond);
        (void)write_journals();
        if (!options_.quiet && (in_place_ || seconds_ % kSecondsPerPlainLine == 0)) {
            print_progress();
        }
    }

    void print_progress() {
        const std::string line = progress_.next(statistics_, options_.count, since_start());
        // In place: to the line's begin, and clear what a longer line before left.
        fmt::print(stdout, "{}{}{}", in_place_ ? "\r" : "", line, in_place_ ? "\x1b[K" : "\n");
        std::fflush(stdout);
    }

    // The first time everybody begins to leave; the second time, or when that takes too long, the program ends.
    void leave_or_stop() {
        if (std::exchange(leaving_, true)) {
            loop_.stop();
            return;
        }
        const auto last = fleet_.leave();
        end_.set(loop_.timers(), loop_.now().mono + last + kLeaveTimeout, *this, kEnd);
    }

    void wait_for_signal() {
        signals_.async_wait([this](const boost::system::error_code& error, int) {
            if (!error) {
                leave_or_stop();
                wait_for_signal();
            }
        });
    }

    int report() {
        bool good = statistics_.succeeded(options_.count);
        if (in_place_ && !options_.quiet) {
            fmt::print(stdout, "\n");
        }
        fmt::print(stdout, "{}", summary(statistics_, options_.count, since_start()));
        std::fflush(stdout);
        if (!write_journals()) {
            base::log_error("a journal lacks lines that could not be written",
                            {{"answers_file", options_.answers_file}, {"command_journal", options_.command_journal}});
            good = false;
        }
        return good ? 0 : 1;
    }

    // False once a line could not be written.
    bool write_journals() {
        bool whole = true;
        const auto write = [&whole](LinesFile& lines) {
            lines.flush();
            whole = whole && lines.whole();
        };
        if (journals_.answers != nullptr) {
            write(journals_.answers->lines());
        }
        if (journals_.commands != nullptr) {
            write(journals_.commands->lines());
        }
        return whole;
    }

    [[nodiscard]] std::chrono::milliseconds since_start() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now().mono - started_at_);
    }

    const Options& options_;
    const Journals journals_;
    const bool in_place_;
    net::Loop loop_;
    boost::asio::signal_set signals_;
    const base::MonoTime started_at_;
    Statistics statistics_;
    ProgressLine progress_;
    net::Timer every_second_;
    net::Timer end_;
    std::int64_t seconds_ = 0;
    bool leaving_ = false;
    Fleet fleet_;
};

int could_not_start(const base::Error& error) {
    base::log_error("the fleet could not start", {{"reason", error.message}});
    return 2;
}

}  // namespace

int run(const Options& options) {
    base::configure_log(base::LogLevel::info, base::LogFormat::text);
    if (const auto room = make_room_for(options.count); !room) {
        return could_not_start(room.error());
    }
    const auto config = fleet_config(options);
    if (!config) {
        return could_not_start(config.error());
    }
    std::optional<AnswersFile> answers;
    if (!options.answers_file.empty()) {
        auto created = AnswersFile::create(options.answers_file);
        if (!created) {
            return could_not_start(created.error());
        }
        answers = std::move(*created);
    }
    std::optional<CommandJournal> commands;
    if (!options.command_journal.empty()) {
        auto opened = CommandJournal::open(options.command_journal);
        if (!opened) {
            return could_not_start(opened.error());
        }
        commands = std::move(*opened);
    }
    Program program(options, *config, {.answers = answers ? &*answers : nullptr, .commands = commands ? &*commands : nullptr});
    return program.run();
}

}  // namespace simulator
