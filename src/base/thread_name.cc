#include "base/thread_name.h"

#include <pthread.h>

#include <cstddef>
#include <string>

namespace base {

namespace {

constexpr std::size_t kBytesMax = 15;

}  // namespace

void name_thread(std::string_view name) { pthread_setname_np(pthread_self(), std::string(name.substr(0, kBytesMax)).c_str()); }

}  // namespace base
