// A dry run: it opens no socket, changes no byte, and says what the next run will do.
#include "e2e/scene.hpp"

#include <fstream>
#include <iterator>

using namespace milkrun::e2e;

namespace {

// Leaves two written articles that wait for their sites, and one feed that is to be polled again.
void leave_work(Scene& scene) {
  scene.fault({{"route", "site:asha:me"}, {"kind", "status"}, {"status", 500}});
  scene.fault({{"route", "site:bolt:me"}, {"kind", "status"}, {"status", 500}});
  scene.run();
  REQUIRE(scene.posts("asha") + scene.posts("bolt") == 0);
  scene.all_due();
  scene.db().change("UPDATE feeds SET slot_ends_at = NULL; DELETE FROM ledger WHERE stage = 'poll-feed'");
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("a dry run says what the next run does to the stored items") {
  Scene scene;
  scene.open();
  leave_work(scene);
  const std::string before = scene.db().bytes();
  const Report dry = scene.run({"--dry-run"});
  CHECK(scene.db().bytes() == before);
  CHECK(dry.json["dry_run"] == true);
  const Report real = scene.run();
  for (const char* stage : {"sync-portal", "poll-feed", "write-article", "publish-post"}) {
    CAPTURE(stage);
    CHECK(dry.items(stage, "would-run") == real.items(stage, "done"));
  }
  CHECK(dry.items("publish-post", "would-run") == 2);
  CHECK(dry.items("poll-feed", "would-run") == 2);
  CHECK(dry.story(scene.slug("asha")) == "would-run 2");
  CHECK(dry.finished.out.find(R"("items":2)") != std::string::npos);
}

TEST_CASE("a dry run says since when it does not know the portal, and how many feeds it did not read") {
  Scene scene;
  scene.open();
  const Finished first = scene.milkrun({"publish-feeds", "--dry-run"});
  CHECK(first.code == 0);
  CHECK(first.out.find("portal p1 last synced") != std::string::npos);
  CHECK(first.out.find("feeds that would be polled 0") != std::string::npos);
  CHECK(scene.journal().empty());
}

TEST_CASE("a dry run opens no socket") {
  Scene scene;
  scene.open();
  leave_work(scene);
  const std::size_t calls = scene.journal().size();
  // AddressSanitizer's leak check cannot run beside a tracer.
  Child traced({"/usr/bin/strace", "-f", "-qq", "-e", "trace=socket,connect", "-o", scene.path("trace"), MILKRUN_BINARY,
                "--config", scene.path("milkrun.toml"), "publish-feeds", "--dry-run", "--json"},
               {{"ASAN_OPTIONS", "detect_leaks=0"}, {"LSAN_OPTIONS", "detect_leaks=0"}});
  const Report report = scene.heard(traced.wait());
  REQUIRE_MESSAGE(report.finished.code == 0, report.finished.err);
  CHECK(report.items("publish-post", "would-run") == 2);
  CHECK(text_of(scene.path("trace")) == "");
  CHECK(scene.journal().size() == calls);
}
