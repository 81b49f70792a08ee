// The client against servers that behave, and against those that do not.
#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/net/raw_server.h"
#include "support/net/run_until.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using support::RawConnection;
using support::RawServer;
using testing::HasSubstr;
using testing::StartsWith;
using Kind = HttpFailure::Kind;
using Result = base::Result<HttpAnswer, HttpFailure>;

constexpr auto kLong = 20s;    // a deadline that is not reached
constexpr auto kShort = 50ms;  // one that is

// Answers every request with what it asked.
void echo(RawConnection& connection) {
    while (true) {
        const std::string request = connection.read_request();
        if (request.empty()) return;
        connection.answer(request);
    }
}

class HttpClientTest : public testing::Test {
protected:
    void use(const RawServer& server, const HttpClientConfig& config = {}) {
        client.emplace(loop, HttpUrl{.host = "127.0.0.1", .port = server.port(), .target = "/ask?a=b"}, config);
    }
    void start(std::string body, std::vector<Result>& results, std::chrono::milliseconds deadline = kLong) {
        client->send({.headers = {{"content-type", "application/json"}}, .body = std::move(body)}, deadline,
                     [&results](Result result) { results.push_back(std::move(result)); });
    }
    Result ask(std::string body = "{}", std::chrono::milliseconds deadline = kLong) {
        std::vector<Result> results;
        start(std::move(body), results, deadline);
        EXPECT_TRUE(results.empty()) << "an answer never comes from within the question";
        EXPECT_TRUE(run_until(loop, [&] { return !results.empty(); }, 25s));
        return results.empty() ? tl::unexpected(HttpFailure{.text = "nothing came"}) : results.front();
    }
    void expect_failure(Kind kind, std::chrono::milliseconds deadline = kLong) {
        const Result result = ask("{}", deadline);
        ASSERT_FALSE(result.has_value()) << result->status << " " << result->body;
        EXPECT_EQ(result.error().kind, kind) << result.error().text;
    }
    // Against a server that answers each request of each connection so.
    void expect_failure_of(std::string_view bytes, Kind kind) {
        RawServer server([bytes](RawConnection& connection) {
            connection.read_request();
            connection.send(bytes);
        });
        use(server);
        expect_failure(kind);
    }
    std::string body_of(std::string_view bytes) {
        RawServer server([bytes](RawConnection& connection) {
            connection.read_request();
            connection.send(bytes);
        });
        use(server);
        const Result result = ask();
        return result ? result->body : "failed: " + result.error().text;
    }

    Loop loop;
    std::optional<HttpClient> client;
};

TEST_F(HttpClientTest, SendsARequestThatAnyServerReads) {
    RawServer server(echo);
    use(server);
    const Result result = ask(R"({"a":1})");
    ASSERT_TRUE(result) << result.error().text;
    EXPECT_EQ(result->status, 200U);
    EXPECT_EQ(result->body, "POST /ask?a=b HTTP/1.1\r\nhost: 127.0.0.1:" + std::to_string(server.port()) +
                                "\r\ncontent-length: 7\r\ncontent-type: application/json\r\n\r\n{\"a\":1}");
}

TEST_F(HttpClientTest, KeepsItsConnection) {
    RawServer server(echo);
    use(server);
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(ask());
    }
    EXPECT_EQ(server.accepted(), 1U);
}

TEST_F(HttpClientTest, AsksSeveralAtOnceAndNoMoreThanAllowed) {
    std::atomic<int> waiting = 0;
    RawServer server([&](RawConnection& connection) {
        const std::string request = connection.read_request();
        ++waiting;
        while (waiting < 3) std::this_thread::yield();  // answered once all three are there
        connection.answer(request);
    });
    use(server, {.connections_max = 3});
    std::vector<Result> results;
    std::vector<Result> refused;
    for (int i = 0; i < 3; ++i) {
        start("{}", results);
    }
    start("{}", refused);
    EXPECT_TRUE(run_until(loop, [&] { return results.size() == 3 && refused.size() == 1; }, 20s));
    EXPECT_TRUE(results[0] && results[1] && results[2]);
    EXPECT_EQ(refused[0].error().kind, Kind::unreachable);
}

