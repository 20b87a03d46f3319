// The machine, and words of strangers on it.
#include "attack/world.hpp"
#include "e2e/marked.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace milkrun::attack;
using milkrun::e2e::Child;
using milkrun::e2e::Finished;
using milkrun::e2e::nobody;
using milkrun::e2e::Words;

namespace {

// Bytes that move a cursor, turn text around or end a line of a log.
bool inert(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) return false;
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false; // C1
    if (text.compare(i, 3, "\u202e") == 0 || text.compare(i, 3, "\u2066") == 0 || text.compare(i, 3, "\u2028") == 0)
      return false;
  }
  return true;
}

} // namespace

TEST_CASE("triggers, views and virtual tables that are not ours are refused by name before anything is done") {
  for (const char* planted :
       {"CREATE TRIGGER evil AFTER INSERT ON runs BEGIN UPDATE tenants SET name = 'owned'; END",
        "CREATE VIEW evil AS SELECT * FROM credentials", "CREATE VIRTUAL TABLE evil USING fts5(x)",
        // SQLite goes by the statement, whatever the catalogue calls it
        "CREATE TRIGGER evil AFTER INSERT ON runs BEGIN UPDATE tenants SET name = 'owned'; END; "
        "PRAGMA writable_schema = 1; UPDATE sqlite_master SET type = 'TRIGGER' WHERE name = 'evil'"}) {
    CAPTURE(planted);
    Scene scene({"asha"});
    scene.open();
    scene.db().change(planted);
    for (const Words& words : {Words{"publish-feeds"}, Words{"publish-feeds", "--dry-run"}, Words{"tenants", "list"}}) {
      const Finished finished = scene.milkrun(words);
      CHECK(finished.code == 74);
      CHECK(finished.err.contains("evil"));
    }
    CHECK(scene.journal().empty());
    CHECK(scene.db().number("SELECT count(*) FROM tenants WHERE name = 'owned'") == 0);
  }
}

TEST_CASE("a pipe in the place of any file is refused, and nothing waits for it") {
  Scene scene({"asha"});
  scene.open();
  for (const char* name : {"m.db", "m.db-wal", "m.db-shm", "m.db-journal", "m.db.runs", "master.key", "milkrun.toml"}) {
    CAPTURE(name);
    const std::string path = scene.path(name), kept = path + ".kept";
    const bool was_there = std::filesystem::exists(path);
    if (was_there) std::filesystem::rename(path, kept);
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    Child run = scene.start({"publish-feeds"});
    const Finished finished = scene.heard(run.wait(std::chrono::seconds(20))).finished;
    CHECK((finished.code == 74 || finished.code == 78));
    CHECK(finished.err.contains("pipe"));
    std::filesystem::remove(path);
    if (was_there) std::filesystem::rename(kept, path);
  }
  CHECK(scene.journal().empty());
}

TEST_CASE("a link in the place of a file beside the database is refused as one") {
  Scene scene({"asha"});
  scene.open();
  const std::string victim = scene.write("victim", "other people's");
  for (const char* name : {"m.db-wal", "m.db-shm", "m.db-journal"}) {
    CAPTURE(name);
    const std::string path = scene.path(name);
    std::filesystem::remove(path);
    for (const bool symbolic : {true, false}) {
      REQUIRE((symbolic ? symlink(victim.c_str(), path.c_str()) : link(victim.c_str(), path.c_str())) == 0);
      const Finished finished = scene.milkrun({"publish-feeds"});
      CHECK(finished.code == 74);
      CHECK(finished.err.contains(symbolic ? "symbolic link" : "hard links"));
      std::filesystem::remove(path);
    }
  }
  CHECK(std::filesystem::file_size(victim) == 14);
}

TEST_CASE("an import from a pipe into which nobody writes comes to an end") {
  Scene scene(nobody);
  scene.open();
  REQUIRE(mkfifo(scene.path("pipe").c_str(), 0600) == 0);
  Child import = scene.start({"import", scene.path("pipe")});
  const Finished finished = scene.heard(import.wait(std::chrono::seconds(60))).finished;
  CHECK(finished.code == 65);
  CHECK(finished.err.contains("nobody writes into it"));
}

