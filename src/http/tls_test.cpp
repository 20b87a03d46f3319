// TLS is always verified; a private CA is trusted only when the operator names it.
#include "http/curl_net.hpp"

#include "support/http_setup.hpp"
#include "support/program.hpp"
#include "support/temp_dir.hpp"
#include "support/tls_stream.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <fstream>
#include <openssl/ssl.h>
#include <string>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::allow;
using milkrun::test::Connection;
using milkrun::test::CurlClient;
using milkrun::test::get;
using milkrun::test::names;
using milkrun::test::open_guard;
using milkrun::test::post;
using milkrun::test::RawServer;
using milkrun::test::TestTls;

namespace {

void answer_all(Connection& c) {
  while (!c.read_request().empty()) c.answer(200, "ok");
}

std::string https(const RawServer& server, const std::string& host = "127.0.0.1") {
  return "https://" + host + ":" + std::to_string(server.port()) + "/";
}

} // namespace

TEST_CASE("an unknown CA is refused before a byte is sent") {
  const TestTls tls;
  RawServer server(answer_all, tls.wrap());
  CurlClient client({}, open_guard());
  const auto answer = client.send(post(https(server), "x", Effect::once));
  CHECK(answer.error().reason.code() == "network.certificate_refused");
  CHECK(answer.error().fault == Fault::outage);
  CHECK(server.seen().empty());
}

TEST_CASE("the operator's CA file is trusted, on one kept connection") {
  const TestTls tls;
  RawServer server(answer_all, tls.wrap());
  CurlClient client({.ca_file = tls.ca_file()}, open_guard());
  for (int i = 0; i < 5; ++i) CHECK(client.send(post(https(server), "x", Effect::once)));
  CHECK(server.connections() == 1);
  CHECK(server.seen().size() == 5);
}

TEST_CASE("a certificate for another name is refused") {
  const TestTls tls;
  RawServer server(answer_all, tls.wrap());
  const Guard guard({allow("127.0.0.0/8")}, {443},
                    names({{"wrong.test", {"127.0.0.1"}}, {"localhost", {"127.0.0.1"}}}));
  CurlClient client({.ca_file = tls.ca_file()}, guard);
  CHECK(client.send(get(https(server, "localhost"))));
  CHECK(client.send(get(https(server, "wrong.test"))).error().reason.code() == "network.certificate_refused");
}

TEST_CASE("two names with one address and one certificate are two connections, also where connections are shared") {
  for (const bool shared : {false, true}) {
    CAPTURE(shared);
    const TestTls tls;
    RawServer server(answer_all, tls.wrap());
    const Guard guard({allow("127.0.0.0/8")}, {443}, names({{"localhost", {"127.0.0.1"}}}));
    CurlClient client({.ca_file = tls.ca_file()}, guard);
    for (int i = 0; i < 3; ++i)
      for (const char* host : {"localhost", "127.0.0.1"}) {
        Request r = get(https(server, host));
        r.shared_host = shared;
        CHECK(client.send(r));
      }
    CHECK(server.connections() == 2);
    for (const RawServer::Seen& one : server.seen())
      CHECK(one.text.contains(one.connection == server.seen().front().connection ? "Host: localhost"
                                                                                 : "Host: 127.0.0.1"));
  }
}

TEST_CASE("a server that speaks no TLS, or never finishes its handshake, got nothing") {
  RawServer plain([](Connection& c) {
    c.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    c.wait_for_close();
  });
  CurlClient client({}, open_guard());
  const auto answer = client.send(post(https(plain), "x", Effect::once));
  CHECK(answer.error().reason.code() == "network.tls_handshake_failed");
  CHECK(answer.error().fault == Fault::outage);

  RawServer mute([](Connection& c) { c.wait_for_close(); });
  Request r = post(https(mute), "x", Effect::once);
  r.connect_timeout = Millis(100);
  const auto stalled = client.send(r);
  CHECK(stalled.error().reason.code() == "network.connect_timed_out");
  CHECK(stalled.error().fault == Fault::outage);
}

TEST_CASE("a CA file that cannot be read is said so") {
  const TestTls tls;
  RawServer server(answer_all, tls.wrap());
  CurlClient client({.ca_file = "/nonexistent/ca.pem"}, open_guard());
  CHECK(client.send(get(https(server))).error().reason.code() == "network.ca_file_unreadable");
}

TEST_CASE("https does not redirect to plain http") {
  const TestTls tls;
  RawServer plain(answer_all);
  RawServer server(
      [&](Connection& c) {
        while (!c.read_request().empty()) c.answer(302, "", "Location: " + plain.url() + "\r\n");
      },
      tls.wrap());
  CurlClient client({.ca_file = tls.ca_file()}, open_guard());
  Request r = get(https(server));
  r.max_redirects = 5;
  CHECK(client.send(r).error().reason.code() == "network.redirect_to_plain_http");
  CHECK(plain.connections() == 0);
}

TEST_CASE("a TLS connection that is cut in mid-answer is no answer") {
  const TestTls tls;
  RawServer server(
      [](Connection& c) {
        c.read_request();
        c.write("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nabc");
      },
      tls.wrap());
  CurlClient client({.ca_file = tls.ca_file()}, open_guard());
  const auto answer = client.send(post(https(server), "x", Effect::once));
  CHECK(answer.error().fault == Fault::uncertain);
  CHECK(answer.error().http_status == 201);
}

// Runs in a process of its own, whose OpenSSL allows everything: only our own floor is left.
TEST_CASE("child: a machine that allows TLS 1.0" * doctest::skip()) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> lax(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  REQUIRE(SSL_CTX_get_min_proto_version(lax.get()) == TLS1_VERSION);
  REQUIRE(SSL_CTX_get_security_level(lax.get()) == 0);
  const TestTls old(TLS1_1_VERSION), good(TLS1_2_VERSION);
  RawServer old_server(answer_all, old.wrap()), good_server(answer_all, good.wrap());
  CurlClient client({.ca_file = good.ca_file()}, open_guard());
  CHECK(client.send(get(https(good_server))));
  CurlClient second({.ca_file = old.ca_file()}, open_guard());
  const auto answer = second.send(get(https(old_server)));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().reason.code() == "network.tls_handshake_failed");
  CHECK(old_server.seen().empty());
}

TEST_CASE("a server without TLS 1.2 is refused, also where the system would allow it") {
  const test::TempDir dir;
  const std::string config = dir.file("openssl.cnf");
  std::ofstream(config) << "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = lax\n"
                           "[lax]\nMinProtocol = TLSv1\nCipherString = DEFAULT@SECLEVEL=0\n";
  const auto child = test::run_program(
      {"/proc/self/exe", "--no-skip", "--test-case=child: a machine that allows TLS 1.0"}, {{"OPENSSL_CONF", config}});
  CAPTURE(child.out);
  CHECK(child.code == 0);
  CHECK(child.out.find("1 passed") != std::string::npos);
}
