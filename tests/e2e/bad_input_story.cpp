// What is wrong with the input is said in one clear line that names the thing and the mend, with the documented exit
// code, and nothing is half-written.
#include "e2e/scene.hpp"

#include <filesystem>
#include <functional>

using namespace milkrun::e2e;

namespace {

struct Said {
  std::string first; // line, without "milkrun: "
  int lines = 0, others = 0;
};

Said said(const std::string& err) {
  Said out;
  std::istringstream text(err);
  for (std::string line; std::getline(text, line);) {
    if (line.find("key_beside_database") != std::string::npos || line.find("runs_as_root") != std::string::npos)
      continue;                                                      // the scene's own arrangement
    if (line.find("database_locked") != std::string::npos) continue; // a run that waits for a lock says so meanwhile
    if (!line.starts_with("milkrun: ")) {
      ++out.others;
      continue;
    }
    if (out.lines++ == 0) out.first = line.substr(9);
  }
  return out;
}

void check(const Finished& finished, int code, const std::vector<std::string>& words, int lines = 1) {
  CAPTURE(finished.err);
  CHECK(finished.code == code);
  CHECK(finished.out == "");
  const Said what = said(finished.err);
  CHECK(what.lines == lines);
  CHECK(what.others == 0);
  for (const std::string& word : words) CHECK_MESSAGE(what.first.find(word) != std::string::npos, word);
}

std::int64_t stored(const Scene& scene) {
  return scene.db().number(
      "SELECT (SELECT count(*) FROM tenants) + (SELECT count(*) FROM portals) + (SELECT count(*) FROM "
      "plans) + (SELECT count(*) FROM feeds) + (SELECT count(*) FROM credentials)");
}

} // namespace

TEST_CASE("a broken configuration ends with 78") {
  struct Row {
    std::string line;
    std::vector<std::string> words;
  };
  const Row rows[] = {
      {"colour = 1", {"milkrun.toml:1", "colour", "is not known", "database"}},
      {"[run]\nin_flight = 0", {"milkrun.toml:2", "run.in_flight = 0", "from 1 to 10000"}},
      {"[run", {"milkrun.toml:1", "not valid TOML"}},
      {"[[network.allow]]\ncidr = \"127.0.0.0/99\"\ntenant = \"*\"\nservice = \"*\"", {"network.allow", "entry 1"}},
      {"[http]\nca_file = \"/no/such/file\"", {"http.ca_file", "can be read"}}};
  Scene scene(nobody);
  for (const Row& row : rows) {
    CAPTURE(row.line);
    scene.write("milkrun.toml", row.line);
    check(scene.milkrun({"publish-feeds"}), 78, row.words);
  }
  std::filesystem::remove(scene.path("milkrun.toml"));
  check(scene.milkrun({"publish-feeds"}), 78, {"milkrun.toml", "No such file"});
}

TEST_CASE("a document with a mistake ends with 65 and stores nothing") {
  Scene scene(nobody);
  scene.open();
  const std::int64_t before = stored(scene);
  const Json good = own_tenant(scene.base(), "asha");
  struct Row {
    std::function<void(Json&)> spoil;
    std::vector<std::string> words;
  };
  const Row rows[] = {
      {[](Json& d) { d["tenants"][0]["colour"] = "red"; },
       {"tenants[0].colour", "is not a field", "slug, name, timezone"}},
      {[](Json& d) { d["tenants"].push_back(d["tenants"][0]); },
       {"tenants[1].slug", "\"asha\"", "already at tenants[0].slug"}},
      {[](Json& d) { d["tenants"][0]["timezone"] = "Europe/Atlantis"; },
       {"tenants[0].timezone", "Europe/Atlantis", "IANA"}},
      {[](Json& d) { d["tenants"][0]["feeds"][0]["url"] = "http://10.1.2.3/feed"; },
       {"tenants[0].feeds[0].url", "plain http", "[[network.allow]]"}},
      {[](Json& d) { d["tenants"][0]["plan"] = "gold"; }, {"tenants[0].plan", "gold"}},
      {[](Json& d) { d["tenants"][0]["credentials"][0]["service"] = "fax"; },
       {"tenants[0].credentials[0].service", "wordpress"}},
  };
  for (const Row& row : rows) {
    Json document{{"tenants", {good}}};
    row.spoil(document);
    const std::string file = scene.write("bad.json", document.dump());
    check(scene.milkrun({"import", file}), 65, row.words, 2);
    check(scene.milkrun({"import", "--dry-run", file}), 65, row.words, 2);
    CHECK(stored(scene) == before);
  }
  check(scene.milkrun({"import", scene.write("bad.json", "{\"tenants\": [")}), 65, {"bad.json", "document"}, 2);
  check(scene.milkrun({"import", scene.path("missing.json")}), 65, {"missing.json", "No such file"});
}

