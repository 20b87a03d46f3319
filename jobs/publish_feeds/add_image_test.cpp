// The picture above a post.
#include "support/publish_world.hpp"

#include "providers/feed/picture.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::publish_feeds;
using test::one_day;
using test::one_hour;

namespace {

const std::string picture_url = "https://news.example/a.jpg", jpeg = "\xFF\xD8\xFF\xE0 and so on";

struct Pictured : PublishWorld {
  Pictured() {
    items[0].more = R"(<enclosure url="https://news.example/a.jpg" type="image/jpeg" length="9"/>)";
    shows(200, jpeg);
  }
  void shows(int status, std::string body) {
    elsewhere[picture_url] = {.status = status, .body = std::move(body), .url = picture_url};
  }
  std::string told_story() {
    RunReport report = run({sync_portal(), poll_feed(), write_article(), add_image(), publish_post()});
    return story(report);
  }
};

} // namespace

TEST_CASE("the first picture of an item stands above its post, described by the title, and is uploaded once") {
  Pictured world;
  world.run_all();
  REQUIRE(world.site.media.size() == 1);
  CHECK(world.site.media[0]["bytes"] == jpeg.size());
  CHECK(world.site.media[0]["url"].get<std::string>().find("alt_text=One") != std::string::npos);
  REQUIRE(world.site.posts.size() == 1);
  CHECK(world.site.posts[0]["featured_media"] == 900);
  const std::string slug = world.site.posts[0]["slug"];
  CHECK(world.site.media[0]["slug"] == slug + "-image");
  world.run_for(one_day);
  CHECK(world.site.media.size() == 1);
}

TEST_CASE("without an enclosure it is the first picture in the text, and no counting pixel") {
  Pictured world;
  world.items[0].more =
      R"(<content:encoded><![CDATA[<p>Text <img src="https://count.example/p.gif" width="1" height="1">
    <img src="https://news.example/a.jpg"> more</p>]]></content:encoded>)";
  world.run_all();
  CHECK(world.site.media.size() == 1);
  CHECK(world.site.posts.at(0)["featured_media"] == 900);
}

TEST_CASE("what cannot be had or is not taken is left out and told; the post is made all the same") {
  Pictured world;
  std::string why;
  SUBCASE("no picture there") {
    world.shows(404, "");
    why = "image: the picture's server refused it";
  }
  SUBCASE("a web page") {
    world.shows(200, "<html>");
    why = "image: the picture is not a JPEG, PNG, GIF or WebP";
  }
  SUBCASE("a role that may not upload") {
    world.site.powers = {"publish_posts", "edit_posts"};
    why = "image: wordpress: role may not upload";
  }
  SUBCASE("a site without the route") {
    world.site.takes_media = false;
    why = "image: wordpress: role may not upload";
  }
  CHECK(world.told_story().find("left out: " + why) != std::string::npos);
  REQUIRE(world.site.posts.size() == 1);
  CHECK_FALSE(world.site.posts[0].contains("featured_media"));
  CHECK(world.site.media.empty());
}

TEST_CASE("a picture whose server is down is tried three times, then the post goes without it") {
  Pictured world;
  world.shows(503, "");
  world.run_for(3 * one_hour);
  CHECK(std::ranges::count_if(world.http.sent, [](const auto& r) { return r.url == picture_url; }) == 3);
  REQUIRE(world.site.posts.size() == 1);
  CHECK_FALSE(world.site.posts[0].contains("featured_media"));
}

TEST_CASE("an upload whose answer was lost is found by its slug, not made again") {
  Pictured world;
  bool lost = false;
  const auto well = world.http.otherwise;
  world.http.otherwise = [&](const http::Request& r) -> Expected<http::Response> {
    auto answer = well(r);
    if (lost || r.method != "POST" || r.url.find("/media") == std::string::npos) return answer;
    lost = true;
    return fail(Fault::uncertain, "network.no_answer_in_time");
  };
  world.run_for(2 * one_hour);
  CHECK(world.site.media.size() == 1);
  REQUIRE(world.site.posts.size() == 1);
  CHECK(world.site.posts[0]["featured_media"] == 900);
}

