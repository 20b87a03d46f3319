// What a post costs, and what is remembered of a site.
#include "support/publish_world.hpp"

#include <algorithm>
#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::publish_feeds;
using test::one_day;

namespace {

using Words = std::vector<std::string>;

// Each item with the tags news and world; the tenant gives every post the category Blog.
struct Tagged : PublishWorld {
  Tagged() {
    items = {};
    add();
    (void)run({sync_portal()});
    change("UPDATE tenants SET categories = '[\"Blog\"]', publish_from = '00:00', publish_until = '00:00' WHERE "
           "portal_ref = '1'");
  }
  void add() {
    const std::string n = std::to_string(++count_);
    items.push_back({.id = "n-" + n,
                     .title = "Title " + n,
                     .dated = clock.now(),
                     .more = "<category>news</category><category>Uncategorized</category><category>world</category>"});
  }
  void next_day() {
    add();
    clock.advance(one_day);
    (void)to_site();
    run_all();
  }

private:
  int count_ = 0;
};

} // namespace

TEST_CASE("a post costs a look and the post itself: the sign-in and the terms are remembered") {
  Tagged world;
  world.run_all();
  CHECK(world.to_site() == Words{"GET users/me", "GET posts", "GET tags", "POST tags", "GET tags", "POST tags",
                                 "GET categories", "POST categories", "POST posts"});
  world.next_day();
  CHECK(world.to_site() == Words{"GET posts", "POST posts"});
  REQUIRE(world.site.posts.size() == 2);
  CHECK(world.site.posts[1]["tags"].size() == 2); // "Uncategorized" is none
  CHECK(world.site.posts[1]["tags"] == world.site.posts[0]["tags"]);
  CHECK(world.site.posts[1]["categories"] == world.site.posts[0]["categories"]);
}

TEST_CASE("of a burst of posts the first signs in and asks for the terms, and the others wait for what it learns") {
  Tagged world;
  for (int i = 0; i < 5; ++i) world.add();
  world.change("UPDATE tenants SET max_items = 20 WHERE portal_ref = '1'");
  world.options.in_flight = 64;
  world.run_all();
  REQUIRE(world.site.posts.size() == 6);
  const Words sent = world.to_site();
  CHECK(std::ranges::count(sent, "GET users/me") == 1);
  CHECK(std::ranges::count(sent, "POST tags") == 2);
  CHECK(std::ranges::count(sent, "POST categories") == 1);
  CHECK(sent.size() == 9 + 5 * 2);
}

TEST_CASE("of a burst of pictures the first signs in, for the pictures and the posts behind it") {
  Tagged world;
  world.items.clear();
  for (int i = 0; i < 5; ++i) {
    const std::string n = std::to_string(i), url = "https://news.example/" + n + ".jpg";
    world.items.push_back({.id = "p-" + n,
                           .title = "Pictured " + n,
                           .dated = world.clock.now(),
                           .more = "<enclosure url=\"" + url + "\" type=\"image/jpeg\" length=\"9\"/>"});
    world.elsewhere[url] = {.status = 200, .body = "\xFF\xD8\xFF\xE0 and so on", .url = url};
  }
  world.change("UPDATE tenants SET max_items = 20, categories = '[]' WHERE portal_ref = '1'");
  world.options.in_flight = 64;
  (void)world.to_site();
  world.run_all();
  CHECK(world.site.media.size() == 5);
  CHECK(world.site.posts.size() == 5);
  const Words sent = world.to_site();
  CHECK(std::ranges::count(sent, "GET users/me") == 1);
  CHECK(sent.size() == 1 + 5 * 4); // each: a look and the picture, a look and the post
}

TEST_CASE("another password is another sign-in, and the terms are asked for again") {
  Tagged world;
  world.run_all();
  world.asha["wp_app_password"] = world.site.password = "new new new";
  world.next_day();
  CHECK(world.to_site() == Words{"GET users/me", "GET posts", "GET tags", "GET tags", "GET categories", "POST posts"});
}