TEST_CASE("no stranger's word moves a cursor or forges a line, whatever command shows it") {
  const std::string evil = "\x1b]0;owned\x07\x1b[2J\r\n{\"level\":\"info\"}\xc2\x9b"
                           "31m\u202eback\u2066\u2028\x7f";
  Hostile hostile;
  hostile
      .at("/feed", say(rss("<item><guid>g</guid><title><![CDATA[T\xc2\x9b"
                           "31m\u202e]]></title><link>https://n.example/1</link><description>d</description></item>"),
                       "Content-Type: text/xml\r\n"))
      .at("/site", say(Json{{"code", evil}, {"message", evil}}.dump(), "Content-Type: application/json\r\n", 403))
      .at("/portal", say(Json::array({{{"tenant_id", 5},
                                       {"skip", true},
                                       {"skip_reason", "\xc2\x9b"
                                                       "31m\u202e"
                                                       "skipped"}}})
                             .dump()));
  Scene scene(nobody);
  Json evil_tenant = publisher(scene, "evil", hostile.url("/site/"));
  evil_tenant["feeds"] = {{{"url", hostile.url("/feed")}}};
  scene.document = {
      {"tenants", {evil_tenant}},
      {"portals", {{{"slug", "p1"}, {"base_url", hostile.url("/portal")}, {"token", "token-0123456789abc"}}}}};
  scene.open();
  // An import refuses it; a row that somebody else wrote is as inert.
  scene.db().change("UPDATE tenants SET name = 'N' || char(155) || '31m' || char(8238) || 'name'");
  std::string said;
  const auto hear = [&](const Words& words) {
    const Finished finished = scene.milkrun(words);
    said += finished.out + finished.err;
    CAPTURE(words.front());
    CHECK(inert(finished.out));
    CHECK(inert(finished.err));
  };
  hear({"publish-feeds", "-v"});
  hear({"publish-feeds", "--json"});
  for (const Words& words : {Words{"tenants", "list"}, Words{"tenants", "show", "evil"}, Words{"feeds", "list"},
                             Words{"runs", "list"}, Words{"items", "list"}, Words{"publish-feeds", "--dry-run"}}) {
    hear(words);
    Words json = words;
    json.emplace_back("--json");
    hear(json);
  }
  CHECK(said.contains("skipped"));
}