TEST_CASE("an upload that never gets an answer is tried three times, then the post goes without its picture") {
  Pictured world;
  int uploads = 0;
  const auto well = world.http.otherwise;
  Expected<http::Response> end = http::Response{.status = 500, .body = "<html>There has been a critical error"};
  SUBCASE("a critical error each time") {}
  SUBCASE("a connection that breaks each time") { end = fail(Fault::uncertain, "network.no_answer_in_time"); }
  world.http.otherwise = [&](const http::Request& r) -> Expected<http::Response> {
    if (r.method != "POST" || r.url.find("/media") == std::string::npos) return well(r);
    ++uploads;
    return end;
  };
  std::string told;
  for (int quarter = 0; quarter < 24 && world.site.posts.empty(); ++quarter) {
    told += world.told_story();
    world.clock.advance(Millis(900'000));
  }
  CHECK(uploads == 3);
  CHECK(told.find("left out: image: wordpress: upload refused") != std::string::npos);
  REQUIRE(world.site.posts.size() == 1);
  CHECK_FALSE(world.site.posts[0].contains("featured_media"));
}

TEST_CASE("a site whose media alone are down keeps an article waiting for hours, not for its whole patience") {
  Pictured world;
  bool all = false; // is the whole site down?
  int uploads = 0;
  world.site.first = [&](const http::Request& r) -> std::optional<http::Response> {
    const bool media = r.url.find("/media") != std::string::npos;
    if (!all && !media) return std::nullopt;
    if (r.method == "POST") ++uploads;
    return http::Response{.status = 502, .body = "<html>", .url = r.url};
  };
  SUBCASE("its look fails from the beginning") {
    world.run_for(5 * one_hour);
    CHECK(world.site.posts.empty());
    world.run_for(4 * one_hour);
    CHECK(world.site.posts.size() == 1);
    CHECK(uploads == 0);
  }
  SUBCASE("its look fails behind an upload") {
    const auto down = world.site.first;
    world.site.first = [&](const http::Request& r) -> std::optional<http::Response> {
      return r.method == "POST" || uploads > 0 ? down(r) : std::nullopt;
    };
    world.run_for(9 * one_hour);
    CHECK(world.site.posts.size() == 1);
    CHECK(uploads == 1);
  }
  SUBCASE("a site that is down altogether is waited for, and gets its picture") {
    all = true;
    world.run_for(20 * one_hour);
    CHECK(world.site.posts.empty());
    world.site.first = nullptr;
    world.run_for(3 * one_hour);
    REQUIRE(world.site.posts.size() == 1);
    CHECK(world.site.posts[0]["featured_media"] == 900);
  }
}

TEST_CASE("a site that refuses its media alone to this account has its post at once, without the picture") {
  Pictured world;
  world.site.first = [&](const http::Request& r) -> std::optional<http::Response> {
    if (r.url.find("/media") == std::string::npos) return std::nullopt;
    return FakeSite::no(401, "rest_cannot_create");
  };
  const std::string told = world.told_story();
  CHECK(told.find("left out: image:") != std::string::npos);
  REQUIRE(world.site.posts.size() == 1);
  CHECK_FALSE(world.site.posts[0].contains("featured_media"));
}

TEST_CASE("uploads that alone are refused, or limited, keep an article waiting for hours") {
  Pictured world;
  int status = 429;
  SUBCASE("too many requests") {}
  SUBCASE("not signed in") { status = 401; }
  world.site.first = [&](const http::Request& r) -> std::optional<http::Response> {
    if (r.method != "POST" || r.url.find("/media") == std::string::npos) return std::nullopt;
    return FakeSite::no(status, "rest_cannot_create");
  };
  world.run_for(5 * one_hour);
  CHECK(world.site.posts.empty());
  world.run_for(4 * one_hour);
  REQUIRE(world.site.posts.size() == 1);
  CHECK_FALSE(world.site.posts[0].contains("featured_media"));
}

TEST_CASE("pictures can be switched off") {
  Pictured world;
  world.settings.passthrough_images = false;
  world.run_all();
  CHECK(world.site.media.empty());
  CHECK(world.site.posts.size() == 1);
}
