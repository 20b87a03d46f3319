// Sites that say "slow down" or "who are you": only their own tenant waits, and says why.
#include "e2e/marked.hpp"
#include "e2e/scene.hpp"

using namespace milkrun::e2e;

namespace {

const std::string too_many = R"({"code":"too_many_requests","message":"Slow down","data":{"status":429}})";

// Milliseconds from the end of the refused attempt until the tenant's post is due again.
std::int64_t wait_of(const Scene& scene, const std::string& name) {
  return scene.db().number(
      "SELECT l.due_at - max(a.finished_at) FROM ledger l JOIN attempts a ON a.stage = l.stage AND "
      "a.key = l.key JOIN tenants t ON t.id = l.tenant_id WHERE l.stage = 'publish-post' AND t.slug = '" +
      scene.slug(name) + "'");
}

} // namespace

TEST_CASE("a 429 is obeyed: for as long as Retry-After says, or for a minute") {
  Scene scene({"asha"});
  scene.open();
  Json limit{{"route", "site:asha:create"}, {"kind", "status"}, {"status", 429}, {"body", too_many}};
  SUBCASE("with Retry-After") {
    limit["headers"]["Retry-After"] = "120";
    scene.fault(limit);
    const Report report = scene.run();
    CHECK(report.reasons("publish-post", "retry") == "wordpress.too_many_requests");
    CHECK(wait_of(scene, "asha") > 115'000);
    CHECK(wait_of(scene, "asha") <= 121'000);
  }
  SUBCASE("without") {
    scene.fault(limit);
    scene.run();
    CHECK(wait_of(scene, "asha") > 55'000);
    CHECK(wait_of(scene, "asha") <= 61'000);
  }
  scene.run();
  CHECK(scene.calls("site:asha:create").size() == 1);
  scene.all_due();
  scene.run();
  CHECK(scene.posts("asha") == 1);
  CHECK(scene.callbacks() == 1);
}

TEST_CASE("a wrong password stops its own tenant alone; the right one from the portal sends the post on its way") {
  Scene scene({"asha", "bolt"});
  scene.state["portals"]["p1"]["tenants"][0]["wp_app_password"] = app_password("wrong");
  scene.open();
  const Report report = scene.run();
  CHECK(scene.posts("asha") == 0);
  CHECK(scene.posts("bolt") == 1);
  CHECK(report.story(scene.slug("asha")) == "waiting: wordpress: wrong user or application password");
  CHECK(scene.callbacks() == 1);

  const std::size_t tried = scene.calls("site:asha:me").size();
  scene.run();
  CHECK(scene.calls("site:asha:me").size() == tried);

  Json tenants = scene.state["portals"]["p1"]["tenants"];
  tenants[0]["wp_app_password"] = app_password("asha");
  scene.patch({{"portals", {{"p1", {{"tenants", tenants}}}}}});
  scene.next_sync();
  scene.run();
  CHECK(scene.posts("asha") == 1);
  CHECK(scene.effects()["ai_calls"] == 2);
  CHECK(scene.callbacks() == 2);
}

TEST_CASE("importing the right password of a tenant without a portal does the same") {
  Scene scene({"asha", "bolt"});
  scene.document.erase("portals");
  scene.document["tenants"] = {own_tenant(scene.base(), "asha"), own_tenant(scene.base(), "bolt")};
  scene.document["tenants"][0]["credentials"][0]["secret"] = app_password("wrong");
  scene.open();
  CHECK(scene.run().got("bolt") == 1);
  REQUIRE(scene.posts("asha") == 0);
  scene.document["tenants"][0] = own_tenant(scene.base(), "asha");
  scene.import(scene.document);
  CHECK(scene.run().got("asha") == 1);
  CHECK(scene.posts("asha") == 1);
}
