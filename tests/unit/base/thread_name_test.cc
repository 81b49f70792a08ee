#include "base/thread_name.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>

namespace {

std::string shown_name() {
    std::ifstream file("/proc/thread-self/comm");
    std::string name;
    std::getline(file, name);
    return name;
}

std::string named(std::string_view name) {
    std::string shown;
    std::thread([&] {
        base::name_thread(name);
        shown = shown_name();
    }).join();
    return shown;
}

TEST(ThreadName, IsWhatTheSystemShows) { EXPECT_EQ(named("shard-0"), "shard-0"); }

TEST(ThreadName, TooLongIsCutRatherThanIgnored) { EXPECT_EQ(named("kafka-dead-letters"), "kafka-dead-lett"); }

}  // namespace
