// What tenants share of the network, and what they do not: connections, and the memory for their answers.
#include "http/curl_net.hpp"

#include "support/deflate.hpp"
#include "support/http_setup.hpp"
#include "support/raw_server.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <set>
#include <string>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::Connection;
using milkrun::test::CurlClient;
using milkrun::test::get;
using milkrun::test::open_guard;
using milkrun::test::RawServer;

namespace {

constexpr std::size_t mib = std::size_t{1024} * 1024;

RawServer::Script reply(std::string body, std::string headers = "") {
  return [body = std::move(body), headers = std::move(headers)](Connection& c) {
    while (!c.read_request().empty()) c.answer(200, body, headers);
  };
}

// So many bytes that pack well, and not too well.
std::string numbers(std::size_t bytes) {
  std::string out;
  for (int i = 0; out.size() < bytes; ++i) out += std::to_string(i * 7919) + " ";
  out.resize(bytes);
  return out;
}

Request of(const std::string& tenant, const std::string& url) {
  Request r = get(url);
  r.caller.tenant = tenant;
  return r;
}

std::string reason(const Expected<Response>& r) { return r ? "ok" : std::string(r.error().reason.code()); }

} // namespace

TEST_CASE("no connection ever carries requests of two tenants, unless the host is one that they share") {
  RawServer server(reply("ok"));
  CurlClient client({}, open_guard());
  const std::vector<std::string> tenants{"asha", "bolt", "cleo"};
  for (int round = 0; round < 20; ++round)
    for (const std::string& tenant : tenants) REQUIRE(client.send(of(tenant, server.url("/" + tenant))));
  std::map<int, std::set<std::string>> seen;
  for (const RawServer::Seen& s : server.seen()) seen[s.connection].insert(s.text.substr(5, 4));
  CHECK(seen.size() == 3);
  for (const auto& [connection, who] : seen) CHECK(who.size() == 1);
  for (const std::string& tenant : tenants) {
    Request r = of(tenant, server.url());
    r.shared_host = true;
    REQUIRE(client.send(r));
  }
  CHECK(server.connections() == 4);
}

TEST_CASE("a connection of one's own shows in no error, and the host is asked for by its name") {
  RawServer server(reply("ok"));
  CurlClient client({}, open_guard());
  const auto refused = client.send(of("asha", "http://127.0.0.1:1/"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("127.0.0.1 port 1") != std::string::npos);
  REQUIRE(client.send(of("asha", server.url("/x"))));
  CHECK(server.seen()[0].text.find("\r\nHost: " + server.host() + "\r\n") != std::string::npos);
}

TEST_CASE("answers that hold all memory make their own tenant wait and fail, and nobody else") {
  RawServer big(reply(std::string(3 * mib, 'x'))), small(reply(std::string(300'000, 'y')));
  CurlClient client({.answer_memory = 4 * mib}, open_guard());
  auto held = client.send(of("greedy", big.url()));
  REQUIRE(held);
  const auto begun = std::chrono::steady_clock::now();
  const auto refused = client.send(of("greedy", big.url()));
  CHECK(reason(refused) == "network.no_room");
  CHECK(refused.error().fault == Fault::rate_limited); // ours: the host is well
  const auto waited = std::chrono::steady_clock::now() - begun;
  CHECK(waited > std::chrono::seconds(4)); // it might have come free
  CHECK(waited < std::chrono::seconds(20));
  CHECK(reason(client.send(of("modest", small.url()))) == "ok");
  held->room.reset(); // who asked has let go of it
  CHECK(reason(client.send(of("greedy", big.url()))) == "ok");
}

TEST_CASE("what is packed tightly finds no more room than what is not") {
  RawServer server(reply(milkrun::test::gzip(numbers(3 * mib)), "Content-Encoding: gzip\r\n"));
  CurlClient client({.answer_memory = 4 * mib}, open_guard());
  const auto held = client.send(of("greedy", server.url()));
  REQUIRE(held);
  CHECK(held->body.size() == 3 * mib);
  CHECK(reason(client.send(of("greedy", server.url()))) == "network.no_room");
  CHECK(reason(client.send(of("greedy", server.url()))) == "network.no_room"); // the first one gave back what it had
}

TEST_CASE("an answer that waits for memory goes on when there is some") {
  RawServer big(reply(std::string(3 * mib, 'x')));
  CurlNet net({.answer_memory = 4 * mib}, open_guard());
  net.submit(1, of("greedy", big.url()));
  std::vector<Net::Answer> first;
  while (first.empty()) {
    net.wait(Millis(1'000));
    first = net.collect();
  }
  REQUIRE(first[0].response);
  net.submit(2, of("greedy", big.url()));
  net.wait(Millis(300));
  CHECK(net.collect().empty());
  first.clear();
  std::vector<Net::Answer> second;
  for (int i = 0; i < 40 && second.empty(); ++i) {
    net.wait(Millis(100));
    second = net.collect();
  }
  REQUIRE(second.size() == 1);
  REQUIRE(second[0].response);
  CHECK(second[0].response->body.size() == 3 * mib);
}

TEST_CASE("what may be cut is cut, packed or not") {
  const std::string text(200'000, 'z');
  RawServer plain(reply(text)), zipped(reply(milkrun::test::gzip(text), "Content-Encoding: gzip\r\n"));
  for (RawServer* server : {&plain, &zipped}) {
    CurlClient client({}, open_guard());
    Request r = of("asha", server->url());
    r.max_body = 1'000;
    CHECK(reason(client.send(r)) == "network.answer_too_large");
    r.may_be_cut = true;
    const auto cut = client.send(r);
    REQUIRE(cut);
    CHECK(cut->status == 200);
    CHECK(cut->body == std::string(1'000, 'z'));
    r.max_body = 200'000;
    CHECK(client.send(r)->body == text);
  }
}
