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
