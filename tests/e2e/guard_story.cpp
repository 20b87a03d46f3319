// Addresses a tenant may not reach: private ranges are refused unless the operator opened them, and for whom.
#include "e2e/scene.hpp"

using namespace milkrun::e2e;

namespace {

std::string allow(const std::string& tenant, const std::string& service) {
  return "[[network.allow]]\ncidr = \"127.0.0.0/8\"\ntenant = \"" + tenant + "\"\nservice = \"" + service + "\"\n";
}

} // namespace

TEST_CASE("a feed in a private range is read for the tenant it was opened for, and refused for the others") {
  Scene scene({"asha", "bolt", "chai", "dora"});
  Json& tenants = scene.state["portals"]["p1"]["tenants"];
  tenants[2]["rss_url"] = "http://169.254.169.254/latest/meta-data/";
  tenants[3]["rss_url"] = "https://localhost/feed";
  scene.allow = allow("*", "portal") + allow("*", "ai") + allow("*", "wordpress") + allow(scene.slug("asha"), "feed");
  scene.open();
  const Report report = scene.run();
  CHECK(report.got(scene.slug("asha")) == 1);
  CHECK(scene.calls("feed:bolt").empty());
  for (const char* name : {"bolt", "chai", "dora"}) {
    CAPTURE(name);
    CHECK(report.got(scene.slug(name)) == 0);
    CHECK(report.story(scene.slug(name)).starts_with("waiting: network: address not allowed"));
  }
  CHECK(report.items("poll-feed", "waiting") == 3); // for somebody who opens the range or mends the address
  CHECK(report.reasons("poll-feed", "waiting") == "network.address_not_allowed");
}

TEST_CASE("a redirect into a private range is refused like the address itself") {
  Scene scene({"asha"});
  scene.open();
  scene.fault({{"route", "feed:asha"}, {"kind", "redirect"}, {"location", "http://10.0.0.1/feed"}});
  const Report report = scene.run();
  CHECK(report.story(scene.slug("asha")).starts_with("waiting: network: address not allowed"));
}

TEST_CASE("a site in a private range gets neither a request nor a password") {
  Scene scene({"asha"});
  scene.allow = allow("*", "portal") + allow("*", "ai") + allow("*", "feed");
  scene.open();
  const Report report = scene.run();
  CHECK(report.story(scene.slug("asha")) == "waiting: network: address not allowed");
  CHECK(scene.calls("site:asha:me").empty());
  CHECK(scene.callbacks("failed") ==
        1); // the portal hears of the slot; the article waits for the setting as long as one may
  const char* const given_up = "SELECT count(*) FROM articles WHERE state = 'given_up'";
  CHECK(scene.db().number(given_up) == 0);
  const std::string eight_days = std::to_string(8 * 86'400);
  scene.run({}, {{"MILKRUN_TEST_CLOCK_AHEAD", eight_days}});
  CHECK(scene.calls("site:asha:me").empty());
  CHECK(scene.callbacks("failed") == 2);
  CHECK(scene.db().number(given_up) == 1);
}