TEST_CASE("a validator that no header can carry does not end a feed") {
  for (const std::string& etag :
       {std::string("\"a\x01"
                    "b\""),
        "\"" + std::string(3'000, 'e') + "\"", std::string("\xff\xfe"), std::string("W/\"\xc3\x28\"")}) {
    Hostile hostile;
    hostile.at("/feed",
               say(rss(rss_item("one")), "Content-Type: text/xml\r\nETag: " + etag + "\r\nLast-Modified: \x02\r\n"));
    Scene scene(nobody);
    scene.document = {{"tenants", {poller(scene, "asha", hostile.url("/feed"))}}};
    scene.open();
    scene.run();
    scene.next_slot();
    scene.run();
    CHECK(hostile.times("/feed") == 2);
    CHECK(scene.db().number("SELECT count(*) FROM feeds WHERE last_error <> ''") == 0);
  }
}

TEST_CASE("names of tags and categories are plain text at the site") {
  Scene scene({"asha"});
  Hostile hostile;
  hostile.at("/feed", say(rss(rss_item("one", "<category>R&amp;D</category><category><![CDATA[<b "
                                              "onclick=x>bold</b>]]></category><category>a&lt;i&gt;b</category>")),
                          "Content-Type: text/xml\r\n"));
  Json tenant = honest(scene, "asha");
  tenant["feeds"] = {{{"url", hostile.url("/feed")}}};
  scene.document = {{"tenants", {tenant}}};
  scene.open();
  scene.run();
  const Json terms = scene.effects()["terms"]["asha"];
  CHECK(terms.dump().contains("\"R&amp;D\"")); // once, as a WordPress stores what came as R&D
  CHECK_FALSE(terms.dump().contains("onclick"));
  CHECK_FALSE(terms.dump().contains("<"));
}

TEST_CASE("init by root makes nothing in the folder of another user, in none below it, and in no empty file of his") {
  if (geteuid() != 0) return;
  Scene scene({"asha"});
  scene.write_config();
  const std::string theirs = scene.path("theirs"), empty = theirs + "/empty.db";
  REQUIRE(mkdir(theirs.c_str(), 0700) == 0);
  std::ofstream(empty).close();
  for (const std::string& path : {theirs, empty}) REQUIRE(chown(path.c_str(), 4321, 4321) == 0);
  REQUIRE(chmod(empty.c_str(), 0600) == 0);
  for (const std::string& database : {theirs + "/m.db", theirs + "/below/it/m.db", empty}) {
    CAPTURE(database);
    const Finished finished = scene.milkrun({"--db", database, "--key-file", theirs + "/new.key", "init"});
    CHECK(finished.code == 64);
    CHECK(finished.err.contains(database + " belongs to user 4321; run as that user: sudo -u"));
  }
  CHECK(std::filesystem::file_size(empty) == 0);
  CHECK(std::distance(std::filesystem::directory_iterator(theirs), {}) == 1);
}

TEST_CASE(
    "root is sent to the database's owner by every command that writes, and what root insists on stays the owner's") {
  if (geteuid() != 0) return;
  Scene scene({"asha"});
  scene.open();
  for (const auto& entry : std::filesystem::directory_iterator(scene.path(".")))
    REQUIRE(lchown(entry.path().c_str(), 4321, 4321) == 0);
  REQUIRE(chown(scene.path(".").c_str(), 4321, 4321) == 0);
  CHECK(scene.milkrun({"publish-feeds"}).code == 64);
  CHECK(scene.milkrun({"deliver"}).code == 64);
  CHECK(scene.milkrun({"init"}).code == 64);
  const std::string document = scene.write("again.json", scene.document.dump());
  for (const Words& words :
       {Words{"import", document}, Words{"items", "retry", "--state", "discarded"}, Words{"prune"}, Words{"migrate"}}) {
    CAPTURE(words.front());
    const Finished finished = scene.milkrun(words);
    CHECK(finished.code == 64);
    CHECK(finished.err.contains("belongs to user 4321"));
  }
  CHECK(scene.milkrun({"import", document, "--dry-run"}).code == 0); // what only reads is nobody's harm
  CHECK(scene.milkrun({"publish-feeds", "--as-root"}).code == 0);
  // Whose configuration or key it is chooses what root does.
  for (const char* name : {"milkrun.toml", "master.key"}) {
    CAPTURE(name);
    REQUIRE(chown(scene.path(name).c_str(), 4322, 4322) == 0);
    const Finished finished = scene.milkrun({"publish-feeds", "--as-root"});
    CHECK(finished.code == 78);
    CHECK(finished.err.contains("belongs to user 4322, and we are root"));
    REQUIRE(chown(scene.path(name).c_str(), 0, 0) == 0);
    CHECK(scene.milkrun({"publish-feeds", "--as-root"}).code == 0);
  }
  for (const auto& entry : std::filesystem::directory_iterator(scene.path("."))) {
    struct stat s{};
    REQUIRE(lstat(entry.path().c_str(), &s) == 0);
    if (entry.path().string().contains("m.db")) CHECK(s.st_uid == 4321);
  }
}

TEST_CASE("root's own database is not run from a folder, or with a side file, that somebody else could change") {
  if (geteuid() != 0) return;
  Scene scene({"asha"});
  scene.open();
  const auto refused = [&](const std::string& path, int code) {
    struct stat before{};
    REQUIRE(stat(path.c_str(), &before) == 0);
    REQUIRE(chown(path.c_str(), 4321, 4321) == 0);
    const Finished finished = scene.milkrun({"publish-feeds"});
    CAPTURE(path);
    CHECK(finished.code == code);
    CHECK(finished.err.contains("belongs to user 4321"));
    CHECK(finished.err.contains("chown root " + path));
    REQUIRE(chown(path.c_str(), before.st_uid, before.st_gid) == 0);
  };
  for (const char* name : {"m.db-wal", "m.db-shm", "m.db.runs"}) {
    if (!std::filesystem::exists(scene.path(name))) scene.write(name, "");
    REQUIRE(chmod(scene.path(name).c_str(), 0600) == 0);
    refused(scene.path(name), 74);
  }
  CHECK(scene.journal().empty());

  // The key's folder, of another user's and open to all.
  const std::string folder = scene.path("keys"), key = folder + "/master.key";
  REQUIRE(mkdir(folder.c_str(), 0700) == 0);
  std::filesystem::rename(scene.path("master.key"), key);
  const auto with_key = [&](const Words& words) {
    Words all{"--key-file", key};
    all.insert(all.end(), words.begin(), words.end());
    return scene.milkrun(all);
  };
  for (const mode_t mode : {0777U, 0770U}) {
    REQUIRE(chmod(folder.c_str(), mode) == 0);
    for (const char* command : {"publish-feeds", "init"}) {
      const Finished finished = with_key({command});
      CHECK(finished.code == 78);
      CHECK(finished.err.contains("chmod go-w " + folder));
    }
  }
  REQUIRE(chmod(folder.c_str(), 0700) == 0);
  REQUIRE(chown(folder.c_str(), 4321, 4321) == 0);
  CHECK(with_key({"publish-feeds"}).err.contains("chown root " + folder));
  REQUIRE(chown(folder.c_str(), 0, 0) == 0);
  REQUIRE(chmod(folder.c_str(), 01777) == 0); // nobody takes another's file out of it
  CHECK(with_key({"publish-feeds"}).code == 0);
}
