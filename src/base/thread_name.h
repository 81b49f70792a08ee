// The name of the calling thread as the system shows it (`top -H`, `perf`, a debugger): who uses the processor, by role. The
// kernel keeps 15 bytes of it.
#pragma once

#include <string_view>

namespace base {

void name_thread(std::string_view name);

}  // namespace base
