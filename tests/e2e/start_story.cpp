// What every command does before it begins: an empty --tenant is a mistake, and a disk that cannot be written is named
// with its cause and its mend.
#include "e2e/scene.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace milkrun::e2e;

namespace {

const std::vector<Words> jobs = {
    {"publish-feeds"}, {"verify-social"}, {"deliver"}, {"send-reminders"}, {"advance-drips"}};

std::vector<Words> all_commands(const std::string& document) {
  std::vector<Words> out = jobs;
  for (const Words& more :
       {Words{"init"}, Words{"migrate"}, Words{"import", document}, Words{"publish-feeds", "--dry-run"},
        Words{"runs", "list"}, Words{"items", "list"}, Words{"items", "drop", "none"}, Words{"claims", "list"},
        Words{"claims", "verify", "none"}, Words{"tenants", "list"}, Words{"feeds", "list"}, Words{"messages", "list"}})
    out.push_back(more);
  return out;
}

// The binary behind these words of another program.
Finished behind(Scene& scene, Words before, const Words& words) {
  before.insert(before.end(), {MILKRUN_BINARY, "--config", scene.path("milkrun.toml")});
  before.insert(before.end(), words.begin(), words.end());
  return scene.heard(Child(before).wait()).finished;
}

void check_said(const Scene& scene, const Finished& finished, const std::vector<std::string>& parts) {
  CAPTURE(finished.err);
  CHECK(finished.code == 74);
  CHECK(finished.out.empty());
  CHECK(finished.err.find(scene.path("m.db")) != std::string::npos);
  for (const std::string& part : parts) CHECK_MESSAGE(finished.err.find(part) != std::string::npos, part);
}

// All of the scene's files as another user's, or as root's again.
void give_to(const Scene& scene, uid_t user) {
  REQUIRE(chown(scene.path(".").c_str(), user, user) == 0);
  for (const auto& entry : std::filesystem::directory_iterator(scene.path(".")))
    REQUIRE(lchown(entry.path().c_str(), user, user) == 0);
}

} // namespace

TEST_CASE("an empty --tenant is a mistake of every command that has one, and nothing is begun") {
  Scene scene;
  scene.open();
  std::vector<Words> commands = jobs;
  for (const Words& more :
       {Words{"items", "list"}, Words{"claims", "list"}, Words{"claims", "verify", "none"},
        Words{"claims", "reject", "none"}, Words{"feeds", "list"}, Words{"messages", "list"},
        Words{"runs", "show", "1"}, Words{"import", "contacts", "/dev/null"}, Words{"import", "invoices", "/dev/null"}})
    commands.push_back(more);
  for (const Words& command : commands)
    for (const Words& empty : {Words{"--tenant", ""}, Words{"--tenant", " "}, Words{"--tenant="}}) {
      Words words = command;
      words.insert(words.end(), empty.begin(), empty.end());
      const Finished finished = scene.milkrun(words);
      CAPTURE(fmt::format("{}", fmt::join(words, " ")));
      CAPTURE(finished.err);
      CHECK(finished.code == 64);
      CHECK(finished.err.starts_with("milkrun: --tenant: "));
    }
  CHECK(scene.journal().empty());
  CHECK(scene.db().number("SELECT count(*) FROM runs") == 0);
}

TEST_CASE("on a full disk every command names the database, the cause and the mend before it begins") {
  Scene scene(nobody);
  scene.open();
  for (const Words& command : all_commands(scene.path("import.json"))) {
    CAPTURE(fmt::format("{}", fmt::join(command, " ")));
    // SIGXFSZ is ignored, so that write(2) fails as on a full disk; what is said goes into a pipe, which has no size.
    const Finished heard = behind(
        scene, {"/bin/sh", "-c", "{ trap '' XFSZ; ulimit -f 0; \"$@\"; echo code $?; } 2>&1 | cat >&2", "sh"}, command);
    CHECK(heard.err.find("code 74\n") != std::string::npos);
    CHECK(heard.err.find(scene.path("m.db")) != std::string::npos);
    CHECK_MESSAGE(heard.err.find("disk full") != std::string::npos, heard.err);
    CHECK_MESSAGE(heard.err.find("free some space") != std::string::npos, heard.err);
    CHECK_MESSAGE(heard.err.find("(script)") == std::string::npos, heard.err);
  }
}

TEST_CASE("in a folder that cannot be written every command names the database, the cause and the mend") {
  constexpr uid_t service = 4321;
  Scene scene(nobody);
  scene.open();
  const bool root = geteuid() == 0; // who may write everything: another user plays it
  if (root) give_to(scene, service);
  for (const char* side : {"m.db-wal", "m.db-shm"}) std::filesystem::remove(scene.path(side));
  REQUIRE(chmod(scene.path("m.db").c_str(), 0400) == 0);
  REQUIRE(chmod(scene.path(".").c_str(), 0500) == 0);
  Words user;
  if (root) user = {"/usr/bin/setpriv", "--reuid=4321", "--regid=4321", "--clear-groups"};
  for (const Words& command : all_commands(scene.path("import.json"))) {
    CAPTURE(fmt::format("{}", fmt::join(command, " ")));
    check_said(scene, behind(scene, user, command), {"cannot be written", "its directory are writable"});
  }
  REQUIRE(chmod(scene.path(".").c_str(), 0700) == 0);
  REQUIRE(chmod(scene.path("m.db").c_str(), 0600) == 0);
  if (root) give_to(scene, 0);
}

// Its two dozen libraries would be most of what a start costs, and cron starts such a run each minute.
TEST_CASE("a run that calls nobody does not load libcurl; one that does finds it") {
  Scene scene;
  scene.open();
  const Words loader = {"/usr/bin/env", "LD_DEBUG=files"};
  const Finished idle = behind(scene, loader, {"deliver"});
  CHECK(idle.code == 0);
  CHECK(idle.err.find("libsqlite3.so") != std::string::npos);
  CHECK(idle.err.find("libcurl.so") == std::string::npos);
  const Finished busy = behind(scene, loader, {"publish-feeds"});
  CHECK(busy.code == 0);
  CHECK(busy.err.find("libcurl.so") != std::string::npos);
}
