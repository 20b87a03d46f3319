// The answer to "make this post" is lost in every way there is, for four tenants at once: each ends with one post and
// one success counted, because the site is asked before anything is sent again.
#include "e2e/scene.hpp"

using namespace milkrun::e2e;

namespace {

const std::vector<std::string> everyone{"asha", "bolt", "chai", "dora", "emil"};

} // namespace

TEST_CASE("whatever was lost, there is exactly one post and one success per article") {
  Scene scene(everyone);
  scene.run_section = "reconcile_gap = \"1s\"\nidle_wait = \"15s\"";
  scene.timeouts_section = "wordpress = \"1s\"";
  scene.open();
  scene.fault({{{"route", "site:asha:create"}, {"kind", "status"}, {"status", 500}, {"process", true}},
               {{"route", "site:bolt:create"}, {"kind", "delay_after"}, {"ms", 3000}},
               {{"route", "site:chai:create"}, {"kind", "reset_after"}},
               {{"route", "site:dora:create"}, {"kind", "reset_before"}},
               {{"route", "site:emil:create"}, {"kind", "wrong_type"}, {"body", "<html>thank you</html>"}}});

  const Report report = scene.run();
  CHECK(report.items("publish-post", "uncertain") >= 6); // five lost answers, and a look-up that found nothing yet
  CHECK(report.items("publish-post", "done") == 5);
  for (const std::string& name : everyone) {
    CAPTURE(name);
    CHECK(scene.posts(name) == 1);
    CHECK(report.got(scene.slug(name)) == 1);
    // Only the request that was lost on the way in was sent a second time, after two look-ups, each for its slug and
    // for that with a number. Each began with a look.
    CHECK(scene.calls("site:" + name + ":create").size() == (name == "dora" ? 2 : 1));
    CHECK(scene.calls("site:" + name + ":find").size() == (name == "dora" ? 6 : 2));
  }
  CHECK(scene.callbacks() == 5);
  CHECK(scene.repeats() == 0);
  CHECK(scene.db().number("SELECT count(*) FROM ledger WHERE state <> 'done'") == 0);
  CHECK(scene.run().idle());
}

TEST_CASE("a look-up that the site will not answer leaves the post in question; nothing is sent again") {
  Scene scene({"asha"});
  scene.timeouts_section = "wordpress = \"1s\"";
  scene.open();
  scene.fault({{{"route", "site:asha:create"}, {"kind", "reset_after"}},
               {{"route", "site:asha:find"}, {"kind", "status"}, {"status", 502}, {"skip", 1}, {"times", 2}}});
  scene.run();
  for (int i = 0; i < 2; ++i) {
    scene.all_due();
    const Report report = scene.run();
    CHECK(report.reasons("publish-post", "uncertain") == "wordpress.server_error");
    CHECK(scene.calls("site:asha:create").size() == 1);
    CHECK(scene.callbacks() == 0);
  }
  scene.all_due();
  scene.run();
  CHECK(scene.calls("site:asha:create").size() == 1);
  CHECK(scene.posts("asha") == 1);
  CHECK(scene.callbacks() == 1);
}

TEST_CASE(
    "a post that a restored backup has forgotten, and that the look does not show, is found by the number of ours") {
  Scene scene({"asha"});
  scene.open();
  scene.run();
  REQUIRE(scene.posts("asha") == 1);
  const std::int64_t first = scene.db().number("SELECT post_id FROM articles");
  scene.db().change("UPDATE articles SET state = 'written', post_id = NULL, post_link = NULL, finished_at = NULL, "
                    "usage_period = NULL");
  scene.db().change(
      "UPDATE ledger SET state = 'due', due_at = 0, attempts = 0, finished_at = NULL WHERE stage = 'publish-post'");
  scene.db().change("DELETE FROM usage");
  scene.fault({{"route", "site:asha:find"}, {"kind", "status"}, {"status", 200}, {"body", "[]"}});
  const Report report = scene.run();
  CHECK(report.items("publish-post", "done") == 1);
  CHECK(report.items("take-back", "done") == 1);
  CHECK(scene.calls("site:asha:delete").size() == 1);
  CHECK(scene.db().number("SELECT post_id FROM articles") == first);
  CHECK(report.finished.out.find("the post was there already") != std::string::npos);
}
