#include "base/hash.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>

namespace base {
namespace {

// The framing, told again: each part behind its length as 8 bytes, lowest first.
std::string framed(std::initializer_list<std::string> parts) {
    std::string text;
    for (const std::string& part : parts) {
        std::uint64_t size = part.size();
        for (int i = 0; i < 8; ++i) {
            text += static_cast<char>(size % 256);
            size /= 256;
        }
        text += part;
    }
    return text;
}

std::string plain_hmac(const std::string& key, const std::string& text) {
    Digest digest{};
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         digest.data(), &size);
    return to_hex(digest);
}

TEST(Hash, WritesHexInLowerCase) {
    const Digest digest{0x00, 0x0F, 0xA0, 0xFF};
    EXPECT_EQ(to_hex(digest).substr(0, 10), "000fa0ff00");
    EXPECT_EQ(to_hex(digest).size(), 64U);
}

TEST(Hash, NoPartsHashLikeTheEmptyText) {
    EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    // RFC 4231 has no empty text; this is the well-known value for an empty key and an empty text.
    EXPECT_EQ(to_hex(hmac_sha256("", {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hash, TheHmacUnderneathIsThatOfRfc4231) {
    EXPECT_EQ(plain_hmac(std::string(20, '\x0b'), "Hi There"),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(plain_hmac("Jefe", "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(plain_hmac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hash, PartsAreFramedByTheirLengths) {
    EXPECT_EQ(to_hex(hmac_sha256("Jefe", {"what", "", "nothing?"})), plain_hmac("Jefe", framed({"what", "", "nothing?"})));
    EXPECT_EQ(to_hex(hmac_sha256(std::string(131, '\xaa'), {std::string(300, 'x')})),
              plain_hmac(std::string(131, '\xaa'), framed({std::string(300, 'x')})));
    // printf '\002\0\0\0\0\0\0\0ab\001\0\0\0\0\0\0\0c' | sha256sum
    EXPECT_EQ(to_hex(sha256({"ab", "c"})), "43ee655579de01ca739b3f95c1c2d3f46d353b2c0df818064ea594506cdb2617");
}

TEST(Hash, TheBorderBetweenPartsCounts) {
    EXPECT_NE(sha256({"ab", "c"}), sha256({"a", "bc"}));
    EXPECT_NE(sha256({"ab", ""}), sha256({"ab"}));
    EXPECT_NE(hmac_sha256("k", {"ab", "c"}), hmac_sha256("k", {"a", "bc"}));
    EXPECT_NE(hmac_sha256("k", {"ab"}), hmac_sha256("l", {"ab"}));
}

// The test vectors of the FNV reference code.
TEST(Hash, Fnv1aIsThatOfItsAuthors) {
    EXPECT_EQ(fnv1a32(""), 0x811c9dc5U);
    EXPECT_EQ(fnv1a32("a"), 0xe40c292cU);
    EXPECT_EQ(fnv1a32("foobar"), 0xbf9cf968U);
}

}  // namespace
}  // namespace base
