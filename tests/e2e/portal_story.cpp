// A portal that refuses: its tenants get no new posts, it is left alone for a quarter of an hour, and what it must
// still be told goes out all the same.
#include "e2e/scene.hpp"

using namespace milkrun::e2e;

namespace {

const std::string forbidden = R"({"code":"forbidden","message":"Forbidden","data":{"status":403}})";

} // namespace

TEST_CASE("a portal that answers 403 is parked for 15 minutes; callbacks that wait still go") {
  Scene scene;
  scene.open();
  scene.fault({{"route", "portal:p1:callback"}, {"kind", "close_before"}, {"times", 2}});
  scene.run();
  REQUIRE(scene.posts("asha") == 1);
  REQUIRE(scene.callbacks() == 0);

  scene.patch({{"feeds", {{"asha", {{"items", {feed_item("asha-2", 21)}}}}}}});
  scene.next_slot();
  scene.next_sync();
  scene.all_due();
  scene.fault(
      {{"route", "portal:p1:tenants"}, {"kind", "status"}, {"status", 403}, {"body", forbidden}, {"times", -1}});
  const Report refused = scene.run();
  CHECK(refused.reasons("sync-portal", "waiting") == "portal.token_refused");
  CHECK(refused.story(scene.slug("asha")) == "the portal was not read in this slot");
  CHECK(scene.calls("portal:p1:tenants").size() == 2);
  CHECK(scene.callbacks() == 2);
  CHECK(scene.posts("asha") == 1);
  const std::int64_t rest = scene.db().number("SELECT until - (SELECT max(finished_at) FROM attempts WHERE stage = "
                                              "'sync-portal') FROM parks WHERE scope = 'portal'");
  CHECK(rest > 14 * 60'000);
  CHECK(rest <= 15 * 60'000);

  scene.run();
  CHECK(scene.calls("portal:p1:tenants").size() == 2);

  scene.no_faults();
  scene.all_due();
  scene.run();
  CHECK(scene.posts("asha") == 2);
  CHECK(scene.callbacks() == 3);
}

TEST_CASE("a portal that was never read is said clearly, and the run ends well") {
  Scene scene;
  scene.state["portals"]["p1"]["token"] = "another one altogether";
  scene.open();
  const Report report = scene.run();
  CHECK(report.reasons("sync-portal", "waiting") == "portal.token_refused");
  CHECK(scene.calls("portal:p1:tenants").size() == 1);
  const Finished words = scene.milkrun({"publish-feeds", "-v"});
  CHECK(words.code == 0);
  CHECK(scene.calls("portal:p1:tenants").size() == 1);
}

TEST_CASE("a tenant that is gone from the portal's list stops, and its work goes on when it comes back") {
  Scene scene;
  scene.open();
  scene.run();
  const Json all = scene.state["portals"]["p1"]["tenants"];
  scene.patch({{"portals", {{"p1", {{"tenants", Json::array({all[0]})}}}}},
               {"feeds", {{"bolt", {{"items", Json::array({feed_item("bolt-2", 21)})}}}}}});
  scene.next_sync();
  scene.next_slot();
  CHECK(scene.run().story(scene.slug("bolt")) == "no longer in the portal's list");
  CHECK(scene.posts("bolt") == 1);

  scene.patch({{"portals", {{"p1", {{"tenants", all}}}}}});
  scene.next_sync();
  scene.next_slot();
  scene.run();
  CHECK(scene.posts("bolt") == 2);
  CHECK(scene.callbacks() == 3);
}
