#include "net/http_server.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <ctime>
#include <filesystem>
#include <future>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "support/api/http_loop.h"
#include "support/api/raw_http_client.h"

namespace {

using namespace std::chrono_literals;
using support::RawHttpClient;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using Exchanges = std::vector<std::shared_ptr<net::HttpExchange>>;

std::string echo(const net::HttpRequest& request) { return request.method + " " + request.path + " " + request.body; }

void answer_with_echo(const std::shared_ptr<net::HttpExchange>& exchange) {
    exchange->send({.status = 200, .content_type = "text/plain", .body = echo(exchange->request()), .headers = {}});
}

class HttpServer : public testing::Test {
protected:
    void serve(const net::HttpConfig& config = {}, net::HttpHandler handler = answer_with_echo) {
        server_.start(config, std::move(handler));
    }

    std::string answer_to(std::string_view bytes) {
        RawHttpClient client(server_.port());
        client.send(bytes);
        return client.read_to_end();
    }

    // A test that broke something ends by proving that service goes on.
    void expect_service() { EXPECT_EQ(RawHttpClient(server_.port()).get("/still").body, "GET /still "); }

    support::HttpLoop server_;
};

TEST_F(HttpServer, KeepsAConnectionForFurtherRequests) {
    serve();
    RawHttpClient client(server_.port());
    const auto first = client.get("/a");
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(first.headers.at("content-type"), "text/plain");
    EXPECT_THAT(first.headers.at("date"), testing::EndsWith(" GMT"));
    EXPECT_EQ(first.body, "GET /a ");
    EXPECT_EQ(client.get("/b").body, "GET /b ");
}

TEST_F(HttpServer, WaitsForAnAnswerAsLongAsTheHandlerAsksFor) {
    Exchanges held;
    serve({.idle_timeout = 50ms}, [&](const std::shared_ptr<net::HttpExchange>& exchange) {
        if (exchange->request().path == "/late") exchange->answer_within(10s);
        if (exchange->request().path == "/short") exchange->answer_within(100ms);
        exchange->request().path == "/still" ? answer_with_echo(exchange) : held.push_back(exchange);
    });
    RawHttpClient late(server_.port());
    late.send("GET /late HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_EQ(RawHttpClient(server_.port()).get("/other").status, 503);
    EXPECT_EQ(RawHttpClient(server_.port()).get("/short").status, 503);
    EXPECT_TRUE(late.is_silent_for(100ms));
    server_.on_loop([&] {
        for (const auto& exchange : std::exchange(held, {})) {
            answer_with_echo(exchange);
            exchange->answer_within(1ms);  // too late to mean anything
        }
    });
    EXPECT_EQ(late.read_reply().body, "GET /late ");
    expect_service();
}

TEST_F(HttpServer, ReadsARequestWhateverThePiecesItComesIn) {
    serve();
    RawHttpClient client(server_.port());
    for (const char c : std::string("POST /a?x=1 HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello")) {
        client.send({&c, 1});
    }
    EXPECT_EQ(client.read_reply().body, "POST /a hello");
}

TEST_F(HttpServer, DecodesTheQueryAndLowersHeaderNames) {
    std::promise<net::HttpRequest> seen;
    serve({}, [&](const std::shared_ptr<net::HttpExchange>& exchange) {
        seen.set_value(exchange->request());
        answer_with_echo(exchange);
    });
    RawHttpClient client(server_.port());
    client.send("GET /a%2Fb?type=x&type=a%26b+c&flag HTTP/1.1\r\nHost: test\r\nX-One: 1\r\nx-one: 2\r\n\r\n");
    client.read_reply();
    const auto request = seen.get_future().get();
    EXPECT_EQ(request.path, "/a%2Fb");
    EXPECT_THAT(request.query, testing::ElementsAre(std::pair("type", "x"), std::pair("type", "a&b c"), std::pair("flag", "")));
    EXPECT_EQ(request.headers.at("x-one"), "1, 2");
}

TEST_F(HttpServer, AnswersPipelinedRequestsInTheirOrder) {
    serve();
    RawHttpClient client(server_.port());
    client.send(
        "GET /1 HTTP/1.1\r\nHost: t\r\n\r\nPOST /2 HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nokGET /3 HTTP/1.1\r\nHost: "
        "t\r\n\r\n");
    EXPECT_EQ(client.read_reply().body, "GET /1 ");
    EXPECT_EQ(client.read_reply().body, "POST /2 ok");
    EXPECT_EQ(client.read_reply().body, "GET /3 ");
}

TEST_F(HttpServer, HandsOverAPipelinedRequestOnlyOnceTheOneBeforeIsAnswered) {
    Exchanges held;
    std::promise<void> first_came;
    serve({}, [&](const std::shared_ptr<net::HttpExchange>& exchange) {
        if (exchange->request().path == "/late") {
            held.push_back(exchange);
            return first_came.set_value();
        }
        answer_with_echo(exchange);
    });
    RawHttpClient client(server_.port());
    client.send("GET /late HTTP/1.1\r\nHost: t\r\n\r\nGET /next HTTP/1.1\r\nHost: t\r\n\r\n");
    first_came.get_future().wait();
    server_.on_loop([&] { answer_with_echo(std::exchange(held, {}).front()); });
    EXPECT_EQ(client.read_reply().body, "GET /late ");
    EXPECT_EQ(client.read_reply().body, "GET /next ");
}

TEST_F(HttpServer, ClosesWhereThePeerAsksForIt) {
    serve();
    const std::string answer =
        answer_to("GET /a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr("connection: close\r\n"));
    EXPECT_THAT(answer, HasSubstr("GET /a "));
    EXPECT_THAT(answer, Not(HasSubstr("GET /b ")));
}

TEST_F(HttpServer, AnswersHttp10AndCloses) {
    serve();
    const std::string answer = answer_to("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("connection: close\r\n"));
}

TEST_F(HttpServer, LeavesTheBodyOutForHead) {
    serve();
    RawHttpClient client(server_.port());
    client.send("HEAD /a HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto reply = client.read_head();
    EXPECT_EQ(reply.headers.at("content-length"), "8");  // "HEAD /a "
    EXPECT_EQ(client.get("/b").body, "GET /b ");
}

TEST_F(HttpServer, ReadsAChunkedBodyAndTakesNoHeaderFromItsTrailer) {
    std::promise<bool> has_trailer;
    serve({}, [&](const std::shared_ptr<net::HttpExchange>& exchange) {
        has_trailer.set_value(exchange->request().headers.contains("x-late"));
        answer_with_echo(exchange);
    });
    RawHttpClient client(server_.port());
    client.send(
        "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX-Late: 1\r\n\r\n");
    EXPECT_EQ(client.read_reply().body, "POST /a abcdefg");
    EXPECT_FALSE(has_trailer.get_future().get());
}

TEST_F(HttpServer, IgnoresExpect) {
    serve();
    RawHttpClient client(server_.port());
    client.send("POST /a HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    client.send("ok");
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "POST /a ok");
}

TEST_F(HttpServer, RefusesALargeBodyWithAProblemThatArrivesAlthoughThePeerGoesOnSending) {
    serve({.body_bytes_max = 1000});
    const std::string body(300'000, 'x');
    EXPECT_THAT(answer_to("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 300000\r\n\r\n" + body.substr(0, 900)),
                StartsWith("HTTP/1.1 413 Payload Too Large\r\n"));
    EXPECT_THAT(answer_to("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3E9\r\n" + body.substr(0, 1001)),
                HasSubstr(R"("status":413)"));
    expect_service();
}

TEST_F(HttpServer, TakesABodyOfExactlyTheLimit) {
    serve({.body_bytes_max = 1000});
    RawHttpClient client(server_.port());
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
    EXPECT_EQ(client.read_reply().body.size(), 1007U);
}

TEST_F(HttpServer, RefusesALargeHeader) {
    serve({.header_bytes_max = 1000});
    EXPECT_THAT(answer_to("GET /" + std::string(1200, 'a') + " HTTP/1.1\r\nHost: t\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
    EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHost: t\r\nX: " + std::string(1200, 'a')), StartsWith("HTTP/1.1 431 "));
    EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHost: t\r\nX: " + std::string(1200, 'a') + "\r\n\r\n"),
                HasSubstr(R"("status":431)"));
    expect_service();
}

TEST_F(HttpServer, CountsHeaderLinesThatComeOneByOne) {
    serve({.header_bytes_max = 1000});
    RawHttpClient client(server_.port());
    client.send("GET / HTTP/1.1\r\nHost: t\r\n");
    for (int line = 0; line < 100; ++line) {
        client.send("X-Line: " + std::to_string(line) + "\r\n");
    }
    EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServer, RefusesEndlessChunkExtensions) {
    serve({.header_bytes_max = 1000});
    EXPECT_THAT(answer_to("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3;" + std::string(2000, 'a')),
                StartsWith("HTTP/1.1 4"));
}

class RefusedRequest : public HttpServer, public testing::WithParamInterface<const char*> {};

TEST_P(RefusedRequest, IsAnsweredWithAProblemAndTheConnectionCloses) {
    serve();
    const std::string answer = answer_to(GetParam());
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_THAT(answer, HasSubstr("content-type: application/problem+json\r\n"));
    EXPECT_THAT(answer, HasSubstr(R"({"type":"about:blank","title":"Bad Request","status":400,"detail":")"));
    expect_service();
}

INSTANTIATE_TEST_SUITE_P(
    Http, RefusedRequest,
    testing::Values("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",                                                          //
                    "GET / HTTP/1.1\r\n\r\n",                                                                                //
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",        //
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",        //
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",                      //
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",                                              //
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",                                         //
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",                       //
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",  //
                    "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",                             //
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",                                //
                    "GET / HTTP/1.1\r\nHost : a\r\n\r\n",                                                                    //
                    "GET /?a=%4 HTTP/1.1\r\nHost: a\r\n\r\n",                                                                //
                    "GET * HTTP/1.1\r\nHost: a\r\n\r\n",                                                                     //
                    "\x16\x03\x01\x02\x01\r\n\r\n"));

TEST_F(HttpServer, EndsARequestThatDoesNotArriveInTime) {
    serve({.request_timeout = 100ms});
    EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHo"), StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
    EXPECT_THAT(answer_to("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc"), StartsWith("HTTP/1.1 408 "));
    expect_service();
}

TEST_F(HttpServer, ClosesWhatSaysNothing) {
    serve({.request_timeout = 100ms, .idle_timeout = 100ms});
    EXPECT_THAT(answer_to(""), IsEmpty());
    RawHttpClient client(server_.port());
    client.get("/a");
    EXPECT_THAT(client.read_to_end(), IsEmpty());
}

TEST_F(HttpServer, AnswersForAHandlerThatDoesNotAnswer) {
    Exchanges held;
    serve({.idle_timeout = 100ms}, [&](const std::shared_ptr<net::HttpExchange>& exchange) {
        if (exchange->request().path == "/held") held.push_back(exchange);
    });
    RawHttpClient forgotten(server_.port());
    EXPECT_EQ(forgotten.get("/forgotten").status, 500);
    EXPECT_THAT(answer_to("GET /held HTTP/1.1\r\nHost: t\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
    server_.on_loop([&] { answer_with_echo(std::exchange(held, {}).front()); });
}

TEST_F(HttpServer, TakesALateAnswerToADeadConnection) {
    Exchanges held;
    std::promise<void> came;
    serve({}, [&](const std::shared_ptr<net::HttpExchange>& exchange) {
        if (exchange->request().path != "/late") return answer_with_echo(exchange);
        held.push_back(exchange);
        came.set_value();
    });
    RawHttpClient client(server_.port());
    client.send("GET /late HTTP/1.1\r\nHost: t\r\n\r\n");
    came.get_future().wait();
    server_.stop_server();
    EXPECT_THAT(client.read_to_end(), IsEmpty());

    std::promise<void> ended;
    server_.on_loop([&] {
        const auto stream = std::exchange(held, {}).front()->stream({});
        EXPECT_FALSE(stream->write("nobody is there"));
        stream->on_end([&] { ended.set_value(); });
    });
    ended.get_future().wait();
}

// Holds what is asked for under /late, and tells what becomes of it.
class HttpPeer : public HttpServer {
protected:
    void serve_late() {
        serve({}, [this](const std::shared_ptr<net::HttpExchange>& exchange) {
            if (exchange->request().path != "/late") return answer_with_echo(exchange);
            exchange->on_hang_up([this] { gone_.set_value(); });
            held_.push_back(exchange);
            came_.set_value();
        });
    }
    void answer_held() {
        server_.on_loop([&] { answer_with_echo(std::exchange(held_, {}).front()); });
    }

    Exchanges held_;
    std::promise<void> came_;
    std::promise<void> gone_;
};

TEST_F(HttpPeer, IsNoticedWhenItHangsUpBeforeItsAnswer) {
    serve_late();
    RawHttpClient client(server_.port());
    client.send("GET /late HTTP/1.1\r\nHost: t\r\n\r\n");
    came_.get_future().wait();
    client.close();
    EXPECT_EQ(gone_.get_future().wait_for(support::kPatience), std::future_status::ready);
    answer_held();
    expect_service();
}

TEST_F(HttpPeer, MayAskForMoreWhileItsEndIsWatchedFor) {
    serve_late();
    RawHttpClient client(server_.port());
    client.send("GET /late HTTP/1.1\r\nHost: t\r\n\r\n");
    came_.get_future().wait();
    client.send("POST /next HTTP/1.1\r\nHost: t\r\nContent-Length: 40000\r\n\r\n" + std::string(40'000, 'x'));
    answer_held();
    EXPECT_EQ(client.read_reply().body, "GET /late ");
    EXPECT_EQ(client.read_reply().body, "POST /next " + std::string(40'000, 'x'));
    EXPECT_EQ(gone_.get_future().wait_for(0s), std::future_status::timeout);
}

TEST_F(HttpServer, AnswersOnlyOnce) {
    serve({}, [](const std::shared_ptr<net::HttpExchange>& exchange) {
        answer_with_echo(exchange);
        exchange->send({.status = 500, .content_type = "text/plain", .body = "twice", .headers = {}});
        EXPECT_FALSE(exchange->stream({})->write("thrice"));
    });
    RawHttpClient client(server_.port());
    EXPECT_EQ(client.get("/a").body, "GET /a ");
    EXPECT_EQ(client.get("/b").body, "GET /b ");
}

TEST_F(HttpServer, LetsNoHeaderValueAddALine) {
    serve({}, [](const std::shared_ptr<net::HttpExchange>& exchange) {
        exchange->send({.status = 204, .content_type = {}, .body = {}, .headers = {{"location", "/a\r\nx-forged: 1"}}});
    });
    RawHttpClient client(server_.port());
    const auto reply = client.get("/");
    EXPECT_EQ(reply.headers.at("location"), "/a  x-forged: 1");
    EXPECT_FALSE(reply.headers.contains("x-forged"));
}

TEST_F(HttpServer, SendsALargeAnswerToASlowReaderWhole) {
    const std::string large(4'000'000, 'y');
    serve({}, [&](const std::shared_ptr<net::HttpExchange>& exchange) {
        exchange->send({.status = 200, .content_type = "text/plain", .body = large, .headers = {}});
    });
    RawHttpClient client(server_.port(), 4096);
    EXPECT_EQ(client.get("/").body, large);
}

TEST_F(HttpServer, GivesUpOnAPeerThatDoesNotReadItsAnswer) {
    const std::string large(8'000'000, 'y');
    serve({.write_timeout = 100ms}, [&](const std::shared_ptr<net::HttpExchange>& exchange) {
        exchange->send({.status = 200, .content_type = "text/plain", .body = large, .headers = {}});
    });
    RawHttpClient client(server_.port(), 4096);
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_TRUE(client.is_ended_unread());
    server_.finish();  // its thread reads `large`
}

// ---- streams

class HttpStream : public HttpServer {
protected:
    void serve_stream(const net::HttpConfig& config = {}) {
        serve(config, [this](const std::shared_ptr<net::HttpExchange>& exchange) {
            if (exchange->request().path != "/stream") return answer_with_echo(exchange);
            stream_ = exchange->stream({.status = 200, .content_type = "text/event-stream", .body = {}, .headers = {}});
            stream_->on_end([this] { ended_.set_value(); });
        });
    }
    void TearDown() override {
        server_.finish([this] { stream_.reset(); });
    }

    std::shared_ptr<net::HttpStream> stream_;
    std::promise<void> ended_;
};

TEST_F(HttpStream, IsChunkedAndEndsWithTheLastChunk) {
    serve_stream();
    RawHttpClient client(server_.port());
    client.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto head = client.read_head();
    EXPECT_EQ(head.headers.at("transfer-encoding"), "chunked");
    EXPECT_EQ(head.headers.at("connection"), "close");
    server_.on_loop([&] { EXPECT_TRUE(stream_->write("data: 1\n\n")); });
    EXPECT_EQ(client.read_until("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
    server_.on_loop([&] {
        EXPECT_TRUE(stream_->write("twelve bytes"));
        stream_->end();
        EXPECT_FALSE(stream_->write("too late"));
    });
    EXPECT_EQ(client.read_to_end(), "c\r\ntwelve bytes\r\n0\r\n\r\n");
    ended_.get_future().wait();
}

TEST_F(HttpStream, EndsWithTheConnectionForHttp10) {
    serve_stream();
    RawHttpClient client(server_.port());
    client.send("GET /stream HTTP/1.0\r\n\r\n");
    EXPECT_FALSE(client.read_head().headers.contains("transfer-encoding"));
    server_.on_loop([&] {
        stream_->write("as it is");
        stream_->end();
    });
    EXPECT_EQ(client.read_to_end(), "as it is");
}

TEST_F(HttpStream, HasNoBodyForHead) {
    serve_stream();
    RawHttpClient client(server_.port());
    client.send("HEAD /stream HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_EQ(client.read_head().status, 200);
    EXPECT_THAT(client.read_to_end(), IsEmpty());
    ended_.get_future().wait();
}

TEST_F(HttpStream, TellsItsEndWhenThePeerLeaves) {
    serve_stream();
    {
        RawHttpClient client(server_.port());
        client.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n");
        client.read_head();
    }
    ended_.get_future().wait();
    server_.on_loop([&] { EXPECT_FALSE(stream_->write("anyone?")); });
    expect_service();
}

TEST_F(HttpStream, EndsAReaderWhoseOutboxIsFull) {
    serve_stream({.stream_outbox_bytes_max = 64 * 1024});
    RawHttpClient client(server_.port(), 4096);
    client.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n");
    client.read_head();
    bool open = true;
    const std::string bytes(16'000, 'x');
    for (int turn = 0; open && turn < 10'000; ++turn) {
        server_.on_loop([&] { open = stream_->write(bytes); });
    }
    EXPECT_FALSE(open);
    ended_.get_future().wait();
    expect_service();
}

TEST_F(HttpStream, EndsAReaderThatStopsReading) {
    serve_stream({.write_timeout = 100ms, .stream_outbox_bytes_max = 64'000'000});
    RawHttpClient client(server_.port(), 4096);
    client.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n");
    client.read_head();
    server_.on_loop([&] { EXPECT_TRUE(stream_->write(std::string(8'000'000, 'x'))); });
    ended_.get_future().wait();
    expect_service();
}

TEST_F(HttpStream, MayBeSilentForLongerThanAnyDeadline) {
    serve_stream({.request_timeout = 50ms, .idle_timeout = 50ms, .write_timeout = 50ms});
    RawHttpClient client(server_.port());
    client.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n");
    client.read_head();
    EXPECT_TRUE(client.is_silent_for(300ms));
    server_.on_loop([&] { EXPECT_TRUE(stream_->write("still here")); });
    EXPECT_THAT(client.read_until("here"), HasSubstr("still here"));
}

// ---- the port

TEST_F(HttpServer, RefusesConnectionsBeyondTheLimit) {
    serve({.connections_max = 2});
    RawHttpClient first(server_.port());
    RawHttpClient second(server_.port());
    first.get("/1");
    second.get("/2");
    RawHttpClient third(server_.port());
    const auto refused = third.read_reply();
    EXPECT_EQ(refused.status, 503);
    EXPECT_TRUE(refused.headers.contains("retry-after"));
    EXPECT_EQ(first.get("/1").status, 200);
}

TEST_F(HttpServer, EndsEverythingWhenStopped) {
    serve();
    RawHttpClient client(server_.port());
    client.get("/a");
    server_.stop_server();
    EXPECT_THAT(client.read_to_end(), IsEmpty());
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator descriptors("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

TEST_F(HttpServer, WaitsWithoutSpinningWhileDescriptorsAreExhausted) {
    serve();
    const std::size_t idle = open_descriptors();
    expect_service();
    // The served connection's end, on the server's thread, must not free a descriptor later.
    while (open_descriptors() > idle) std::this_thread::yield();
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit few{.rlim_cur = 256, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);

    RawHttpClient client;
    std::vector<net::Descriptor> taken;
    while (true) {
        net::Descriptor descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (!descriptor.valid()) break;
        taken.push_back(std::move(descriptor));
    }
    client.connect(server_.port());
    client.send("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
    const std::clock_t cpu_before = std::clock();
    EXPECT_TRUE(client.is_silent_for(500ms));
    EXPECT_LT(std::clock() - cpu_before, CLOCKS_PER_SEC / 4);

    taken.clear();
    EXPECT_EQ(client.read_reply().body, "GET /a ");
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    expect_service();
}

}  // namespace
