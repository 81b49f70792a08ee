#include "net/http_target.h"

#include <gtest/gtest.h>

#include <string>

namespace {

TEST(PercentEncoding, MakesOneSegmentOfAPath) {
    EXPECT_EQ(net::percent_encoded("b-1.x_~"), "b-1.x_~");
    EXPECT_EQ(net::percent_encoded("b 1/CP:\xC3\xBC?#%"), "b%201%2FCP%3A%C3%BC%3F%23%25");
    std::string every;
    for (int byte = 0; byte < 256; ++byte) {
        every += static_cast<char>(byte);
    }
    EXPECT_EQ(net::percent_decoded(net::percent_encoded(every)), every);
}

}  // namespace
