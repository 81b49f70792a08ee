#include "stopwatch.h"

namespace load {

Stopwatch::Stopwatch(pid_t watched)
    : watched_(watched), spent_(watched == 0 ? CpuTime{} : cpu_time_of(watched)), own_(cpu_time_of(0)), begun_(Clock::now()) {}

void Stopwatch::stop() {
    elapsed_ = Clock::now() - begun_;
    own_ = cpu_time_of(0) - own_;
    if (watched_ != 0) {
        spent_ = cpu_time_of(watched_) - spent_;
    }
}

void Stopwatch::write(base::JsonWriter& out) const {
    out.member("seconds", std::chrono::duration<double>(elapsed_).count());
    load::write(out.key("generator"), own_, elapsed_);
    if (watched_ != 0) {
        load::write(out.key("cpu"), spent_, elapsed_);
    }
}

}  // namespace load
