// Every tenant that got nothing is told why: one run over a house full of troubles.
#include "e2e/marked.hpp"
#include "e2e/scene.hpp"

#include <algorithm>
#include <map>

using namespace milkrun::e2e;

TEST_CASE("each trouble has its own words in the report") {
  const std::vector<std::string> names{"fine", "resting", "nofeed",   "lost", "broken", "down",
                                       "html", "mute",    "stranger", "role", "nosite", "keyless"};
  Scene scene(names);
  scene.document.erase("portals");
  for (const std::string& name : names) scene.document["tenants"].push_back(own_tenant(scene.base(), name));
  const auto tenant = [&](const std::string& name) -> Json& {
    return scene.document["tenants"][static_cast<std::size_t>(std::ranges::find(names, name) - names.begin())];
  };
  tenant("resting")["active"] = false;
  tenant("nofeed").erase("feeds");
  tenant("lost")["feeds"][0]["url"] = scene.base() + "/feed/nowhere";
  tenant("broken").erase("credentials");
  tenant("stranger")["credentials"][0]["secret"] = app_password("wrong");
  tenant("keyless")["writer"] = "ai";
  tenant("nosite")["credentials"][0]["base_url"] = scene.base() + "/elsewhere/";
  scene.state["feeds"]["down"]["status"] = 500;
  scene.state["feeds"]["html"]["raw"] = "<!DOCTYPE html><html><body>Welcome</body></html>";
  scene.state["feeds"]["mute"]["items"] = Json::array();
  scene.state["sites"]["role"]["users"]["role"]["role"] = "subscriber";
  scene.open();

  const Report report = scene.run();
  const std::map<std::string, std::string> expected = {
      {"resting", "the operator switched the tenant off"},
      {"nofeed", "no feed"},
      {"lost", "waiting: feed: not found (404)"},
      {"broken", "waiting: no credential: wordpress"},
      {"down", "waiting: feed: server error"},
      {"html", "waiting: feed: not a feed"},
      {"mute", "nothing new in the feed"},
      {"stranger", "waiting: wordpress: wrong user or application password"},
      {"role", "waiting: wordpress: role may not create posts"},
      {"nosite", "waiting: wordpress: no REST API at this address"},
      {"keyless", "waiting: no credential: ai"}};
  for (const auto& [name, story] : expected) {
    CAPTURE(name);
    CHECK(report.got(name) == 0);
    CHECK(report.story(name) == story);
  }
  CHECK(report.got("fine") == 1);
  CHECK(report.json["tenants"].size() == names.size());
}

TEST_CASE("what a portal sends and cannot be used is said to its tenant, and to no other") {
  Scene scene({"asha", "bolt", "chai", "dora"});
  Json& tenants = scene.state["portals"]["p1"]["tenants"];
  tenants[1]["rss_url"] = "{{http}}/site/bolt/feed/";
  tenants[2]["rss_url"] = "";
  tenants[3]["posts_used_month"] = 30;
  scene.open();
  const Report report = scene.run();
  CHECK(report.got(scene.slug("asha")) == 1);
  CHECK(report.story(scene.slug("bolt")) ==
        "feed stopped: the feed is the tenant's own site: its posts would become posts again");
  CHECK(report.story(scene.slug("chai")) == "no feed");
  CHECK(report.story(scene.slug("dora")).find("the portal says skip: monthly_limit_reached") != std::string::npos);
  CHECK(scene.calls("site:bolt:feed").empty());
}
