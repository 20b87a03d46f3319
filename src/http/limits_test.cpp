// Caps on what a hostile or broken server may make us take in.
#include "http/curl_net.hpp"

#include "support/deflate.hpp"
#include "support/http_setup.hpp"
#include "support/raw_server.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <cstdio>
#include <string>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::Connection;
using milkrun::test::CurlClient;
using milkrun::test::get;
using milkrun::test::gzip;
using milkrun::test::open_guard;
using milkrun::test::post;
using milkrun::test::RawServer;

namespace {

RawServer::Script reply(std::string body, std::string headers) {
  return [body = std::move(body), headers = std::move(headers)](Connection& c) {
    while (!c.read_request().empty()) c.answer(200, body, headers);
  };
}

// Sends chunks until the client has had enough.
RawServer::Script endless_chunks() {
  return [](Connection& c) {
    c.read_request();
    c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (c.write("1000\r\n" + std::string(4096, 'x') + "\r\n")) {
    }
  };
}

Expected<Response> fetch(RawServer& server, std::size_t max_body, Effect effect = Effect::read) {
  CurlClient client({}, open_guard());
  Request r = effect == Effect::read ? get(server.url()) : post(server.url(), "x", effect);
  r.max_body = max_body;
  return client.send(r);
}

std::string reason(const Expected<Response>& r) { return r ? "ok" : std::string(r.error().reason.code()); }

const std::string zipped = "Content-Encoding: gzip\r\n";

} // namespace

