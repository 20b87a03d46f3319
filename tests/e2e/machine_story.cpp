// The machine around a run: who starts it, which files he leaves behind, which key he brings, and who reads the output.
#include "e2e/scene.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

using namespace milkrun::e2e;

namespace {

constexpr uid_t service = 4321;

struct stat seen(const std::string& path) {
  struct stat s{};
  REQUIRE_MESSAGE(stat(path.c_str(), &s) == 0, path);
  return s;
}

void give_all_to_service(const Scene& scene) {
  REQUIRE(chown(scene.path(".").c_str(), service, service) == 0);
  for (const auto& entry : std::filesystem::directory_iterator(scene.path(".")))
    REQUIRE(lchown(entry.path().c_str(), service, service) == 0);
}

// The binary as the service's user; nullopt where that user cannot reach it.
std::optional<Finished> as_service(Scene& scene, const Words& words) {
  Words argv{"/usr/bin/setpriv",        "--reuid=4321", "--regid=4321", "--clear-groups", MILKRUN_BINARY, "--config",
             scene.path("milkrun.toml")};
  argv.insert(argv.end(), words.begin(), words.end());
  const Finished finished = scene.heard(Child(argv).wait()).finished;
  if (finished.err.find("setpriv: ") == 0) return std::nullopt;
  return finished;
}

} // namespace

TEST_CASE("root is sent to the service's user, and what root insists on leaves that user's runs free") {
  if (geteuid() != 0) return; // only root can play both
  Scene scene;
  scene.open();
  give_all_to_service(scene);
  const Finished refused = scene.milkrun({"publish-feeds"});
  CHECK(refused.code == 64);
  CHECK(refused.err.find("belongs to user 4321") != std::string::npos);
  CHECK(refused.err.find("--as-root") != std::string::npos);
  CHECK(scene.journal().empty());

  // Of root's dry run nothing of root's stays, whether it makes the -wal and -shm or finds them.
  const auto owned = [&] {
    std::map<std::string, uid_t> files;
    for (const auto& entry : std::filesystem::directory_iterator(scene.path(".")))
      files.emplace(entry.path().filename().string(), seen(entry.path().string()).st_uid);
    return files;
  };
  for (int time = 0; time < 2; ++time) {
    CAPTURE(time);
    const auto before = owned();
    const Finished dry = scene.milkrun({"publish-feeds", "--dry-run"});
    CHECK_MESSAGE(dry.code == 0, dry.err);
    for (const auto& [name, user] : owned()) {
      CAPTURE(name);
      const auto was = before.find(name);
      CHECK(user == (was != before.end() ? was->second : service));
    }
    CHECK(owned().size() <= before.size() + 2);
  }
  CHECK(scene.journal().empty());

  CHECK(scene.milkrun({"publish-feeds", "--as-root"}).code == 0);
  CHECK(scene.posts("asha") == 1);
  for (const auto& entry : std::filesystem::directory_iterator(scene.path("."))) {
    const std::string path = entry.path().string();
    if (path.find("m.db") == std::string::npos) continue;
    CAPTURE(path);
    CHECK(seen(path).st_uid == service);
    CHECK((seen(path).st_mode & 07777) == 0600);
  }
  scene.next_slot();
  give_all_to_service(scene); // the test's own handle is root's
  if (const auto run = as_service(scene, {"publish-feeds"})) CHECK_MESSAGE(run->code == 0, run->err);

  // As an older version left them.
  REQUIRE(chown(scene.path("m.db.runs").c_str(), 0, 0) == 0);
  if (const auto run = as_service(scene, {"publish-feeds"})) {
    CHECK(run->code == 74);
    CHECK(run->err.find("m.db.runs belongs to user root") != std::string::npos);
    CHECK(run->err.find("chown") != std::string::npos);
  }
}

