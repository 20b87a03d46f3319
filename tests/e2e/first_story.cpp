// The everyday story: each tenant gets its own posts with its own password, once, and is counted once.
#include "e2e/marked.hpp"
#include "e2e/scene.hpp"

#include <set>

using namespace milkrun::e2e;

namespace {

Json skip_chai(bool skip) {
  Json tenants = sandbox_state({"asha", "bolt", "chai"})["portals"]["p1"]["tenants"];
  tenants[2]["skip"] = skip;
  return tenants;
}

void check_passwords(const Scene& scene, const std::string& name) {
  CAPTURE(name);
  const std::vector<Json> calls = scene.calls("site:" + name + ":create");
  REQUIRE(calls.size() == 1);
  CHECK(calls[0]["user"] == name);
  CHECK(calls[0]["credential"] == basic(name));
}

} // namespace

TEST_CASE("asha and bolt get their own posts with their own passwords; chai is told why she gets none") {
  Scene scene({"asha", "bolt", "chai"});
  scene.state["portals"]["p1"]["tenants"] = skip_chai(true);
  scene.open();

  const Report first = scene.run();
  check_passwords(scene, "asha");
  check_passwords(scene, "bolt");
  CHECK(scene.posts("chai") == 0);
  CHECK(scene.calls("feed:chai").empty());
  CHECK(first.got(scene.slug("asha")) == 1);
  CHECK(first.got(scene.slug("bolt")) == 1);
  CHECK(first.story(scene.slug("chai")).find("the portal says skip: it gives no reason") != std::string::npos);
  CHECK(scene.callbacks() == 2);

  const Json posts = scene.effects()["posts"];
  CHECK(posts["asha"][0]["title"].get<std::string>().starts_with("News asha-1 – fünf 🍕"));
  CHECK(posts["bolt"][0]["title"].get<std::string>().starts_with("News bolt-1 – fünf 🍕"));
  std::string asked;
  for (const Json& call : scene.calls("ai:openai")) asked += call["body"].get<std::string>();
  CHECK(asked.find("language: German") != std::string::npos);
  CHECK(asked.find("language: English") != std::string::npos);
  CHECK(posts["asha"][0]["content"].get<std::string>().find("https://news.example/asha-1") != std::string::npos);

  SUBCASE("a second run posts nothing") {
    const std::size_t before = scene.journal().size();
    CHECK(scene.run().idle());
    CHECK(scene.journal().size() == before);
  }
  SUBCASE("nor does one in the next slot, when the feeds have nothing new") {
    scene.next_slot();
    const Report again = scene.run();
    CHECK(again.story(scene.slug("asha")) == "nothing new in the feed");
    CHECK(scene.posts("asha") + scene.posts("bolt") == 2);
    CHECK(scene.callbacks() == 2);
  }
}

TEST_CASE("when the portal no longer says skip, chai gets her post") {
  Scene scene({"asha", "bolt", "chai"});
  scene.state["portals"]["p1"]["tenants"] = skip_chai(true);
  scene.document["portals"][0]["sync_interval"] = "3s";
  scene.open();
  scene.run();
  REQUIRE(scene.posts("chai") == 0);
  scene.patch({{"portals", {{"p1", {{"tenants", skip_chai(false)}}}}}});
  CHECK(eventually([&] {
    scene.run();
    return scene.posts("chai") == 1;
  }));
  check_passwords(scene, "chai");
  CHECK(scene.posts("asha") + scene.posts("bolt") == 2);
  CHECK(eventually([&] {
    scene.run();
    return scene.callbacks() == 3;
  }));
  CHECK(scene.repeats() == 0);
}

TEST_CASE("every post is counted under an execution id of its own") {
  Scene scene({"asha", "bolt"});
  scene.state["feeds"]["asha"]["items"] = {feed_item("asha-2", 20), feed_item("asha-1", 19)};
  scene.document["portals"][0]["max_items"] = 2;
  scene.open();
  scene.run();
  std::set<std::string> ids;
  const Json effects = scene.effects();
  for (const Json& one : effects["callbacks"]["p1"]) {
    ids.insert(one["execution_id"]);
    CHECK(one["status"] == "success");
    CHECK(one["counted"] == true);
    CHECK(one["fields"]["posts_created"] == 1);
    CHECK(one["fields"]["attempts"] == 1);
    CHECK(one["fields"]["last_http_status"] == 201);
    CHECK(one["fields"]["retry_backoff_ms"] == 0);
    CHECK(one["fields"]["started_at"].get<std::string>().ends_with("Z"));
  }
  CHECK(ids.size() == 3);
  CHECK(scene.posts("asha") == 2);
}