TEST_CASE("a term that the site has lost is made again for the next post, and the report says that one went without") {
  Tagged world;
  world.run_all();
  std::erase_if(world.site.terms, [](const auto& term) { return term.first == "tags/news"; });
  world.add();
  world.clock.advance(one_day);
  const RunReport report = world.run({sync_portal(), poll_feed(), write_article(), add_image(), publish_post()});
  CHECK(world.site.posts.back()["tags"].size() == 1);
  CHECK(world.story(report).find("left out: tags that the site did not take") != std::string::npos);
  world.next_day();
  CHECK(world.to_site() == Words{"GET posts", "GET tags", "POST tags", "POST posts"});
  CHECK(world.site.posts.back()["tags"].size() == 2);
}

TEST_CASE(
    "a password that the site has withdrawn is found out by the look, and signed in anew once it is right again") {
  Tagged world;
  world.run_all();
  world.site.password = "withdrawn";
  world.next_day();
  CHECK(world.to_site() == Words{"GET posts", "GET users/me", "GET "}); // the last asks whether passwords work at all
  CHECK(world.site.posts.size() == 1);
  world.site.password = "pw pw pw";
  world.clock.advance(one_day);
  world.run_all();
  CHECK(world.site.posts.size() == 2);
}

TEST_CASE("an API that has moved is found again in the same try") {
  Tagged world;
  world.run_all();
  world.change("UPDATE sites SET api = 'https://asha.example/old/wp-json/'");
  world.site.first = [](const http::Request& r) -> std::optional<http::Response> {
    if (r.url.find("/old/") == std::string::npos) return std::nullopt;
    return http::Response{.status = 404, .body = "<html>not here</html>", .url = r.url};
  };
  world.next_day();
  CHECK(world.site.posts.size() == 2);
  CHECK(world.to_site() == Words{"GET posts", "GET users/me", "GET posts", "POST posts"});
}