TEST_F(HttpClientTest, AKeptConnectionThatTheServerClosedIsReplacedInSilence) {
    RawServer server([](RawConnection& connection) { connection.answer(connection.read_request()); });
    use(server);
    for (int i = 0; i < 5; ++i) {
        const Result result = ask();
        EXPECT_TRUE(result) << result.error().text;
    }
    EXPECT_EQ(server.accepted(), 5U);
}

TEST_F(HttpClientTest, AKeptConnectionThatIsResetByTheNextRequestIsReplacedInSilence) {
    std::atomic<int> connections = 0;
    RawServer server([&](RawConnection& connection) {
        connection.answer(connection.read_request());
        if (++connections == 1) {
            connection.read_request();
            connection.reset();
        } else {
            echo(connection);
        }
    });
    use(server);
    EXPECT_TRUE(ask());
    const Result result = ask();
    EXPECT_TRUE(result) << result.error().text;
    EXPECT_EQ(server.accepted(), 2U);
}

TEST_F(HttpClientTest, ARequestIsSentTwiceOnlyOnAKeptConnection) {
    RawServer server([](RawConnection& connection) { connection.read_request(); });
    use(server);
    expect_failure(Kind::unreachable);
    EXPECT_EQ(server.accepted(), 1U);
}

TEST_F(HttpClientTest, AnIdleConnectionIsGivenUpAfterItsTime) {
    std::atomic<bool> ended = false;
    RawServer server([&](RawConnection& connection) {
        connection.answer(connection.read_request());
        ended = connection.wait_closed();
    });
    use(server, {.idle_timeout = 50ms});
    EXPECT_TRUE(ask());
    EXPECT_TRUE(run_until(loop, [&] { return ended.load(); }, 20s));
}

TEST_F(HttpClientTest, ReadsEveryKindOfBody) {
    EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), "abc");
    EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\n\r\n"), "abc");
    EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\n\r\nabc"), "abc") << "until the connection ends";
    EXPECT_EQ(body_of("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc"), "abc");
    EXPECT_EQ(body_of("HTTP/1.1 204 No Content\r\n\r\n"), "");
    EXPECT_EQ(body_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), "abc");
}

TEST_F(HttpClientTest, AnAnswerInPiecesIsOneAnswer) {
    RawServer server([](RawConnection& connection) {
        connection.read_request();
        for (const char byte : std::string("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")) {
            connection.send(std::string(1, byte));
        }
        connection.wait_closed();
    });
    use(server);
    const Result result = ask();
    ASSERT_TRUE(result) << result.error().text;
    EXPECT_EQ(result->body, "abc");
}

TEST_F(HttpClientTest, ARedirectIsAnAnswerAndIsNotFollowed) {
    RawServer server([](RawConnection& connection) {
        while (!connection.read_request().empty()) {
            connection.send("HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
        }
    });
    use(server);
    EXPECT_EQ(ask()->status, 307U);
    EXPECT_EQ(ask()->status, 307U);
    EXPECT_EQ(server.accepted(), 1U);
}

TEST_F(HttpClientTest, WhatIsNoHttpIsUnreadable) {
    expect_failure_of("garbage\r\n\r\n", Kind::unreadable);
    expect_failure_of("HTTP/1.1 abc OK\r\n\r\n", Kind::unreadable);
    expect_failure_of("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", Kind::unreadable);
    expect_failure_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", Kind::unreadable);
    expect_failure_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Kind::unreadable);
}

TEST_F(HttpClientTest, HalfAnAnswerIsNone) {
    expect_failure_of("", Kind::unreachable);
    expect_failure_of("HTTP/1.1 200 OK\r\n", Kind::unreachable);
    expect_failure_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", Kind::unreachable);
    expect_failure_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Kind::unreachable);
}

TEST_F(HttpClientTest, AnAnswerIsBoundedWhateverItSays) {
    const std::string megabyte(1'048'576, 'x');
    expect_failure_of("HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n" + megabyte, Kind::unreadable);
    expect_failure_of("HTTP/1.1 200 OK\r\n\r\n" + megabyte, Kind::unreadable);
    expect_failure_of("HTTP/1.1 200 OK\r\nX: " + megabyte + "\r\n\r\n", Kind::unreadable);
    std::string lines = "HTTP/1.1 200 OK\r\n";
    while (lines.size() < megabyte.size()) lines += "X-Header: with some value\r\n";
    expect_failure_of(lines, Kind::unreadable);
    std::string continued;
    while (continued.size() < megabyte.size()) continued += "HTTP/1.1 100 Continue\r\n\r\n";
    expect_failure_of(continued, Kind::unreadable);
}