TEST_CASE("a body of exactly the cap passes, one byte more does not") {
  RawServer server(reply(std::string(100'000, 'x'), ""));
  CHECK(reason(fetch(server, 100'000)) == "ok");
  CHECK(reason(fetch(server, 99'999)) == "network.answer_too_large");
}

TEST_CASE("the cap counts after decompression") {
  const std::string plain(900'000, 'a');
  RawServer server(reply(gzip(plain), zipped));
  const auto answer = fetch(server, 900'000);
  REQUIRE(answer);
  CHECK(answer->body == plain);
  CHECK(reason(fetch(server, 899'999)) == "network.answer_too_large");
}

TEST_CASE("endless chunks are cut at the cap") {
  RawServer server(endless_chunks());
  CHECK(reason(fetch(server, 1024 * 1024)) == "network.answer_too_large");
}

TEST_CASE("what stands behind a chunk's size counts too, and has an end; small chunks are no flood") {
  RawServer endless([](Connection& c) {
    c.read_request();
    c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
    while (c.write(std::string(4096, 'a'))) {
    }
  });
  CHECK(reason(fetch(endless, 1024 * 1024)) == "network.answer_too_large");
  RawServer small([](Connection& c) {
    c.read_request();
    std::string chunks;
    for (int i = 0; i < 200'000; ++i) chunks += "1;a\r\nx\r\n";
    c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n");
  });
  CHECK(reason(fetch(small, 1024 * 1024)) == "ok"); // eight bytes for one
}

TEST_CASE("an archive bomb is stopped by its ratio, far below the cap") {
  const std::string bomb = gzip(std::string(64 * 1024 * 1024, '\0'));
  RawServer whole(reply(bomb, zipped));
  CHECK(reason(fetch(whole, 1024UL * 1024 * 1024)) == "network.answer_too_large");
  RawServer chunked([&](Connection& c) {
    c.read_request();
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", bomb.size());
    c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + zipped + "\r\n" + size + bomb + "\r\n0\r\n\r\n");
  });
  CHECK(reason(fetch(chunked, 1024UL * 1024 * 1024)) == "network.answer_too_large");
  RawServer small(reply(gzip(std::string(2 * 1024 * 1024, '\0')), zipped)); // 1000:1, found out at its end
  CHECK(reason(fetch(small, 1024UL * 1024 * 1024)) == "network.answer_too_large");
}

TEST_CASE("too large is an outage for what may be repeated, uncertain for once: the effect happened") {
  RawServer server(reply(std::string(1000, 'x'), ""));
  CHECK(fetch(server, 10).error().fault == Fault::outage);
  CHECK(fetch(server, 10, Effect::repeatable).error().fault == Fault::outage);
  const auto once = fetch(server, 10, Effect::once);
  CHECK(once.error().fault == Fault::uncertain);
  CHECK(once.error().http_status == 200);
}

TEST_CASE("headers are capped in number and in bytes, interim answers in number") {
  const auto many = [](int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += "X-" + std::to_string(i) + ": v\r\n";
    return out;
  };
  RawServer fits(reply("", many(99))); // and Content-Length
  const auto answer = fetch(fits, 100);
  REQUIRE(answer);
  CHECK(answer->headers.size() == 100);
  RawServer flood(reply("", many(100)));
  CHECK(reason(fetch(flood, 100)) == "network.too_many_headers");
  CHECK(fetch(flood, 100).error().fault == Fault::outage);
  RawServer long_one(reply("", "X: " + std::string(65 * 1024, 'v') + "\r\n"));
  CHECK(reason(fetch(long_one, 100)) == "network.too_many_headers");
  RawServer longer(reply("", "X: " + std::string(600 * 1024, 'v') + "\r\n")); // libcurl's own cap comes first
  CHECK(reason(fetch(longer, 100)) == "network.too_many_headers");
  RawServer interim([](Connection& c) {
    c.read_request();
    while (c.write("HTTP/1.1 103 Early Hints\r\n\r\n")) {
    }
  });
  CHECK(reason(fetch(interim, 100)) == "network.too_many_headers");
}

TEST_CASE("one coding at most: nested, repeated and unasked ones are refused at the header") {
  std::string nested = std::string(8 * 1024 * 1024, '\0');
  for (int i = 0; i < 3; ++i) nested = gzip(nested);
  for (const std::string headers :
       {"Content-Encoding: gzip, gzip, gzip\r\n", "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
        "Content-Encoding: x-gzip,gzip\r\n", "Content-Encoding: gzip\r\nTransfer-Encoding: gzip\r\n",
        "Transfer-Encoding: gzip\r\n", "Content-Encoding: br\r\n", "Content-Encoding: zstd\r\n"}) {
    CAPTURE(headers);
    RawServer server(reply(nested, headers));
    const auto answer = fetch(server, 1024 * 1024);
    CHECK(reason(answer) == "network.bad_content_encoding");
    CHECK(answer.error().http_status == 200);
    CHECK(answer.error().fault == Fault::outage);
    CHECK(fetch(server, 1024 * 1024, Effect::once).error().fault == Fault::uncertain);
  }
  RawServer server(reply("", zipped));
  CHECK(reason(fetch(server, 10)) == "ok"); // an empty body has no coding to undo
}

TEST_CASE("an answer packed once is read by each of its names") {
  for (const std::string headers : {"Content-Encoding: gzip\r\n", "Content-Encoding: x-gzip\r\n",
                                    "Content-Encoding: aws-chunked,gzip\r\n", "content-encoding:GZIP\r\n"}) {
    CAPTURE(headers);
    RawServer server(reply(gzip("plain"), headers));
    const auto answer = fetch(server, 100);
    REQUIRE(answer);
    CHECK(answer->body == "plain");
  }
  RawServer server(reply("plain", ""));
  REQUIRE(fetch(server, 100));
  CHECK(server.seen()[0].text.find("\r\nAccept-Encoding: gzip\r\n") != std::string::npos);
}

TEST_CASE("a coding nobody knows is the server's mistake: the body is read as it is") {
  for (const std::string coding : {"UTF-8", "utf-8", "none", "identity", "aws-chunked", ""}) {
    CAPTURE(coding);
    RawServer server(reply("plain", "Content-Encoding: " + coding + "\r\n"));
    for (const Effect effect : {Effect::read, Effect::once}) {
      const auto answer = fetch(server, 100, effect);
      REQUIRE(answer);
      CHECK(answer->body == "plain");
    }
  }
}

TEST_CASE("a packed file that no header names is read, under the limits of every coding") {
  RawServer server(reply(gzip("<rss/>"), "Content-Type: application/x-gzip\r\n"));
  const auto answer = fetch(server, 100);
  REQUIRE(answer);
  CHECK(answer->body == "<rss/>");
  RawServer bomb(reply(gzip(std::string(8 * 1024 * 1024, '\0')), ""));
  CHECK(reason(fetch(bomb, 8 * 1024 * 1024)) == "network.answer_too_large"); // out of proportion
  CHECK(reason(fetch(bomb, 100'000)) == "network.answer_too_large");
  RawServer nested(reply(gzip(gzip("plain")), ""));
  CHECK(fetch(nested, 100)->body == gzip("plain")); // once
  RawServer broken(reply(gzip("plain").substr(0, 3) + "broken", ""));
  CHECK(reason(fetch(broken, 100)) == "network.bad_content_encoding");
}

TEST_CASE("a server that names a coding and sends the plain text is understood") {
  const std::string plain = "<?xml version='1.0'?><rss/> Gr\xc3\xbc\xc3\x9f dich";
  for (const std::string coding : {"gzip", "deflate", "br", "zstd"}) {
    CAPTURE(coding);
    RawServer server(reply(plain, "Content-Encoding: " + coding + "\r\n"));
    for (const Effect effect : {Effect::read, Effect::once}) {
      const auto answer = fetch(server, 100, effect);
      REQUIRE(answer);
      CHECK(answer->body == plain);
    }
    CHECK(reason(fetch(server, 10)) == "network.answer_too_large");
  }
}

TEST_CASE("gzip is believed where the body begins like it, with or without a word beside it that is no coding") {
  for (const std::string coding : {"utf-8, gzip", "gzip, none", "gzip"}) {
    CAPTURE(coding);
    for (const std::string& body : {std::string("plain"), gzip("plain"), std::string("p")}) {
      RawServer server(reply(body, "Content-Encoding: " + coding + "\r\n"));
      const auto answer = fetch(server, 100);
      REQUIRE(answer);
      CHECK(answer->body == (body == "p" ? "p" : "plain"));
    }
    RawServer server(reply(gzip("plain").substr(0, 2) + "broken", "Content-Encoding: " + coding + "\r\n"));
    CHECK(reason(fetch(server, 100)) == "network.bad_content_encoding");
  }
}

TEST_CASE("bytes count before decompression, too") {
  std::string noise(300'000, '\0');
  unsigned x = 1;
  for (char& c : noise) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  RawServer fits(reply(gzip(noise), zipped)); // larger packed than plain
  CHECK(reason(fetch(fits, 300'000)) == "ok");
  RawServer trailed(reply(gzip("plain") + noise, zipped)); // what follows the end is read and dropped
  CHECK(reason(fetch(trailed, 1000)) == "network.answer_too_large");
}