TEST_CASE("a role that may assign no terms has its posts without them, and the report says so") {
  Tagged world;
  world.site.first = [](const http::Request& r) -> std::optional<http::Response> {
    const bool posts = r.method == "POST" && r.url.find("/wp/v2/posts") != std::string::npos;
    if (!posts || !Json::parse(r.body).contains("tags")) return std::nullopt;
    return FakeSite::no(403, "rest_cannot_assign_term");
  };
  world.run_all();
  world.clock.advance(Millis(60'000));
  const RunReport report = world.run({sync_portal(), poll_feed(), write_article(), add_image(), publish_post()});
  REQUIRE(world.site.posts.size() == 1);
  CHECK(world.site.posts[0]["tags"].empty());
  CHECK(world.story(report).find("tags that the site did not take") != std::string::npos);
  CHECK(world.story(report).find("the site did not take the category Blog") != std::string::npos);
  CHECK(world.number("SELECT used AS n FROM usage WHERE meter = 'posts'") == 1);
  world.next_day(); // it is remembered
  CHECK(world.to_site() == Words{"GET posts", "POST posts"});
  CHECK(world.site.posts.size() == 2);
}

TEST_CASE("a plugin that lets nobody make tags keeps no post back, whatever it answers") {
  for (const int status : {401, 403}) {
    CAPTURE(status);
    Tagged world;
    world.site.first = [&](const http::Request& r) -> std::optional<http::Response> {
      if (r.url.find("/wp/v2/tags") == std::string::npos || r.method != "POST") return std::nullopt;
      return FakeSite::no(status, "rest_cannot_create");
    };
    const RunReport report = world.run({sync_portal(), poll_feed(), write_article(), add_image(), publish_post()});
    REQUIRE(world.site.posts.size() == 1);
    CHECK(world.site.posts[0]["categories"].size() == 1);
    CHECK(world.story(report).find("tags that the site did not take") != std::string::npos);
  }
}

TEST_CASE(
    "a site whose tags alone are broken keeps a post waiting for hours, then it goes without them and it is told") {
  Tagged world;
  int status = 500;
  SUBCASE("an error") {}
  SUBCASE("a page where the API should be") { status = 200; }
  SUBCASE("too many requests") { status = 429; }
  SUBCASE("a password of the web server") { status = 401; }
  world.site.first = [&](const http::Request& r) -> std::optional<http::Response> {
    if (r.url.find("/wp/v2/tags") == std::string::npos) return std::nullopt;
    return http::Response{.status = status, .body = "<html>There has been a critical error", .url = r.url};
  };
  std::string told;
  const auto quarters = [&](int n) {
    for (int i = 0; i < n; ++i, world.clock.advance(Millis(900'000))) {
      const RunReport report = world.run({sync_portal(), poll_feed(), write_article(), add_image(), publish_post()});
      told += world.story(report);
    }
  };
  (void)world.run({sync_portal(), poll_feed(), write_article()});
  world.clock.advance(std::chrono::hours(8)); // what was planned for long has not waited yet
  quarters(20);
  CHECK(world.site.posts.empty());
  quarters(16);
  REQUIRE(world.site.posts.size() == 1);
  CHECK(world.site.posts[0]["tags"].empty());
  CHECK(world.site.posts[0]["categories"].size() == 1);
  CHECK(told.find("tags that the site did not take") != std::string::npos);
  world.site.first = nullptr; // and the next has them again
  world.next_day();
  REQUIRE(world.site.posts.size() == 2);
  CHECK(world.site.posts[1]["tags"].size() == 2);
}

TEST_CASE("a site that is down altogether is waited for, and the post has its tags") {
  Tagged world;
  world.site.first = [](const http::Request& r) -> std::optional<http::Response> {
    return http::Response{.status = 502, .body = "<html>", .url = r.url};
  };
  world.run_for(std::chrono::hours(20));
  CHECK(world.site.posts.empty());
  world.site.first = nullptr;
  world.run_for(std::chrono::hours(3));
  REQUIRE(world.site.posts.size() == 1);
  CHECK(world.site.posts[0]["tags"].size() == 2);
}

TEST_CASE("a category that the account may not make is told, and made once it may") {
  Tagged world;
  world.site.powers = {"publish_posts", "edit_posts"};
  const RunReport report = world.run({sync_portal(), poll_feed(), write_article(), publish_post()});
  CHECK(world.story(report).find("left out: the site did not take the category Blog") != std::string::npos);
  REQUIRE(world.site.posts.size() == 1);
  CHECK(world.site.posts[0]["categories"].empty());
  world.site.powers.emplace_back("manage_categories");
  world.next_day();
  CHECK(world.site.posts[1]["categories"].size() == 1);
}

TEST_CASE("after a restored backup a post that is there already is found, not doubled") {
  Tagged world;
  world.run_all();
  REQUIRE(world.site.posts.size() == 1);
  // As the database was before the post was made: the article waits, and nothing is known of the site.
  world.change("UPDATE articles SET state = 'written', post_id = NULL, post_link = NULL, finished_at = NULL, "
               "usage_period = NULL");
  world.change(
      "UPDATE ledger SET state = 'due', due_at = 0, attempts = 0, finished_at = NULL WHERE stage = 'publish-post'");
  world.change("DELETE FROM usage");
  world.change("DELETE FROM sites");
  world.run_all();
  CHECK(world.site.posts.size() == 1);
  CHECK(world.articles("published") == 1);
  CHECK(world.number("SELECT post_id AS n FROM articles") == 100);
  CHECK(world.number("SELECT used AS n FROM usage WHERE meter = 'posts'") == 1);
}

namespace {

// Another milkrun, or a person, makes the post in the moment between our look and our post.
struct Raced : Tagged {
  Json original;
  Raced() {
    site.first = [this](const http::Request& r) -> std::optional<http::Response> {
      if (r.method == "POST" && r.url.find("/wp/v2/posts") != std::string::npos && original.is_null()) {
        original = Json::parse(r.body);
        original["id"] = 77;
        original["link"] = "https://asha.example/original/";
        site.posts.push_back(original);
      }
      return std::nullopt;
    };
  }
  std::string told_story() {
    const RunReport report =
        run({sync_portal(), poll_feed(), write_article(), add_image(), publish_post(), take_back(), report_run()});
    return story(report);
  }
  Json post(int id) const {
    for (const Json& one : site.posts)
      if (one["id"] == id) return one;
    return {};
  }
};

} // namespace

TEST_CASE("a post that came back with a numbered slug was there already: it is found, and ours goes into the trash") {
  Raced world;
  const std::string told = world.told_story();
  REQUIRE(world.site.posts.size() == 2);
  CHECK(world.post(77)["status"] == "publish");
  CHECK(world.post(101)["status"] == "trash");
  CHECK(world.number("SELECT post_id AS n FROM articles WHERE state = 'published'") == 77);
  CHECK(world.number("SELECT count(*) AS n FROM articles WHERE post_link = 'https://asha.example/original/'") == 1);
  CHECK(told.find("the post was there already: https://asha.example/") != std::string::npos);
  CHECK(told.find("and is in the trash") != std::string::npos);
  REQUIRE(world.told("success").size() == 1);
  CHECK(world.told("success")[0]["wp_post_id"] == 77);
  CHECK(world.number("SELECT used AS n FROM usage WHERE meter = 'posts'") == 1);
}

TEST_CASE("where the other post does not show itself, or ours may not be taken away, ours stays and it is told") {
  Raced world;
  SUBCASE("it is hidden from this account in every look") {
    auto race = world.site.first;
    world.site.first = [&world, race](const http::Request& r) -> std::optional<http::Response> {
      if (r.method == "GET" && r.url.find("/wp/v2/posts?") != std::string::npos)
        return FakeSite::json(200, Json::array());
      return race(r);
    };
  }
  SUBCASE("the role may not delete") { world.site.takes_back = false; }
  const std::string told = world.told_story();
  REQUIRE(world.site.posts.size() == 2);
  CHECK(world.post(101)["status"] == "publish");
  CHECK(world.number("SELECT post_id AS n FROM articles WHERE state = 'published'") == 101);
  CHECK(told.find("was made beside it") != std::string::npos);
  CHECK(world.told("success").size() == 1);
}

TEST_CASE("a site that is down after the post is asked again, and the post is not made a third time") {
  Raced world;
  bool down = false;
  auto race = world.site.first;
  world.site.first = [&, race](const http::Request& r) -> std::optional<http::Response> {
    if (down) return http::Response{.status = 503, .body = "<html>", .url = r.url};
    auto answer = race(r);
    down = r.method == "POST" && r.url.find("/wp/v2/posts") != std::string::npos;
    return answer;
  };
  (void)world.told_story();
  CHECK(world.post(101)["status"] == "publish");
  CHECK(world.told("success").empty());
  down = false;
  world.site.first = nullptr;
  world.run_for(test::one_hour);
  REQUIRE(world.site.posts.size() == 2);
  CHECK(world.post(101)["status"] == "trash");
  CHECK(world.told("success").size() == 1);
}

TEST_CASE("after a lost answer a post that the site has numbered is found, not made once more") {
  Raced world;
  auto race = world.site.first;
  bool lose = true;
  world.site.first = [&, race](const http::Request& r) -> std::optional<http::Response> {
    (void)race(r);
    if (r.method != "POST" || r.url.find("/wp/v2/posts") == std::string::npos || !lose) return std::nullopt;
    lose = false;
    Json post = Json::parse(r.body);
    post["slug"] = post["slug"].get<std::string>() + "-2";
    post["id"] = 101;
    post["link"] = "https://asha.example/second/";
    world.site.posts.push_back(post);
    // The one that was there first is not shown by its own slug.
    world.site.posts.erase(world.site.posts.begin());
    return http::Response{.status = 502, .body = "<html>", .url = r.url};
  };
  (void)world.told_story();
  world.run_for(test::one_day);
  REQUIRE(world.site.posts.size() == 1);
  CHECK(world.number("SELECT post_id AS n FROM articles WHERE state = 'published'") == 101);
}

TEST_CASE("a post that a plugin refuses waits alone, and somebody hears of it once a day") {
  Tagged world;
  world.site.first = [](const http::Request& r) -> std::optional<http::Response> {
    if (r.method != "POST" || r.url.find("/wp/v2/posts") == std::string::npos) return std::nullopt;
    return FakeSite::no(400, "spam_detected");
  };
  const auto news = [&] {
    const RunReport report = world.run({sync_portal(), poll_feed(), write_article(), add_image(), publish_post()});
    std::size_t waits = 0, told = 0;
    for (const Resting& one : report.resting)
      if (one.reason.is("wordpress.request_refused")) ++waits, told += one.news ? 1 : 0;
    CHECK(waits == 1);
    return told;
  };
  CHECK(news() == 1);
  world.clock.advance(test::one_hour);
  CHECK(news() == 0);
  world.clock.advance(test::one_day);
  CHECK(news() == 1);
  CHECK(world.site.posts.empty());
}