TEST_F(HttpClientTest, ASlowServerIsLeftAtTheDeadline) {
    std::atomic<int> left = 0;
    RawServer server([&](RawConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
        left += connection.wait_closed() ? 1 : 0;
    });
    use(server);
    expect_failure(Kind::timed_out, kShort);
    EXPECT_TRUE(run_until(loop, [&] { return left == 1; }, 20s));
}

TEST_F(HttpClientTest, AfterADeadlineTheNextRequestHasAConnectionOfItsOwn) {
    std::atomic<int> connections = 0;
    RawServer server([&](RawConnection& connection) {
        if (++connections == 1) {
            connection.wait_closed();
        } else {
            echo(connection);
        }
    });
    use(server);
    expect_failure(Kind::timed_out, kShort);
    EXPECT_TRUE(ask());
}

TEST_F(HttpClientTest, WhatComesBehindAnAnswerEndsTheConnection) {
    RawServer server([](RawConnection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb");
        connection.wait_closed();
    });
    use(server);
    EXPECT_EQ(ask()->body, "a");
    EXPECT_EQ(ask()->body, "a") << "an answer that nobody asked for is nobody's";
    EXPECT_EQ(server.accepted(), 2U);
}

TEST_F(HttpClientTest, AServerThatRefusesIsUnreachable) {
    RawServer server(echo);
    use(server);
    server.stop();
    expect_failure(Kind::unreachable);
}

TEST_F(HttpClientTest, AHostIsLookedUp) {
    RawServer server(echo);
    client.emplace(loop, HttpUrl{.host = "localhost", .port = server.port()}, HttpClientConfig{});
    EXPECT_TRUE(ask());
    client.emplace(loop, HttpUrl{.host = "nowhere.invalid", .port = 80}, HttpClientConfig{});
    const Result result = ask();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Kind::unreachable);
    EXPECT_THAT(result.error().text, StartsWith("host 'nowhere.invalid': "));
}

TEST_F(HttpClientTest, AHeaderCannotAddALine) {
    RawServer server(echo);
    use(server);
    std::optional<Result> result;
    client->send({.headers = {{"x", "a\r\nevil: 1"}}}, kLong, [&](Result told) { result = std::move(told); });
    EXPECT_TRUE(run_until(loop, [&] { return result.has_value(); }, 20s));
    EXPECT_THAT((*result)->body, HasSubstr("x: a  evil: 1\r\n"));
}

TEST_F(HttpClientTest, OneThatGoesAnswersNothing) {
    RawServer server([](RawConnection& connection) { connection.wait_closed(); });
    use(server, {.connections_max = 1});
    std::vector<Result> results;
    start("{}", results);
    start("{}", results);  // refused, which is told later
    client.reset();
    for (int i = 0; i < 10; ++i) {
        loop.run_one(1ms);
    }
    EXPECT_TRUE(results.empty());
}

TEST(HttpUrlTest, IsTakenApart) {
    const auto url = parse_http_url("http://back-end:8000/decide?for=me");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "back-end");
    EXPECT_EQ(url->port, 8000);
    EXPECT_EQ(url->target, "/decide?for=me");
    EXPECT_EQ(parse_http_url("http://a")->target, "/");
    EXPECT_EQ(parse_http_url("http://a")->port, 80);
    EXPECT_EQ(parse_http_url("http://a?b")->target, "/?b");
    EXPECT_EQ(parse_http_url("http://[::1]:81/")->host, "::1");
    EXPECT_EQ(parse_http_url("http://[::1]:81/")->authority(), "[::1]:81");
    EXPECT_EQ(parse_http_url("http://[::1]")->port, 80);
}

TEST(HttpUrlTest, SaysWhatIsWrong) {
    EXPECT_THAT(parse_http_url("https://a").error(), HasSubstr("http://"));
    for (const char* url :
         {"", "a", "http://", "http:///a", "http://:80", "http://a:", "http://a:0", "http://a:65536", "http://a:x", "http://a b",
          "http://a\n", "http://me:secret@a", "http://a/#b", "http://[::1", "http://[::1]a", "http://[]", "http://\xC3\xA4"}) {
        EXPECT_FALSE(parse_http_url(url)) << url;
    }
}

}  // namespace
}  // namespace net
