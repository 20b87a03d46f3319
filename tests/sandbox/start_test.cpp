// The sandbox as a process: it starts, its certificate verifies, its control API is strict, it ends.
#include "fixture.hpp"

#include <doctest/doctest.h>

using namespace milkrun::sandbox::test;
using milkrun::sandbox::SandboxProcess;

TEST_CASE("the sandbox ends cleanly on SIGTERM, also with a delayed answer under way") {
  SandboxProcess sandbox;
  control(sandbox, "POST", "faults", {{"route", "feed"}, {"kind", "delay_before"}, {"ms", 3'600'000}});
  std::thread waiting([&] { client(sandbox).Get("/feed/asha"); });
  while (control(sandbox, "GET", "journal").empty()) std::this_thread::yield();
  CHECK(sandbox.stop() == 0);
  waiting.join();
}

TEST_CASE("TLS verifies against the CA file by address and by name, and only against it") {
  SandboxProcess& sandbox = fresh_sandbox();
  for (const char* host : {"127.0.0.1", "localhost"}) {
    INFO(host);
    httplib::SSLClient https(host, sandbox.https_port());
    https.set_ca_cert_path(sandbox.ca_file().c_str());
    https.enable_server_certificate_verification(true);
    const auto answer = https.Get("/feed/asha");
    REQUIRE(answer);
    CHECK(answer->status == 200);
  }
  httplib::SSLClient stranger("127.0.0.1", sandbox.https_port());
  stranger.enable_server_certificate_verification(true);
  CHECK_FALSE(stranger.Get("/feed/asha"));
  CHECK(control(sandbox, "GET", "journal").at(0).at("scheme") == "https");
}

TEST_CASE("the control API refuses what it does not understand and says why") {
  SandboxProcess& sandbox = fresh_sandbox();
  const auto complaint = [&](const char* method, const char* what, const char* body, const char* word) {
    CHECK_THROWS_WITH(sandbox.control(method, what, body), doctest::Contains(word));
  };
  complaint("PUT", "state", R"({"portalz":{}})", "portalz");
  complaint("PUT", "state", "[]", "not a JSON object");
  complaint("PATCH", "state", R"({"sites":{"asha":5}})", "sites.asha");
  complaint("POST", "faults", R"({"route":"feed:asha","kind":"explode"})", "explode");
  complaint("POST", "faults", R"({"route":"feed:asha","kind":"status","stauts":500})", "stauts");
  complaint("POST", "faults", R"({"kind":"status"})", "route");
  complaint("POST", "faults", R"({"route":"feed","kind":"status","times":"often"})", "type");
  complaint("POST", "faults", "{", "not JSON");
  CHECK(control(sandbox, "GET", "faults").empty());
}

TEST_CASE("a patch changes the state and keeps the deeds, a put forgets them") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox, "editor");
  post(http, posts_route, {{"title", "kept"}});
  const Json patched = control(sandbox, "PATCH", "state", {{"feeds", {{"asha", {{"format", "atom"}}}}}});
  CHECK(patched["feeds"]["asha"]["format"] == "atom");
  CHECK(patched["feeds"]["asha"]["items"].size() == 1);
  CHECK(control(sandbox, "GET", "effects")["posts"]["asha"].size() == 1);
  fresh_sandbox();
  CHECK(control(sandbox, "GET", "effects")["posts"].empty());
}

TEST_CASE("the journal tells who asked what with which credential, on which connection") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto first = client(sandbox, "editor");
  post(first, posts_route + "?_fields=id", {{"title", "t"}});
  first.Get("/site/asha/wp-json/wp/v2/users/me");
  auto second = client(sandbox);
  second.Get("/nobody");
  const Json journal = control(sandbox, "GET", "journal");
  REQUIRE(journal.size() == 3);
  CHECK(journal[0]["route"] == "site:asha:create");
  CHECK(journal[0]["query"] == "_fields=id");
  CHECK(journal[0]["body"] == R"({"title":"t"})");
  CHECK(journal[0]["user"] == "editor");
  CHECK(journal[0]["credential"] == "Basic ZWRpdG9yOmVkaXRvcg==");
  CHECK(journal[0]["headers"]["content-type"] == "application/json");
  CHECK(journal[0]["status"] == 201);
  CHECK(journal[0]["processed"] == true);
  CHECK(journal[1]["connection"] == journal[0]["connection"]);
  CHECK(journal[2]["connection"] != journal[0]["connection"]);
  CHECK(journal[2]["status"] == 404);
  CHECK(journal[0]["n"].get<int>() + 2 == journal[2]["n"].get<int>());
}

TEST_CASE("a crowd of connections is served at once") {
  SandboxProcess& sandbox = fresh_sandbox();
  control(sandbox, "POST", "faults", {{"route", "feed"}, {"kind", "delay_after"}, {"ms", 50}, {"times", -1}});
  std::atomic<int> answered = 0;
  std::vector<std::thread> crowd;
  crowd.reserve(64);
  for (int i = 0; i < 64; ++i) crowd.emplace_back([&] { answered += client(sandbox).Get("/feed/asha") ? 1 : 0; });
  for (std::thread& one : crowd) one.join();
  CHECK(answered == 64);
}
