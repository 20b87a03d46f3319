// A listener on loopback that no spelling, name, pin or proxy variable may reach.
#include "http/curl_net.hpp"

#include "support/http_setup.hpp"
#include "support/raw_server.hpp"

#include <fmt/format.h>

#include <ostream>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <unistd.h>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::allow;
using milkrun::test::Connection;
using milkrun::test::CurlClient;
using milkrun::test::get;
using milkrun::test::names;
using milkrun::test::RawServer;

namespace {

void answer_all(Connection& c) {
  while (!c.read_request().empty()) c.answer(200, "reached");
}

// 127.x.y.z in one of the notations inet_aton reads: 1 to 4 parts, each decimal, octal or hexadecimal.
std::string spelling(std::mt19937& random) {
  const auto number = [&](unsigned value) {
    switch (random() % 6) {
    case 0: return fmt::format("0{:o}", value);
    case 1: return fmt::format("0x{:x}", value);
    case 2: return fmt::format("0X{:X}", value);
    case 3: return fmt::format("000{:o}", value);
    case 4: return fmt::format("0x00{:x}", value);
    default: return fmt::format("{}", value);
    }
  };
  const unsigned address = 0x7f000000U | (random() & 0xffffffU);
  const unsigned parts = 1 + random() % 4;
  std::string out;
  for (unsigned i = 0; i + 1 < parts; ++i) out += number(address >> (24 - 8 * i) & 0xff) + ".";
  return out + number(address & (0xffffffffU >> (8 * (parts - 1))));
}

} // namespace

TEST_CASE("no spelling of loopback reaches a listener there") {
  RawServer canary(answer_all);
  CurlClient client({}, Guard({allow("10.0.0.0/8")}, {80, 443, canary.port()},
                              names({{"localhost", {"127.0.0.1", "::1"}}, {"foo.localhost", {"127.0.0.1"}}})));
  const std::string port = ":" + std::to_string(canary.port());
  std::vector<std::string> spellings;
  for (const std::string host :
       {"127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "foo.localhost",
        "localhost",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1%25lo]",
        "127.0.0.1.",
        "localhost.",
        "127.0.0.1%00.example.com",
        "%31%32%37.0.0.1",
        "127\u30020\u30020\u30021",                                                    // ideographic full stops
        "\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.\xe2\x93\xaa.\xe2\x93\xaa.\xe2\x91\xa0", // circled digits
        "example.com@127.0.0.1",
        "example.com\\@127.0.0.1"}) {
    for (const std::string scheme : {"http://", "https://"}) spellings.push_back(scheme + host + port + "/");
  }
  spellings.push_back("http://127.0.0.1" + port + "#@example.com");
  spellings.push_back("http:127.0.0.1" + port + "/");
  spellings.push_back("http:/\\127.0.0.1" + port + "/");
  std::mt19937 random(20261121); // NOLINT(cert-msc51-cpp): the same spellings each time
  for (int i = 0; i < 2000; ++i) spellings.push_back("http://" + spelling(random) + port + "/");
  for (const std::string& url : spellings) {
    CAPTURE(url);
    CHECK_FALSE(client.send(get(url)).has_value());
  }
  CHECK(canary.connections() == 0);
}

TEST_CASE("the tenant with an entry reaches the address, another tenant and service do not") {
  RawServer server(answer_all);
  CurlClient client({}, Guard({allow("127.0.0.0/8", "asha", "feed")}));
  Request r = get(server.url());
  CHECK(client.send(r)->body == "reached");
  r.caller.tenant = "bolt";
  CHECK(client.send(r).error().reason.code() == "network.address_not_allowed"); // although a connection is open
  r.caller = {.tenant = "asha", .service = "wordpress"};
  CHECK(client.send(r).error().reason.code() == "network.address_not_allowed");
  CHECK(server.seen().size() == 1);
}

TEST_CASE("the reused connection of a name that moved is judged again") {
  RawServer server(answer_all);
  int asked = 0;
  const Resolve flip = [&](const std::string&, const Resolved&) -> std::optional<Addresses> {
    return std::vector{Address::parse(++asked == 1 ? "127.0.0.1" : "10.1.2.3").value()};
  };
  CurlClient client({}, Guard({allow("127.0.0.0/8", "asha"), allow("10.1.2.3", "bolt")}, {80, 443}, flip));
  Request r = get("http://moved.test:" + std::to_string(server.port()) + "/");
  r.shared_host = true; // else bolt has connections of its own
  REQUIRE(client.send(r));
  r.caller.tenant = "bolt"; // its look-up passes, but the open connection leads to asha's address
  const auto answer = client.send(r);
  CHECK(answer.error().reason.code() == "network.address_not_allowed");
  CHECK(server.seen().size() == 1);
}

TEST_CASE("proxies in the environment are ignored") {
  RawServer proxy(answer_all), server(answer_all);
  const std::vector<std::string> variables{"http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"};
  for (const auto& v : variables) setenv(v.c_str(), proxy.url().c_str(), 1);
  CurlClient client({}, milkrun::test::open_guard());
  CHECK(client.send(get(server.url()))->body == "reached");
  for (const auto& v : variables) unsetenv(v.c_str());
  CHECK(proxy.connections() == 0);
  CHECK(server.connections() == 1);
}

TEST_CASE("a .netrc of the user is nobody's credential") {
  const std::filesystem::path home = std::filesystem::temp_directory_path() / fmt::format("milkrun-netrc-{}", getpid());
  std::filesystem::create_directories(home);
  for (const char* name : {".netrc", "_netrc"})
    std::ofstream(home / name) << "machine 127.0.0.1 login u password netrc-0123456789\ndefault login u password x\n";
  const char* const before = std::getenv("HOME");
  const std::string old = before == nullptr ? "" : before;
  setenv("HOME", home.c_str(), 1);
  RawServer server(answer_all);
  CurlClient client({}, milkrun::test::open_guard());
  CHECK(client.send(get(server.url()))->body == "reached");
  setenv("HOME", old.c_str(), 1);
  std::filesystem::remove_all(home);
  CHECK(server.seen().at(0).text.find("uthorization") == std::string::npos);
}

TEST_CASE("the vetted addresses are pinned: the name is not looked up again") {
  RawServer server(answer_all);
  CurlClient client({}, Guard({allow("127.0.0.0/8")}, {80}, names({{"no-such-name.invalid", {"127.0.0.1"}}})));
  const auto answer = client.send(get("http://no-such-name.invalid:" + std::to_string(server.port()) + "/"));
  REQUIRE(answer);
  CHECK(server.seen()[0].text.find("\r\nHost: no-such-name.invalid:") != std::string::npos);
}

TEST_CASE("a host with an underscore is called by its name, pinned and judged like any other") {
  RawServer server(answer_all);
  CurlClient client({}, Guard({allow("127.0.0.0/8", "asha")}, {80}, names({{"my_shop.invalid", {"127.0.0.1"}}})));
  Request r = get("http://my_shop.invalid:" + std::to_string(server.port()) + "/");
  REQUIRE(client.send(r));
  CHECK(server.seen()[0].text.find("\r\nHost: my_shop.invalid:") != std::string::npos);
  r.caller.tenant = "bolt";
  CHECK(client.send(r).error().reason.code() == "network.address_not_allowed");
}
