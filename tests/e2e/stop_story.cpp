// SIGTERM in the middle of slow calls: the run ends within its ten seconds, loses nothing, and the next one goes on.
#include "e2e/social.hpp"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <fstream>

using namespace milkrun::e2e;

namespace {

long asked_about(const Scene& scene, const std::string& item) {
  const std::vector<Json> calls = scene.calls("ai:openai");
  return std::ranges::count_if(
      calls, [&](const Json& call) { return call["body"].get<std::string>().find(item) != std::string::npos; });
}

// From then on the signal is taken by the program, and not by the kernel's default.
bool takes_sigterm(const Child& child) {
  std::ifstream status("/proc/" + std::to_string(child.pid()) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("SigBlk:")) return (std::stoull(line.substr(7), nullptr, 16) >> (SIGTERM - 1) & 1) == 1;
  return false;
}

} // namespace

TEST_CASE("SIGTERM lets a call that soon ends finish, aborts one that does not, and leaves with 143") {
  Scene scene;
  scene.open();
  scene.fault({{{"route", "ai:openai"}, {"kind", "delay_before"}, {"ms", 6000}, {"contains", "asha-1"}},
               {{"route", "ai:openai"}, {"kind", "delay_before"}, {"ms", 25'000}, {"contains", "bolt-1"}}});
  Child run = scene.start({"publish-feeds", "--json"});
  REQUIRE(eventually([&] { return asked_about(scene, "asha-1") == 1 && asked_about(scene, "bolt-1") == 1; }));
  run.signal(SIGTERM);
  const Report stopped = scene.heard(run.wait(std::chrono::seconds(20)));
  CHECK(stopped.finished.code == 143);
  CHECK(stopped.json["ended_by"] == "stopped");
  CHECK(stopped.items("write-article", "done") == 1);
  CHECK(stopped.items("write-article", "released") == 1);
  CHECK(stopped.silent().empty());
  CHECK(scene.posts("asha") == 0); // nothing new was begun
  CHECK(scene.db().number("SELECT max(attempts) FROM ledger WHERE stage = 'write-article' AND state = 'due'") == 0);

  scene.no_faults();
  scene.run();
  CHECK(scene.posts("asha") == 1);
  CHECK(scene.posts("bolt") == 1);
  CHECK(scene.callbacks() == 2);
  CHECK(asked_about(scene, "asha-1") == 1);
}

TEST_CASE("after SIGTERM no item begins, however many are due, and those on their way are finished") {
  Social scene;
  scene.campaign("gym", "fit")["tasks"][0]["action"] = "VISIT_PAGE";
  for (int i = 0; i < 12; ++i) {
    const std::string phone = fmt::format("+49151000002{:02}", i);
    scene.contact("gym", phone, fmt::format("p{}", i));
    scene.claim("gym", "fit", "b", phone, {{"clicked_at", minutes_ago(12)}});
  }
  scene.open();
  scene.fault({{"route", "whatsapp:gym:send"}, {"kind", "delay_before"}, {"ms", 4000}, {"times", -1}});
  Child run = scene.start({"verify-social", "--json", "--in-flight", "4"});
  const auto sends = [&] { return scene.calls("whatsapp:gym:send").size(); };
  REQUIRE(eventually([&] { return sends() == 4; }));
  run.signal(SIGTERM);
  const Report stopped = scene.heard(run.wait(std::chrono::seconds(20)));
  CHECK(stopped.finished.code == 143);
  CHECK(sends() == 4);
  CHECK(stopped.items("deliver", "done") == 4);
  // The other eight: claims that are due, or messages of those that were decided meanwhile.
  CHECK(scene.db().number("SELECT (SELECT count(*) FROM messages WHERE state = 'queued') + "
                          "(SELECT count(*) FROM task_completions WHERE state = 'pending')") == 8);
  CHECK(scene.db().number("SELECT count(*) FROM ledger WHERE state = 'due'") == 8);
  scene.no_faults();
  scene.verify();
  CHECK(scene.messages().size() == 12);
  scene.no_doubles();
}

TEST_CASE("SIGTERM while a post is on its way leaves a question, and the next run finds the answer") {
  Scene scene({"asha"});
  scene.open();
  scene.fault({{"route", "site:asha:create"}, {"kind", "delay_after"}, {"ms", 1000}});
  Child run = scene.start({"publish-feeds", "--json"});
  REQUIRE(eventually([&] { return scene.calls("site:asha:create").size() == 1; }));
  run.signal(SIGTERM);
  CHECK(scene.heard(run.wait(std::chrono::seconds(20))).finished.code == 143);
  scene.run();
  CHECK(scene.calls("site:asha:create").size() == 1);
  CHECK(scene.posts("asha") == 1);
  CHECK(scene.callbacks() == 1);
}

TEST_CASE("a run whose time is over begins nothing more, says so, and the next one goes on") {
  Scene scene;
  scene.open();
  scene.fault({{"route", "ai:openai"}, {"kind", "delay_before"}, {"ms", 1500}, {"times", -1}});
  const Report over = scene.run({"--max-runtime", "1s"});
  CHECK(over.json["ended_by"] == "time");
  CHECK(over.items("write-article", "done") == 2); // what was begun is finished
  CHECK(scene.posts("asha") + scene.posts("bolt") == 0);
  CHECK(over.silent().empty());
  scene.no_faults();
  scene.run();
  CHECK(scene.posts("asha") == 1);
  CHECK(scene.posts("bolt") == 1);
  CHECK(scene.calls("ai:openai").size() == 2);
}

TEST_CASE("SIGTERM ends a run that only waits for the lock, or for the next item") {
  Scene scene({"asha"});
  scene.run_section = "idle_wait = \"60s\"";
  scene.open();
  scene.fault(
      {{"route", "site:asha:create"}, {"kind", "status"}, {"status", 429}, {"headers", {{"Retry-After", "50"}}}});
  Child idle = scene.start({"publish-feeds"});
  REQUIRE(eventually([&] { return scene.db().number("SELECT count(*) FROM parks") == 1; }));
  Child waiting = scene.start({"publish-feeds", "--wait"});
  REQUIRE(eventually([&] { return takes_sigterm(waiting); }));
  waiting.signal(SIGTERM);
  CHECK(waiting.wait(std::chrono::seconds(20)).code == 143);
  idle.signal(SIGTERM); // not before: a run that finds the other one gone and nothing due has done its work
  CHECK(idle.wait(std::chrono::seconds(20)).code == 143);
}