TEST_CASE("planted links and pipes stop a run with their name, and what they lead to stays") {
  Scene scene;
  scene.open();
  const std::string victim = scene.write("victim", "precious");
  std::filesystem::permissions(victim, std::filesystem::perms(0600));
  for (const char* name : {"m.db.runs", "m.db-wal"}) {
    CAPTURE(name);
    const std::string path = scene.path(name), kept = path + ".kept"; // the log holds what was stored last
    if (std::filesystem::exists(path)) std::filesystem::rename(path, kept);
    std::filesystem::create_symlink(victim, path);
    CHECK(scene.milkrun({"publish-feeds"}).code == 74);
    std::filesystem::remove(path);
    std::filesystem::create_hard_link(victim, path);
    const Finished hard = scene.milkrun({"publish-feeds"});
    CHECK(hard.code == 74);
    CHECK(hard.err.find("2 names") != std::string::npos);
    std::filesystem::remove(path);
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    CHECK(scene.milkrun({"publish-feeds"}).code == 74);
    std::filesystem::remove(path);
    if (std::filesystem::exists(kept)) std::filesystem::rename(kept, path);
  }
  CHECK(std::filesystem::file_size(victim) == 8);
  CHECK(scene.journal().empty());
  scene.run();
  CHECK(scene.posts("asha") == 1);
}

TEST_CASE("another key than the database's is refused at start by every command") {
  Scene scene;
  scene.open();
  REQUIRE(scene.milkrun({"--db", scene.path("other.db"), "--key-file", scene.path("other.key"), "init"}).code == 0);
  const std::string document = scene.write("again.json", scene.document.dump());
  const auto key_check = [&] { return scene.db().query("SELECT sealed FROM key_check").at(0).begin()->second; };
  const std::string before = key_check();
  for (const Words& command :
       {Words{"init"}, Words{"publish-feeds"}, Words{"publish-feeds", "--dry-run"}, Words{"verify-social"},
        Words{"deliver"}, Words{"import", document}, Words{"migrate"}, Words{"items", "list"}, Words{"runs", "list"},
        Words{"tenants", "list"}, Words{"prune"}}) {
    CAPTURE(command.front());
    Words words{"--key-file", scene.path("other.key")};
    words.insert(words.end(), command.begin(), command.end());
    const Finished finished = scene.milkrun(words);
    CHECK(finished.code == 78);
    CHECK(finished.err.find("is not the one that the credentials in") != std::string::npos);
  }
  CHECK(scene.journal().empty());
  CHECK(key_check() == before);
  // A database without a check value learns it from the first command, by a credential that opens.
  scene.db().change("DELETE FROM key_check");
  CHECK(scene.milkrun({"--key-file", scene.path("other.key"), "publish-feeds"}).code == 78);
  CHECK(scene.db().number("SELECT count(*) FROM key_check") == 0);
  scene.run();
  CHECK(scene.db().number("SELECT count(*) FROM key_check") == 1);
}

TEST_CASE("a reader that closes the pipe ends the command quietly") {
  Scene scene(nobody);
  scene.open();
  Words argv{"/bin/sh",
             "-c",
             "mkfifo \"$1\"; (: <\"$1\") & exec 5>\"$1\"; wait; shift; exec \"$@\" >&5",
             "sh",
             scene.path("pipe"),
             MILKRUN_BINARY,
             "--config",
             scene.path("milkrun.toml"),
             "runs",
             "list"};
  const Finished finished = scene.heard(Child(argv).wait()).finished;
  CHECK(finished.err.empty());
  CHECK(finished.code == 0);
}

TEST_CASE("every command that prints tells that standard output is full or closed, and writes into no other file") {
  Scene scene(nobody);
  scene.open();
  for (const Words& command : {Words{"runs", "list"}, Words{"publish-feeds", "--json"}, Words{"version"},
                               Words{"--help"}, Words{"help", "deliver"}, Words{"completion", "bash"}})
    for (const auto& [where, says] :
         {std::pair("exec \"$@\" >/dev/full", "No space left on device"),
          std::pair("exec \"$@\" >&-", "standard output is closed; send it to a file or to /dev/null"),
          std::pair("exec \"$@\" <&- >&-", "standard output is closed")}) {
      CAPTURE(fmt::format("{} {}", fmt::join(command, " "), where));
      Words argv{"/bin/sh", "-c", where, "sh", MILKRUN_BINARY, "--config", scene.path("milkrun.toml")};
      argv.insert(argv.end(), command.begin(), command.end());
      const Finished finished = scene.heard(Child(argv).wait()).finished;
      CHECK(finished.code == 74);
      CHECK_MESSAGE(finished.err.find(says) != std::string::npos, finished.err);
    }
}
