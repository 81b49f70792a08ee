#include "cpu_watch.h"

#include <fmt/format.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "failure.h"

namespace load {

namespace {

std::chrono::nanoseconds total_of(pid_t pid) {
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
        fail(fmt::format("process {} is gone", pid));
    }
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

CpuTime cpu_time_of(pid_t pid) {
    CpuTime time{.total = total_of(pid), .by_thread = {}};
    const std::string folder = pid == 0 ? "/proc/self/task" : fmt::format("/proc/{}/task", pid);
    std::error_code gone;  // a thread may end while we look
    for (const auto& task : std::filesystem::directory_iterator(folder, gone)) {
        std::string thread;
        long long run_ns = 0;
        std::getline(std::ifstream(task.path() / "comm"), thread);
        if (std::ifstream(task.path() / "schedstat") >> run_ns) {
            time.by_thread[thread] += std::chrono::nanoseconds(run_ns);
        }
    }
    return time;
}

CpuTime operator-(const CpuTime& later, const CpuTime& earlier) {
    CpuTime spent{.total = later.total - earlier.total, .by_thread = later.by_thread};
    for (const auto& [thread, before] : earlier.by_thread) {
        spent.by_thread[thread] -= before;
    }
    return spent;
}

void write(base::JsonWriter& out, const CpuTime& spent, std::chrono::nanoseconds during) {
    out.begin_object().member("total_ns", spent.total.count());
    out.member("busy", static_cast<double>(spent.total.count()) / static_cast<double>(during.count()));
    out.key("threads").begin_object();
    for (const auto& [thread, time] : spent.by_thread) {
        out.member(thread, time.count());
    }
    out.end_object().end_object();
}

}  // namespace load
