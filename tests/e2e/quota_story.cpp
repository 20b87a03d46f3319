// The portal's monthly allowance: never exceeded, and counted right also while the portal does not know of a post yet.
#include "e2e/scene.hpp"

using namespace milkrun::e2e;

namespace {

struct Allowance {
  Scene scene{{"asha"}};
  explicit Allowance(int limit) {
    scene.state["feeds"]["asha"]["items"] = {feed_item("asha-3", 20), feed_item("asha-2", 19), feed_item("asha-1", 18)};
    scene.state["portals"]["p1"]["tenants"][0]["posts_limit_month"] = limit;
    scene.document["portals"][0]["max_items"] = 3;
    scene.open();
  }
  void new_items() const {
    scene.patch({{"feeds", {{"asha", {{"items", {feed_item("asha-5", 21), feed_item("asha-4", 21)}}}}}}});
    scene.next_slot();
    scene.next_sync();
  }
};

} // namespace

TEST_CASE("one post left this month: one post is made, and the newest item is the one") {
  Allowance story(1);
  story.scene.run();
  CHECK(story.scene.posts("asha") == 1);
  CHECK(story.scene.effects()["ai_calls"] == 1);
  CHECK(story.scene.db().query("SELECT title FROM feed_items WHERE state = 'chosen'")[0]["title"].find("asha-3") !=
        std::string::npos);
  CHECK(story.scene.db().number("SELECT count(*) FROM feed_items WHERE state = 'new'") == 2); // candidates

  story.new_items();
  const Report later = story.scene.run();
  CHECK(later.story(story.scene.slug("asha")).find("the portal says skip: monthly_limit_reached") != std::string::npos);
  CHECK(story.scene.posts("asha") == 1);
}

TEST_CASE("a post whose callback was lost is not counted twice, and not forgotten either") {
  Allowance story(2);
  const Scene& scene = story.scene;
  scene.patch({{"feeds", {{"asha", {{"items", {feed_item("asha-1", 18)}}}}}}});
  scene.fault({{"route", "portal:p1:callback"}, {"kind", "close_before"}});
  story.scene.run();
  REQUIRE(scene.posts("asha") == 1);
  REQUIRE(scene.callbacks() == 0);

  // The portal still says "two left" and knows of none: there is room for one of the two new items.
  scene.fault({{"route", "portal:p1:callback"}, {"kind", "close_before"}, {"times", -1}});
  story.new_items();
  story.scene.run();
  CHECK(scene.posts("asha") == 2);
  CHECK(scene.callbacks() == 0);

  scene.no_faults();
  scene.all_due();
  story.scene.run();
  CHECK(scene.callbacks() == 2);
  CHECK(scene.repeats() == 0);

  // Now it knows of both: nothing is left.
  scene.patch({{"feeds", {{"asha", {{"items", {feed_item("asha-6", 21)}}}}}}});
  scene.next_slot();
  scene.next_sync();
  story.scene.run();
  CHECK(scene.posts("asha") == 2);
}

TEST_CASE("a callback the portal took in without saying so is sent again and counted once") {
  Allowance story(3);
  story.scene.fault({{"route", "portal:p1:callback"}, {"kind", "close_after"}, {"times", 3}});
  story.scene.run();
  CHECK(story.scene.posts("asha") == 3);
  story.scene.all_due();
  story.scene.run();
  CHECK(story.scene.callbacks() == 3);
  CHECK(story.scene.repeats() == 3);
  const Json effects = story.scene.effects();
  for (const Json& one : effects["callbacks"]["p1"]) CHECK(one["counted"] == true);
  CHECK(story.scene.db().number("SELECT count(*) FROM callbacks WHERE acked_at IS NULL") == 0);
}
