// Two runs of one job at the same time: the lock keeps the second out, and without the lock the ledger does.
#include "e2e/scene.hpp"

#include <csignal>

using namespace milkrun::e2e;

namespace {

void check_once(const Scene& scene) {
  for (const char* name : {"asha", "bolt"}) {
    CAPTURE(name);
    CHECK(scene.posts(name) == 1);
    CHECK(scene.calls(std::string("site:") + name + ":create").size() == 1);
  }
  CHECK(scene.callbacks() == 2);
  CHECK(scene.repeats() == 0);
  CHECK(scene.effects()["ai_calls"] == 2);
}

} // namespace

TEST_CASE("a second run leaves with 75 and says since when the first one runs; --wait waits for it") {
  Scene scene;
  scene.open();
  scene.fault({{"route", "ai:openai"}, {"kind", "delay_before"}, {"ms", 1500}, {"times", 2}});
  Child first = scene.start({"publish-feeds", "--json"});
  REQUIRE(eventually([&] { return !scene.calls("ai:openai").empty(); }));

  const Finished second = scene.milkrun({"publish-feeds"});
  CHECK(second.code == 75);
  CHECK(second.err.starts_with("milkrun: publish-feeds runs already: run 1 of publish-feeds, pid " +
                               std::to_string(first.pid()) + " on "));
  CHECK(second.err.find(", since 20") != std::string::npos);
  CHECK(second.err.find("--wait waits for it") != std::string::npos);
  CHECK(second.out.empty());

  const Report third = scene.run({"--wait"});
  CHECK(third.idle());
  CHECK(scene.heard(first.wait()).finished.code == 0);
  check_once(scene);
}

TEST_CASE("two runs at once without the lock post nothing twice") {
  Scene scene;
  scene.open();
  scene.fault({{"route", "ai:openai"}, {"kind", "delay_before"}, {"ms", 300}, {"times", 2}});
  std::vector<Child> runs;
  for (int i = 0; i < 3; ++i) runs.push_back(scene.start({"publish-feeds", "--json"}, without_lock));
  for (Child& run : runs) {
    const Report report = scene.heard(run.wait());
    CHECK_MESSAGE(report.finished.code == 0, report.finished.err);
  }
  scene.run(); // what was snoozed while another run held it
  check_once(scene);
}
