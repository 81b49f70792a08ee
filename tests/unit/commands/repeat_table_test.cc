#include "commands/repeat_table.h"

#include <gtest/gtest.h>

namespace commands {
namespace {

TEST(RepeatTable, AllowsWhatOnlyReadsOrSetsTheSameAgain) {
    EXPECT_EQ(repeat_of("GetConfiguration"), Repeat::allowed);
    EXPECT_EQ(repeat_of("configuration.get"), Repeat::allowed);
    EXPECT_EQ(repeat_of("TriggerMessage"), Repeat::allowed);
}

TEST(RepeatTable, ForbidsWhatMovesEnergyMoneyOrTheDevice) {
    for (const char* name : {"RemoteStartTransaction", "RemoteStopTransaction", "Reset", "UnlockConnector", "UpdateFirmware",
                             "DataTransfer", "transaction.start", "transaction.stop", "device.reset", "connector.unlock"}) {
        EXPECT_EQ(repeat_of(name), Repeat::forbidden) << name;
    }
}

TEST(RepeatTable, ForbidsWhatItDoesNotKnow) { EXPECT_EQ(repeat_of("SelfDestruct"), Repeat::forbidden); }

}  // namespace
}  // namespace commands
