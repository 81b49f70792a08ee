// The CPU time that a process takes, user and kernel together, by the scheduler's accounting in nanoseconds. The total is the
// kernel's own of the whole process, so threads that have ended are in it; those that live are told apart by name.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>

#include "base/json_writer.h"

namespace load {

struct CpuTime {
    std::chrono::nanoseconds total{};
    std::map<std::string, std::chrono::nanoseconds> by_thread;  // threads of one name together
};

// Pid 0: this process. Fails the run when the process is gone.
[[nodiscard]] CpuTime cpu_time_of(pid_t pid);
[[nodiscard]] CpuTime operator-(const CpuTime& later, const CpuTime& earlier);

// An object: total_ns, busy (cores), and ns by thread.
void write(base::JsonWriter& out, const CpuTime& spent, std::chrono::nanoseconds during);

}  // namespace load
