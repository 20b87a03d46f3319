// A run that freezes past its lease, is taken for dead, and wakes up again: one post per article, one callback.
#include "e2e/scene.hpp"

#include <csignal>

using namespace milkrun::e2e;

namespace {

struct Frozen {
  Scene scene;
  Frozen() {
    scene.run_section = "lease = \"2s\"\nidle_wait = \"10s\"\nreconcile_gap = \"1s\"";
    scene.timeouts_section = "wordpress = \"1s\"";
    scene.open();
  }

  // The first run stops itself at that point; the second one takes over; the first one wakes up.
  // `posted`: what stood on the sites at that moment.
  void play(const std::string& point, std::size_t posted = 0) {
    Environment env = without_lock;
    env.emplace_back("MILKRUN_TEST_STOP", point);
    // One item at a time: a process that is stopped while its desk is inside a transaction keeps the database locked,
    // and the second run could only wait.
    Child first = scene.start({"publish-feeds", "--json", "--in-flight", "1"}, env);
    REQUIRE(eventually([&] { return first.stopped(); }));
    REQUIRE(scene.posts("asha") + scene.posts("bolt") == posted);
    std::int64_t rescued = 0;
    CHECK(eventually([&] {
      rescued += scene.run({}, without_lock).json["rescued"].get<std::int64_t>();
      return rescued > 0 && scene.callbacks() == 2;
    }));
    first.signal(SIGCONT);
    const Report woken = scene.heard(first.wait());
    CHECK_MESSAGE(woken.finished.code == 75, woken.finished.err); // another run has taken over
    CHECK(woken.json["ended_by"] == "rescued");
    CHECK_MESSAGE(woken.finished.err.find("milkrun: publish-feeds was taken over by another run") != std::string::npos,
                  woken.finished.err);
    scene.run({}, without_lock);
  }

  void check_once() const {
    for (const char* name : {"asha", "bolt"}) {
      CAPTURE(name);
      CHECK(scene.posts(name) == 1);
    }
    CHECK(scene.callbacks() == 2);
    CHECK(scene.repeats() == 0);
    CHECK(scene.db().number("SELECT count(*) FROM ledger WHERE state NOT IN ('done', 'cancelled')") == 0);
  }
};

} // namespace

TEST_CASE("frozen just before the mark that a post is sent: the second run posts, the first one may not any more") {
  Frozen story;
  story.play("arm.before");
  story.check_once();
}

TEST_CASE("frozen after the mark: the second run looks the post up and sends it only because it is not there") {
  Frozen story;
  story.play("arm.after");
  story.check_once(); // the woken run has a mark, but no time left to use it
}

TEST_CASE("frozen with the answer in hand: the second run finds the post and does not make another") {
  Frozen story;
  story.play("settle.before:6", 1); // list, both feeds, both articles, the first post
  story.check_once();
}