TEST_CASE("a wrong command line ends with 64") {
  Scene scene(nobody);
  scene.open();
  check(scene.milkrun({"publish-feed"}), 64, {"publish-feed", "--help"});
  check(scene.milkrun({"publish-feeds", "--in-flight", "0"}), 64, {"--in-flight"});
  check(scene.milkrun({"publish-feeds", "--tenant", "nobody"}), 64, {"--tenant nobody", "no such tenant"});
  check(scene.milkrun({"runs", "show", "7"}), 64, {"no run 7", "milkrun runs list"});
}

TEST_CASE("a key file that others can read, that is missing or damaged ends with 78") {
  Scene scene;
  scene.open();
  std::filesystem::permissions(scene.path("master.key"), std::filesystem::perms(0644));
  check(scene.milkrun({"publish-feeds"}), 78, {"master.key", "readable by others", "chmod 600"});
  std::filesystem::permissions(scene.path("master.key"), std::filesystem::perms(0600));
  scene.write("master.key", "too short");
  check(scene.milkrun({"publish-feeds"}), 78, {"master.key", "not 32 bytes", "backup"});
  std::filesystem::remove(scene.path("master.key"));
  check(scene.milkrun({"publish-feeds"}), 78, {"master.key", "No such file"});
  CHECK(scene.journal().empty());
}

TEST_CASE("with a key that can be guessed nothing starts and nobody is called") {
  Scene scene;
  scene.open();
  scene.write("master.key", std::string(32, 'k'));
  check(scene.milkrun({"publish-feeds"}), 78, {"master.key", "is not random"});
  check(scene.milkrun({"init"}), 78, {"master.key", "is not random"});
  CHECK(scene.journal().empty());
}

TEST_CASE("a database of a newer program, of nobody, or of another program ends with 74") {
  Scene scene;
  scene.open();
  scene.db().change("UPDATE schema_version SET version = 99");
  check(scene.milkrun({"publish-feeds"}), 74, {"schema version 99", "newer milkrun"});
  check(scene.milkrun({"import", scene.path("import.json")}), 74, {"schema version 99"});
  check(scene.milkrun({"migrate"}), 74, {"schema version 99"});
  scene.db().change("UPDATE schema_version SET version = 1");
  std::filesystem::permissions(scene.path("m.db"), std::filesystem::perms(0644));
  check(scene.milkrun({"publish-feeds"}), 74, {"m.db", "readable by others", "chmod 600"});
  std::filesystem::permissions(scene.path("m.db"), std::filesystem::perms(0600));
  check(scene.milkrun({"--db", scene.path("other.db"), "publish-feeds"}), 74, {"other.db", "milkrun init"});
  const std::string text = scene.write("text.db", std::string(8192, 'x'));
  std::filesystem::permissions(text, std::filesystem::perms(0600));
  check(scene.milkrun({"--db", text, "publish-feeds"}), 74, {"text.db", "not a sound SQLite database"});
  CHECK(scene.journal().empty());
}

TEST_CASE("a database that another program holds ends with 74, after a patient wait") {
  Scene scene;
  scene.open();
  const std::int64_t before = stored(scene);
  {
    const auto held = scene.db().lock();
    scene.document["plans"] = {{{"slug", "gold"}}};
    Child import = scene.start({"import", scene.write("import.json", scene.document.dump())});
    Child run = scene.start({"publish-feeds"});
    check(import.wait(), 74, {"m.db", "locked by another program", "try again later"});
    check(run.wait(), 74, {"m.db", "locked by another program", "try again later"});
  }
  CHECK(stored(scene) == before);
  CHECK(scene.journal().empty());
  scene.run();
  CHECK(scene.posts("asha") == 1);
}
