#include "base/shared_text.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace {

using base::SharedText;

TEST(SharedText, CopiesShareOnePieceOfMemory) {
    const SharedText text("charge point");
    SharedText copy = text;

    EXPECT_EQ(copy.view(), "charge point");
    EXPECT_EQ(copy.view().data(), text.view().data());
    EXPECT_EQ(copy, text);
}

TEST(SharedText, OutlivesTheOneItWasCopiedFrom) {
    SharedText copy;
    {
        const SharedText text(std::string(1000, 'x'));
        copy = text;
    }

    EXPECT_EQ(copy.view(), std::string(1000, 'x'));
}

TEST(SharedText, IsEmptyUntilItIsGivenBytesAndOnceItWasMoved) {
    SharedText text("a");
    const SharedText moved = std::move(text);

    EXPECT_TRUE(SharedText().empty());
    EXPECT_TRUE(SharedText("").empty());
    EXPECT_TRUE(text.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
    EXPECT_EQ(moved.view(), "a");
}

TEST(SharedText, IsAssignedToItself) {
    SharedText text("a");
    const SharedText& same = text;
    text = same;

    EXPECT_EQ(text.view(), "a");
}

TEST(SharedText, IsComparedByItsBytes) {
    EXPECT_EQ(SharedText("a"), SharedText(std::string("a")));
    EXPECT_LT(SharedText("a"), SharedText("b"));
    EXPECT_LT(SharedText(), SharedText("a"));
    EXPECT_NE(SharedText("a"), SharedText());
}

TEST(SharedText, IsCopiedAndDestroyedOnSeveralThreads) {
    std::vector<std::thread> threads;
    {
        const SharedText text("charge point");
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([text] {
                for (int turn = 0; turn < 10'000; ++turn) {
                    const SharedText copy = text;  // NOLINT(performance-unnecessary-copy-initialization): likewise
                    ASSERT_EQ(copy.view(), "charge point");
                }
            });
        }
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

}  // namespace
