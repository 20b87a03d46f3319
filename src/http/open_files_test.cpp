// Many hosts under a low limit of open files: nobody's connect fails for want of one.
#include "http/open_files.hpp"

#include "http/curl_net.hpp"
#include "http/environment.hpp"

#include "support/http_setup.hpp"
#include "support/program.hpp"
#include "support/raw_server.hpp"
#include "support/temp_dir.hpp"
#include "support/tls_stream.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/resource.h>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::allow;
using milkrun::test::Connection;
using milkrun::test::get;
using milkrun::test::RawServer;
using milkrun::test::TempDir;
using milkrun::test::TestTls;

namespace {

void answer_all(Connection& c) {
  while (!c.read_request().empty()) c.answer(200, "ok");
}

test::Finished child(const std::string& name, const std::vector<std::pair<std::string, std::string>>& variables) {
  return test::run_program({"/proc/self/exe", "--no-skip", "--test-case=child: " + name}, variables);
}

const Resolve all_are_loopback = [](const std::string&, const Resolved&) -> std::optional<Addresses> {
  return std::vector{Address::parse("127.0.0.1").value()};
};

} // namespace

TEST_CASE("files are shared out so that two attempts a call and the rest of the process have room") {
  for (const std::size_t files : {64UL, 128UL, 256UL, 1024UL, 4096UL, 65'536UL}) {
    CAPTURE(files);
    const Places places = places_for(files);
    CHECK(places.open >= 2);
    CHECK(places.mails >= 1);
    CHECK(places.mails < places.open); // and what is left of it is for the others
    CHECK(places.connections + places.open <= files - std::min<std::size_t>(192, files / 2));
  }
  CHECK(places_for(1024).open >= 256); // what a run has in flight by default
}

// In a process of its own, which may have few files and cannot get more; the server is in the parent.
TEST_CASE("child: few files" * doctest::skip()) {
  const rlimit few{.rlim_cur = 100, .rlim_max = 160};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  CurlNet net({}, Guard({allow("127.0.0.0/8")}, {80}, all_are_loopback));
  rlimit now{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &now) == 0);
  CHECK(now.rlim_cur == 160); // raised
  int good = 0;
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t host = 0; host < 300; ++host)
      net.submit(host, get("http://host" + std::to_string(host) + ".invalid:" + std::getenv("SERVER_PORT") + "/"));
    for (int answers = 0; answers < 300;) {
      net.wait(Millis(60'000));
      for (const auto& a : net.collect()) {
        ++answers;
        if (a.response) ++good;
        if (!a.response) CHECK(a.response.error().detail == "");
      }
    }
  }
  CHECK(good == 600);
  int open = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) ++open;
  CHECK(open > 40); // connections are kept all the same
  CHECK(open < 110);
}

TEST_CASE("three hundred hosts are called with a hundred and sixty files, and idle connections make place") {
  RawServer server(answer_all);
  const auto done = child("few files", {{"SERVER_PORT", std::to_string(server.port())}});
  CAPTURE(done.out);
  CHECK(done.code == 0);
  CHECK(done.out.find("1 passed") != std::string::npos);
  CHECK(server.seen().size() == 600);
}

TEST_CASE("child: one call by TLS" * doctest::skip()) {
  if (std::getenv("DROP") != nullptr) drop_environment();
  const TestTls tls;
  RawServer server(answer_all, tls.wrap());
  test::CurlClient client({.ca_file = tls.ca_file()}, test::open_guard());
  CHECK(client.send(get("https://" + server.host() + "/")));
}

TEST_CASE("no keys of connections are written to where the environment says") {
  const TempDir dir;
  const std::string keys = dir.file("keys");
  const auto without = child("one call by TLS", {{"SSLKEYLOGFILE", keys}});
  CHECK(without.code == 0);
  REQUIRE(std::filesystem::exists(keys)); // so this libcurl would
  std::filesystem::remove(keys);
  const auto with = child("one call by TLS", {{"SSLKEYLOGFILE", keys}, {"DROP", "1"}});
  CAPTURE(with.out);
  CHECK(with.code == 0);
  CHECK_FALSE(std::filesystem::exists(keys));
}
