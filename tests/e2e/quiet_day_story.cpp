// The commonest run has nothing to do, and the operator's small commands look at what there is.
#include "e2e/scene.hpp"

#include <filesystem>
#include <map>
#include <unistd.h>

using namespace milkrun::e2e;

namespace {

std::map<std::string, std::vector<Row>> tables(const Scene& scene) {
  std::map<std::string, std::vector<Row>> out;
  for (const Row& table : scene.db().query("SELECT name FROM sqlite_master WHERE type = 'table'"))
    out[table.at("name")] = scene.db().query("SELECT * FROM " + table.at("name") + " ORDER BY rowid");
  return out;
}

} // namespace

TEST_CASE("a run that finds nothing due calls nobody and changes one row") {
  Scene scene;
  scene.open();
  scene.run();
  scene.run(); // makes the row of idle runs
  const std::size_t calls = scene.journal().size();
  auto before = tables(scene);
  const Finished silent = scene.milkrun({"publish-feeds"});
  CHECK(silent.code == 0);
  CHECK(silent.out == "");
  CHECK(silent.err == "");
  auto after = tables(scene);
  CHECK(after["idle_runs"].size() == 1);
  CHECK(after["idle_runs"][0]["times"] == "2");
  before.erase("idle_runs");
  after.erase("idle_runs");
  CHECK((before == after));
  CHECK(scene.journal().size() == calls);
}

TEST_CASE("a run that worked is silent too when cron started it, and tells all of it afterwards") {
  Scene scene({"asha"});
  scene.open();
  std::filesystem::create_directory(scene.path("apart"));
  std::filesystem::rename(scene.path("master.key"), scene.path("apart/master.key"));
  scene.write("milkrun.toml", "database = \"" + scene.path("m.db") + "\"\nkey_file = \"" +
                                  scene.path("apart/master.key") + "\"\n" + scene.allow);
  const Finished silent = scene.milkrun({"publish-feeds", "--as-root"}); // who is root is told elsewhere
  CHECK(silent.out == "");
  CHECK(silent.err == "");

  const Json listed = Json::parse(scene.milkrun({"runs", "list", "--json"}).out);
  REQUIRE(listed["runs"].size() == 1);
  CHECK(listed["runs"][0]["ended_by"] == "finished");
  CHECK(listed["runs"][0]["exit_code"] == 0);
  for (const std::string& name : {listed["runs"][0]["id"].get<std::string>(), std::string("1")}) {
    const Json shown = Json::parse(scene.milkrun({"runs", "show", name, "--json"}).out);
    REQUIRE(shown["tenants"].size() == 1);
    CHECK(shown["tenants"][0]["got"] == 1);
    CHECK(shown["tenants"][0]["story"].get<std::string>().starts_with("published 1: http"));
    CHECK(shown["counts"].size() == 5);
  }
  const Finished words = scene.milkrun({"runs", "show", "1"});
  CHECK(words.out.find("publish-post   done") != std::string::npos);
  CHECK(words.out.find("p1.1") != std::string::npos);
}

TEST_CASE("feed check shows what the reader sees of an address or a file, and knows what is no feed") {
  Scene scene({"asha"});
  scene.open();
  for (const char* format : {"rss", "atom", "json"}) {
    CAPTURE(format);
    scene.patch({{"feeds", {{"asha", {{"format", format}}}}}});
    const Finished checked = scene.milkrun({"feed", "check", scene.base() + "/feed/asha", "--json"});
    REQUIRE_MESSAGE(checked.code == 0, checked.err);
    const Json seen = Json::parse(checked.out);
    CHECK(seen["kind"] == format);
    REQUIRE(seen["items"].size() == 1);
    CHECK(seen["items"][0]["title"] == "News asha-1 – fünf 🍕");
    CHECK(seen["items"][0]["url"] == "https://news.example/asha-1");
    CHECK(seen["items"][0]["published"] == "2026-11-20T10:00:00Z");
  }
  const std::string file =
      scene.write("feed.xml", "<rss version=\"2.0\"><channel><title>T</title><item><guid>g</guid><title>One"
                              "</title></item></channel></rss>");
  const Finished words = scene.milkrun({"feed", "check", file});
  CHECK(words.code == 0);
  CHECK(words.out.find("guid:g") != std::string::npos);
  CHECK(words.out.find("not given") != std::string::npos);

  for (const std::string& target :
       {scene.base() + "/site/asha/", scene.base() + "/feed/nobody", scene.write("a.txt", "no feed")}) {
    CAPTURE(target);
    const Finished refused = scene.milkrun({"feed", "check", target});
    CHECK(refused.code == 65);
    CHECK(refused.out == "");
    CHECK(refused.err.find("milkrun: " + target) != std::string::npos);
  }
}

TEST_CASE("feed check stands under the same guard as a run") {
  Scene scene({"asha"});
  scene.allow = "";
  scene.write_config();
  for (const std::string& target :
       {scene.base() + "/feed/asha", std::string("http://169.254.169.254/feed"), std::string("https://[::1]/feed")}) {
    CAPTURE(target);
    const Finished refused = scene.milkrun({"feed", "check", target});
    CHECK(refused.code == 65);
    CHECK(refused.err.find("address not allowed") != std::string::npos);
  }
}

TEST_CASE("a key that lies beside the database is told by the first run of a job each day, and by no other") {
  Scene scene({"asha"});
  scene.open();
  const auto warns = [&] { return scene.milkrun({"publish-feeds"}).err.contains("key_beside_database"); };
  CHECK(warns());
  CHECK_FALSE(warns());
  CHECK_FALSE(warns()); // nothing was due
  scene.db().change(
      "UPDATE runs SET started_at = started_at - 86400000; UPDATE idle_runs SET last_at = last_at - 86400000");
  CHECK(warns());
  CHECK_FALSE(warns());
}

TEST_CASE("a job that root runs is told once a day, unless root insisted") {
  if (geteuid() != 0) return;
  Scene scene({"asha"});
  scene.open();
  const auto told = [&](const Words& words) { return scene.milkrun(words).err.contains("runs_as_root"); };
  CHECK(told({"publish-feeds"}));
  CHECK_FALSE(told({"publish-feeds"}));
  scene.db().change(
      "UPDATE runs SET started_at = started_at - 86400000; UPDATE idle_runs SET last_at = last_at - 86400000");
  CHECK_FALSE(told({"publish-feeds", "--as-root"}));
}
