// librdkafka uses C11 threads, which gcc's ThreadSanitizer does not know: a program with it crashes in the first such thread.
// In the tsan build the C11 calls that librdkafka makes are answered here by the POSIX ones, which TSan sees. (glibc's own
// types are the same objects under both names.)
#ifdef __SANITIZE_THREAD__

#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>

namespace {

int as_c11(int error) {
    return error == 0 ? thrd_success : error == ETIMEDOUT ? thrd_timedout : error == EBUSY ? thrd_busy : thrd_error;
}

pthread_mutex_t* posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

struct Start {
    thrd_start_t function;
    void* argument;
};

void* run(void* raw) {
    const Start start = *static_cast<Start*>(raw);
    delete static_cast<Start*>(raw);
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(start.function(start.argument)));
}

}  // namespace

extern "C" {

// librdkafka itself is not instrumented: its atomics are invisible to TSan, and what it reads under them looks like a race.
const char* __tsan_default_suppressions() { return "race:librdkafka.so\n"; }

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
    return as_c11(pthread_create(thread, nullptr, run, new Start{function, argument}));
}
int thrd_join(thrd_t thread, int* result) {
    void* value = nullptr;
    const int error = pthread_join(thread, &value);
    if (result != nullptr) {
        *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
    }
    return as_c11(error);
}
int mtx_init(mtx_t* mutex, int) noexcept { return as_c11(pthread_mutex_init(posix(mutex), nullptr)); }
void mtx_destroy(mtx_t* mutex) noexcept { pthread_mutex_destroy(posix(mutex)); }
int mtx_lock(mtx_t* mutex) { return as_c11(pthread_mutex_lock(posix(mutex))); }
int mtx_unlock(mtx_t* mutex) noexcept { return as_c11(pthread_mutex_unlock(posix(mutex))); }
int cnd_init(cnd_t* condition) noexcept { return as_c11(pthread_cond_init(posix(condition), nullptr)); }
void cnd_destroy(cnd_t* condition) noexcept { pthread_cond_destroy(posix(condition)); }
int cnd_signal(cnd_t* condition) noexcept { return as_c11(pthread_cond_signal(posix(condition))); }
int cnd_broadcast(cnd_t* condition) noexcept { return as_c11(pthread_cond_broadcast(posix(condition))); }
int cnd_wait(cnd_t* condition, mtx_t* mutex) { return as_c11(pthread_cond_wait(posix(condition), posix(mutex))); }
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    return as_c11(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}

}  // extern "C"

#endif
