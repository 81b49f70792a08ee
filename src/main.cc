// charge-point-gateway: reads its configuration, builds the application, runs it until it is told to stop.

#include <malloc.h>
#include <sys/resource.h>

#include <csignal>
#include <iostream>
#include <variant>

#include "app/application.h"
#include "app/command_line.h"
#include "base/log.h"

namespace {

// As many descriptors as the system lets us have: every charge point is one.
std::size_t raise_descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

// glibc raises this threshold to twice the largest buffer that was freed, up to 64 MiB, and keeps so much unused memory at the
// end of each thread's arena, where malloc_trim does not reach it either.
void fix_trim_threshold() {
    constexpr int kTrimThresholdBytes = 1 << 20;
    mallopt(M_TRIM_THRESHOLD, kTrimThresholdBytes);
}

int exit_with(app::ExitCode code) { return static_cast<int>(code); }

}  // namespace

int main(int argc, char** argv) {
    fix_trim_threshold();
    auto asked = app::read_command_line(argc, argv, app::environment_of_process(), std::cout, std::cerr);
    if (const auto* code = std::get_if<app::ExitCode>(&asked)) {
        return exit_with(*code);
    }
    auto [config, warnings] = std::move(std::get<app::LoadedConfig>(asked));
    base::configure_log(config.log_level, config.log_format);
    if (auto clamped = app::clamp_to_descriptors(config, raise_descriptor_limit())) {
        warnings.push_back(std::move(*clamped));
    }
    for (const std::string& warning : warnings) {
        base::log_warn("configuration", {{"warning", warning}});
    }

    std::signal(SIGPIPE, SIG_IGN);  // a peer that is gone is an error of write(), not a signal
    auto application = app::Application::create(std::move(config));
    if (!application) {
        base::log_error("could not start", {{"reason", application.error().message}});
        return exit_with(app::ExitCode::could_not_start);
    }
    (*application)->run();
    return exit_with(app::ExitCode::stopped_cleanly);
}
