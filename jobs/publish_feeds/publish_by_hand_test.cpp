// An operator's choice of an item: what was passed over, was there at the first poll or waits becomes a post, once,
// within the month's posts; the slot's own choice loses no place by it.
#include "job/stage.hpp"

#include "support/social_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace milkrun::jobs {
const Job& publish_feeds();
}

using namespace milkrun;
using test::noon;
using test::one_day;
using test::SocialWorld;

namespace {

std::string feed_text(int items) {
  std::string out = R"(<rss version="2.0"><channel><title>News</title>)";
  for (int i = items; i > 0; --i) {
    const std::string n = std::to_string(i);
    out += "<item><guid>n-" + n + "</guid><title>Title " + n + "</title><link>https://news.example/" + n +
           "</link><description>Text of " + n + ".</description></item>";
  }
  return out + "</channel></rss>";
}

struct Hand : SocialWorld {
  int items = 3;
  std::vector<std::string> posts;
  Bounds bounds;

  Hand() {
    test::add_tenants(*database, {"asha"});
    change(
        "UPDATE tenants SET writer = 'passthrough', publish_from = '00:00', publish_until = '00:00' WHERE id = 'asha'");
    change("INSERT INTO feeds (id, tenant_id, url) VALUES ('f', 'asha', 'https://news.example/feed')");
    credential("tenant", "asha", "asha", "wordpress", "https://asha.example/");
    http.otherwise = [this](const http::Request& request) { return play(request); };
    publish(); // the newest is published, the others are baseline
  }
  Expected<http::Response> play(const http::Request& request) {
    const auto to = [&](const char* part) { return request.url.find(part) != std::string::npos; };
    const auto json = [&](int status, std::string body) {
      return http::Response{.status = status,
                            .headers = {{"Content-Type", "application/json"}},
                            .body = std::move(body),
                            .url = request.url};
    };
    if (to("news.example")) return http::Response{.status = 200, .body = feed_text(items), .url = request.url};
    if (to("/users/me"))
      return json(200, R"({"id":5,"roles":["author"],"capabilities":{"publish_posts":true,"edit_posts":true}})");
    if (to("/posts") && request.method == "POST") {
      posts.push_back(request.body);
      const std::string n = std::to_string(posts.size());
      return json(201, R"({"id":)" + n + R"(,"slug":"x","status":"draft","link":"https://asha.example/)" + n + "/\"}");
    }
    if (to("/tags") && request.method == "POST") return json(201, R"({"id":9,"name":"Tea"})");
    return json(200, "[]");
  }
  void publish() { milkrun::run(jobs::publish_feeds(), options, {*database, vault, net, clock, settings, ""}, {}); }
  std::string item(const std::string& guid) {
    return rows("SELECT id FROM feed_items WHERE identity = 'guid:' || $guid", {{"guid", guid}}).at(0).text("id");
  }
  std::expected<Key, Reason> choose(const std::string& guid, bool with_text = true) {
    PublishWord word{.tenant = {"asha"}, .item = item(guid)};
    if (with_text) word.text = PublishWord::Text{.summary = "", .content = "Text as it is now.", .tags = {"Tea"}};
    return publish_item(jobs::publish_feeds(), word, "baseline", {.user = "root"}, *database, vault, clock, bounds);
  }
  std::string state(const std::string& guid) {
    return rows("SELECT state FROM feed_items WHERE identity = 'guid:' || $guid", {{"guid", guid}}).at(0).text("state");
  }
};

} // namespace

TEST_CASE("an item that was there at the first poll becomes a post with the text its feed shows now, once") {
  Hand w;
  REQUIRE(w.posts.size() == 1);
  REQUIRE(w.state("n-1") == "baseline");
  const auto key = w.choose("n-1");
  REQUIRE(key);
  CHECK(key->text() == "item:" + w.item("n-1"));
  CHECK(w.state("n-1") == "chosen");
  w.publish();
  REQUIRE(w.posts.size() == 2);
  CHECK(w.posts[1].find("Text as it is now.") != std::string::npos);
  const auto again = w.choose("n-1");
  REQUIRE_FALSE(again);
  CHECK(again.error().is("item.is_post"));
  CHECK(again.error().text() == "it is a post already: https://asha.example/2/");
  w.publish();
  CHECK(w.posts.size() == 2);
  const auto acts = w.rows("SELECT * FROM operator_acts");
  REQUIRE(acts.size() == 1);
  CHECK(acts[0].text("verb") == "feeds publish");
  CHECK(acts[0].text("key") == key->text());
  CHECK(acts[0].text("from_state") == "baseline");
}

TEST_CASE("what was passed over, and a candidate, become posts; the slot's own choice loses no place, nor they one "
          "of the day") {
  Hand w;
  w.clock.advance(one_day);
  w.items = 6; // three new ones, of which the slot takes one
  w.publish();
  REQUIRE(w.posts.size() == 2);
  REQUIRE(w.state("n-4") == "new");
  w.change(
      "UPDATE feed_items SET state = 'passed_over', reason = 'item.older', summary = '', content = '', tags = '[]' "
      "WHERE identity = 'guid:n-5'");
  CHECK(w.choose("n-5"));
  CHECK(w.choose("n-4", false)); // it has its text still
  w.publish();
  CHECK(w.posts.size() == 4);
  w.clock.advance(one_day);
  w.items = 7;
  w.publish();
  CHECK(w.posts.size() == 5);
}

TEST_CASE("an item without a text, or beyond the month's posts, is refused and stays what it was") {
  Hand w;
  CHECK(w.choose("n-1", false).error().is("item.text_gone"));
  w.change("INSERT INTO plans (id, slug, posts_per_month) VALUES ('p', 'p', 2)");
  w.change("UPDATE tenants SET plan_id = 'p' WHERE id = 'asha'");
  CHECK(w.choose("n-1")); // on its way: the second of two
  CHECK(w.choose("n-2").error().text() == "quota used up: posts 2026-11");
  CHECK(w.state("n-2") == "baseline");
  w.publish();
  CHECK(w.posts.size() == 2);
  CHECK(w.choose("n-2").error().is("quota.used_up"));
  CHECK(w.number("SELECT count(*) AS n FROM operator_acts") == 1);
}

TEST_CASE("a word of an operator gives an article the patience of the config, as a slot's choice does") {
  Hand w;
  w.bounds.settings.article_patience = Millis(7'200'000);
  REQUIRE(w.choose("n-1"));
  const auto patience = [&] {
    return w.number("SELECT patient_until AS n FROM articles WHERE item_id = $i", {{"i", w.item("n-1")}}) -
           to_ms(w.clock.now());
  };
  CHECK(patience() == 7'200'000);
  w.clock.advance(Millis(7'200'001));
  w.publish();
  REQUIRE(w.number("SELECT count(*) AS n FROM articles WHERE state = 'given_up'") == 1);
  const Named item{"write-article", Key{"item", w.item("n-1")}, {"asha"}};
  REQUIRE(
      retry_items(jobs::publish_feeds(), std::span(&item, 1), {.user = "root"}, *w.database, w.vault, w.clock, w.bounds)
          .at(0)
          .done);
  CHECK(patience() == 7'200'000);
}

TEST_CASE("an article that was given up is brought back by items retry, and its patience begins anew") {
  Hand w;
  REQUIRE(w.choose("n-1"));
  w.change("UPDATE articles SET patient_until = 0 WHERE state = 'chosen'");
  w.publish();
  REQUIRE(w.number("SELECT count(*) AS n FROM articles WHERE state = 'given_up'") == 1);
  CHECK(w.choose("n-1").error().text() == "it is an article already (given up)");
  const Named item{"write-article", Key{"item", w.item("n-1")}, {"asha"}};
  const auto got =
      retry_items(jobs::publish_feeds(), std::span(&item, 1), {.user = "root"}, *w.database, w.vault, w.clock, {});
  REQUIRE(got.at(0).done);
  CHECK(got[0].next.empty());
  w.publish();
  CHECK(w.posts.size() == 2);
}
