// A disk that is full, played by a limit on the size of files: the command says so and ends with 74; what was stored
// before stays whole, and the next run with room goes on.
#include "e2e/scene.hpp"

#include <filesystem>
#include <fmt/format.h>

using namespace milkrun::e2e;

namespace {

// The binary with files of at most that many bytes; SIGXFSZ is ignored, so that write(2) fails as on a full disk. A run
// that has something in hand waits for room until it is stopped, and then for a moment.
Finished cramped(Scene& scene, std::int64_t bytes, const Words& words) {
  Words argv{"/bin/sh",
             "-c",
             fmt::format("trap '' XFSZ; ulimit -f {}; exec env MILKRUN_TEST_DISK_PATIENCE_MS=600 timeout "
                         "--preserve-status 4 \"$@\"",
                         bytes / 512),
             "sh",
             MILKRUN_BINARY,
             "--config",
             scene.path("milkrun.toml")};
  argv.insert(argv.end(), words.begin(), words.end());
  return scene.heard(Child(argv).wait()).finished;
}

bool says_full(const Finished& finished) {
  return finished.err.find("milkrun: ") != std::string::npos && finished.err.find("m.db") != std::string::npos &&
         finished.err.find("disk full") != std::string::npos &&
         finished.err.find("free some space") != std::string::npos;
}

} // namespace

TEST_CASE("init on a full disk ends with 74, and can be repeated when there is room") {
  Scene scene(nobody);
  scene.write_config();
  const Finished init = cramped(scene, 16 * 1024, {"init"});
  CHECK_MESSAGE(init.code == 74, init.err);
  CHECK_MESSAGE(says_full(init), init.err);
  CHECK_FALSE(std::filesystem::exists(scene.path("master.key")));
  CHECK(scene.milkrun({"init"}).code == 0);
}

TEST_CASE("an import on a full disk stores nothing of the document") {
  Scene scene(nobody);
  scene.open();
  Json document;
  for (int i = 0; i < 200; ++i) document["tenants"].push_back(own_tenant(scene.base(), fmt::format("t{}", i)));
  const std::string file = scene.write("many.json", document.dump());
  const Finished import = cramped(scene, 64 * 1024, {"import", file});
  CHECK_MESSAGE(import.code == 74, import.err);
  CHECK_MESSAGE(says_full(import), import.err);
  CHECK(scene.db().number("SELECT count(*) FROM tenants WHERE id <> 'operator'") == 0);
  CHECK(scene.milkrun({"import", file}).code == 0);
  CHECK(scene.db().number("SELECT count(*) FROM tenants WHERE id <> 'operator'") == 200);
}

TEST_CASE("a run on a full disk ends with 74 wherever it is caught, and the next one finishes: one post each") {
  for (const std::int64_t room : {8, 32, 64, 96, 160}) {
    CAPTURE(room);
    Scene scene;
    scene.run_section = "idle_wait = \"5s\"\nreconcile_gap = \"500ms\"";
    scene.timeouts_section = "wordpress = \"500ms\"";
    scene.open();
    const Finished run = cramped(scene, room * 1024, {"publish-feeds"});
    CHECK_MESSAGE((run.code == 74 || ((run.code == 0 || run.code == 143) && room >= 96)), run.err);
    if (run.code == 74) CHECK_MESSAGE(says_full(run), run.err);
    CHECK(eventually([&] {
      scene.run();
      return scene.callbacks() == 2;
    }));
    CHECK(scene.posts("asha") == 1);
    CHECK(scene.posts("bolt") == 1);
    CHECK(scene.repeats() == 0);
  }
}
