#include "commands/kept_text.h"

#include <gtest/gtest.h>

#include <utility>

namespace commands {
namespace {

TEST(KeptText, FindsTheIdInTheText) {
    const KeptText kept(R"({"commandId":"c-1","commandName":"Reset"})", "c-1");
    EXPECT_EQ(kept.text(), R"({"commandId":"c-1","commandName":"Reset"})");
    EXPECT_EQ(kept.id(), "c-1");
    EXPECT_EQ(static_cast<const void*>(kept.id().data()), kept.text().data() + 14);
}

TEST(KeptText, KeepsAnIdThatTheTextEscapes) {
    const KeptText kept(R"({"commandId":"\u0063-1"})", "c-1");
    EXPECT_EQ(kept.text(), R"({"commandId":"\u0063-1"})");
    EXPECT_EQ(kept.id(), "c-1");
}

TEST(KeptText, ReplacesItselfByATextForTheSameId) {
    KeptText kept("the record of c-1", "c-1");
    kept = KeptText("its result", kept.id());
    EXPECT_EQ(kept.text(), "its result");
    EXPECT_EQ(kept.id(), "c-1");
}

}  // namespace
}  // namespace commands
