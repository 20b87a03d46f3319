// What a change from outside does to work that is under way: another frequency, a tenant that is missing from one list,
// a month that ends during a call; and what a dry run says of it.
#include "base/text.hpp"
#include "jobs/jobs.hpp"
#include "jobs/publish_feeds/stages.hpp"

#include "support/social_world.hpp"

#include <algorithm>
#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::publish_feeds;
using test::noon;
using test::one_day;
using test::one_hour;
using test::SocialWorld;

namespace {

constexpr auto feed_text = R"(<rss version="2.0"><channel><title>News</title>
  <item><guid>n-1</guid><title>One</title><link>https://news.example/1</link><description>First.</description></item>
  </channel></rss>)";

constexpr auto portal_id = "0123456789abcdef0123456789abcdef";

const char* frequency_of = "weekly"; // what the portal says of asha

std::string list(bool with_asha) {
  if (!with_asha) return "[]";
  return R"([{"tenant_id": 1, "site_url": "https://asha.example/", "wp_username": "ed", "wp_app_password": "pw pw pw",
    "rss_url": "https://news.example/feed", "publish_mode": "publish", "is_active": true, "skip": false,
    "remaining": 5, "frequency": ")" +
         std::string(frequency_of) + "\"}]";
}

// asha comes from a portal, reads one feed, and writes nothing herself. Saturday noon, in UTC.
struct Publishing : SocialWorld {
  bool listed = true;
  Millis posting{0}; // how long the site takes to make a post

  Publishing() {
    frequency_of = "weekly";
    change(
        "INSERT INTO portals (id, slug, base_url, writer) VALUES ($id, 'p', 'https://portal.example/', 'passthrough')",
        {{"id", portal_id}});
    for (const char* service : {"portal", "portal-callback"})
      credential("portal", "operator", portal_id, service, "https://portal.example/");
    http.otherwise = [this](const http::Request& request) { return play(request); };
  }
  Expected<http::Response> play(const http::Request& request) {
    const auto to = [&](const char* part) { return request.url.find(part) != std::string::npos; };
    const auto json = [&](int status, std::string body) {
      return http::Response{.status = status,
                            .headers = {{"Content-Type", "application/json"}},
                            .body = std::move(body),
                            .url = request.url};
    };
    if (to("/make/tenants")) return json(200, invented_rows > 0 ? invented() : list(listed));
    if (to("/run-callback")) return json(200, R"({"ok":true,"id":7})");
    if (to("news.example")) return http::Response{.status = 200, .body = feed_text, .url = request.url};
    if (to("/users/me"))
      return json(200, R"({"id":5,"roles":["author"],"capabilities":{"publish_posts":true,"edit_posts":true}})");
    if (to("/posts") && request.method == "POST") {
      clock.advance(posting);
      return json(201, R"({"id":165,"slug":"x","status":"publish","link":"https://asha.example/x/"})");
    }
    return json(200, "[]");
  }
  int invented_rows = 0, rows_from = 1; // so many invented tenants in place of asha
  std::string invented() const {
    std::string out;
    for (int i = rows_from; i < rows_from + invented_rows; ++i)
      out += std::string(out.empty() ? "[" : ",") + R"({"tenant_id": )" + std::to_string(i) + R"(, "remaining": 5})";
    return out + "]";
  }
  std::string text(const char* statement) { return test::rows(*database, statement).at(0).text("t"); }
  void run_to_poll() { run({sync_portal(), poll_feed()}); }
  // The job as it is, with what it says of each tenant.
  std::string story() {
    const auto job = std::ranges::find(all_jobs(), std::string_view("publish-feeds"), &Job::name);
    const RunReport report = milkrun::run(**job, options, {*database, vault, net, clock, settings, ""}, {});
    REQUIRE(report.tenants.size() == 1);
    return report.tenants[0].story;
  }
  void run_all() { run({sync_portal(), poll_feed(), write_article(), publish_post(), report_run()}); }
  void next_sync() { clock.advance(Millis(900'000)); }
  std::int64_t polls() const {
    return std::ranges::count_if(http.sent, [](const auto& r) { return r.url == "https://news.example/feed"; });
  }
  std::int64_t articles(const char* state) {
    return number("SELECT count(*) AS n FROM articles WHERE state = $s", {{"s", state}});
  }
};

} // namespace

TEST_CASE("a frequency that becomes daily is daily from that day on, not from the end of the week") {
  Publishing world;
  world.clock.t = noon - 4 * one_day; // a Tuesday
  world.run_to_poll();
  CHECK(world.polls() == 1);
  frequency_of = "daily";
  world.clock.advance(one_day);
  world.run_to_poll();
  CHECK(world.polls() == 2);
  world.next_sync(); // the same list again begins nothing anew
  world.run_to_poll();
  CHECK(world.polls() == 2);
}

TEST_CASE("a tenant that the lists leave out keeps what was begun for it, and it goes on when the tenant is back") {
  Publishing world;
  world.run_to_poll();
  REQUIRE(world.articles("chosen") == 1);
  world.listed = false;
  world.next_sync();
  world.run_to_poll();
  world.next_sync(); // the second list that says so is believed
  world.run_all();
  CHECK(world.articles("chosen") == 1);
  CHECK(world.number("SELECT count(*) AS n FROM callbacks") == 0);
  world.listed = true;
  world.next_sync();
  world.run_all();
  CHECK(world.articles("published") == 1);
}

TEST_CASE("feeds come after the portal's list: a tenant that has left is not said to wait for it") {
  Publishing world;
  frequency_of = "daily";
  world.run_all();
  CHECK(world.polls() == 1);
  world.clock.advance(one_day);
  world.listed = false;
  world.run_to_poll(); // an empty list is doubted once, and nobody waits for the next one
  CHECK(world.polls() == 2);
  world.clock.advance(one_day);
  CHECK(world.story() == "no longer in the portal's list");
  CHECK(world.polls() == 2);

  world.clock.advance(one_day);
  world.listed = true;
  CHECK(world.story() == "nothing new in the feed"); // and not "waiting" as well: that was over within the run
  CHECK(world.polls() == 3);

  world.clock.advance(one_day);
  const auto well = world.http.otherwise;
  world.http.otherwise = [&](const http::Request& request) -> Expected<http::Response> {
    if (request.url.find("/make/tenants") == std::string::npos) return well(request);
    return http::Response{.status = 403, .body = R"({"code":"forbidden","message":"no"})", .url = request.url};
  };
  CHECK(world.story() == "the portal was not read in this slot");
  const std::size_t asked = world.http.sent.size();
  world.run_to_poll();
  CHECK(world.http.sent.size() == asked);
  CHECK(world.polls() == 3);
}

TEST_CASE("a tenant for whom only a callback went out is told why it gets nothing") {
  Publishing world;
  frequency_of = "daily";
  const auto well = world.http.otherwise;
  const char* down = "/run-callback";
  world.http.otherwise = [&](const http::Request& request) -> Expected<http::Response> {
    if (request.url.find(down) == std::string::npos) return well(request);
    return http::Response{.status = 403, .body = R"({"code":"forbidden","message":"no"})", .url = request.url};
  };
  world.run_all();
  REQUIRE(world.number("SELECT count(*) AS n FROM callbacks WHERE acked_at IS NULL") == 1);
  world.clock.advance(one_day);
  down = "/make/tenants";
  CHECK(world.story() == "the portal was not read in this slot");
  CHECK(world.number("SELECT count(*) AS n FROM callbacks WHERE acked_at IS NOT NULL") == 1);
}

TEST_CASE("a post is counted in the month its quota was taken in, also when the month ends during the call") {
  Publishing world;
  world.clock.t = noon + 9 * one_day + 12 * one_hour - Millis(1000); // 2026-11-30 23:59:59
  world.posting = Millis(2000);
  world.run_all();
  REQUIRE(world.articles("published") == 1);
  CHECK(world.number("SELECT count(*) AS n FROM usage u WHERE meter = 'posts' AND period = '2026-11' AND used = 1") ==
        1);
  CHECK(world.number("SELECT count(*) AS n FROM articles WHERE usage_period = '2026-11'") == 1);
}

TEST_CASE("an uncertain post that the next month finds is counted where its quota was taken") {
  Publishing world;
  world.clock.t = noon + 9 * one_day + 12 * one_hour - Millis(1000);
  const auto well = world.http.otherwise;
  bool lost = true, stored = false;
  world.http.otherwise = [&](const http::Request& request) -> Expected<http::Response> {
    if (lost && request.method == "POST" && request.url.find("/posts") != std::string::npos) {
      stored = true;
      return fail(Fault::uncertain, "network.no_answer_in_time");
    }
    if (stored && request.method == "GET" && request.url.find("/posts") != std::string::npos)
      return http::Response{
          .status = 200,
          .headers = {{"Content-Type", "application/json"}, {"X-WP-Total", "1"}, {"Allow", "GET, POST"}},
          .body = R"([{"id":165,"status":"publish","link":"https://asha.example/x/","slug":")" +
                  world.rows("SELECT slug FROM articles").at(0).text("slug") + "\"}]",
          .url = request.url};
    return well(request);
  };
  world.run_all();
  REQUIRE(world.ledger_row("publish-post", "article:" + world.rows("SELECT id FROM articles").at(0).text("id"))
              .text("state") == "uncertain");
  lost = false;
  world.clock.advance(one_hour);
  world.run_all();
  REQUIRE(world.articles("published") == 1);
  CHECK(world.number("SELECT count(*) AS n FROM usage u WHERE meter = 'posts' AND period = '2026-11' AND used = 1") ==
        1);
  CHECK(world.number("SELECT count(*) AS n FROM articles WHERE usage_period = '2026-11'") == 1);
}

TEST_CASE(
    "a post that the site has from another account is found among the published, or waited for; none is made beside") {
  for (const bool is_public : {true, false}) {
    CAPTURE(is_public);
    Publishing world;
    const auto well = world.http.otherwise;
    int made = 0;
    world.http.otherwise = [&](const http::Request& request) -> Expected<http::Response> {
      if (request.url.find("wp/v2/posts") == std::string::npos) return well(request);
      if (request.method == "POST") ++made;
      const bool own = request.url.find("context=edit") != std::string::npos;
      const std::string post = R"([{"id":165,"status":"publish","link":"https://asha.example/x/","slug":")" +
                               world.rows("SELECT slug FROM articles").at(0).text("slug") + "\"}]";
      return http::Response{
          .status = 200,
          .headers = {{"Content-Type", "application/json"}, {"X-WP-Total", "1"}, {"Allow", "GET, POST"}},
          .body = own || !is_public ? "[]" : post,
          .url = request.url};
    };
    world.run_all();
    CHECK(made == 0);
    CHECK(world.articles("published") == (is_public ? 1 : 0));
    const db::Row row =
        world.ledger_row("publish-post", "article:" + world.rows("SELECT id FROM articles").at(0).text("id"));
    CHECK(row.text("state") == (is_public ? "done" : "due"));
    CHECK(row.text("reason") == (is_public ? "" : "wordpress.post_hidden"));
  }
}

TEST_CASE("a feed moves after three equal permanent redirects over two days, and not by one that says something else") {
  Publishing world;
  frequency_of = "daily";
  const auto well = world.http.otherwise;
  std::string target = "https://news.example/new";
  world.http.otherwise = [&](const http::Request& request) -> Expected<http::Response> {
    if (request.url != "https://news.example/feed") return well(request);
    return http::Response{
        .status = 200, .body = feed_text, .url = target, .hops = {{301, "https://news.example/feed", target}}};
  };
  const auto url = [&] { return world.rows("SELECT url FROM feeds").at(0).text("url"); };
  const auto next_day = [&](std::int64_t count) {
    world.run_to_poll();
    CHECK(url() == "https://news.example/feed");
    CHECK(world.number("SELECT moved_count AS n FROM feeds") == count);
    world.clock.advance(one_day);
  };
  next_day(1);
  target = "https://news.example/other";
  next_day(1); // another target begins anew
  next_day(2);
  world.run_to_poll();
  CHECK(url() == "https://news.example/other");
  CHECK(world.number("SELECT moved_count AS n FROM feeds") == 0);
}

// A feed that answers 410, or what else `status` says, while `gone`; `left`: the portal names another one.
struct Gone : Publishing {
  bool gone = true, left = false;
  int status = 410;

  Gone() {
    frequency_of = "daily";
    http.otherwise = [this, well = http.otherwise](const http::Request& request) -> Expected<http::Response> {
      if (gone && request.url.find("news.example") != std::string::npos)
        return http::Response{.status = status, .body = "<html><body>Welcome", .url = request.url};
      auto answer = well(request);
      if (left && answer) answer->body = text::replace_all(answer->body, "news.example/feed", "elsewhere.example/feed");
      return answer;
    };
  }
  const Job& job() const { return **std::ranges::find(all_jobs(), std::string_view("publish-feeds"), &Job::name); }
  // What a run says of the feed.
  std::optional<Resting> told() {
    const RunReport report = milkrun::run(job(), options, {*database, vault, net, clock, settings, ""}, {});
    const auto at = std::ranges::find(report.resting, "feed https://news.example/feed", &Resting::what);
    return at == report.resting.end() ? std::nullopt : std::optional(*at);
  }
  db::Row feed() { return test::rows(*database, "SELECT active, stop_reason, gone_since FROM feeds").at(0); }
};

TEST_CASE("a feed that is gone for good is asked once more a day later, and its tenant is told why nothing comes") {
  Gone world;
  const Time first = world.clock.now();
  auto told = world.told();
  CHECK(world.polls() == 1);
  REQUIRE(told);
  CHECK(told->reason.is("feed.gone"));
  CHECK(told->news);
  CHECK(told->until == first + one_day);
  CHECK(told->tenant == "p.1");
  world.clock.advance(one_hour);
  told = world.told();
  CHECK(world.polls() == 1);
  REQUIRE(told);
  CHECK_FALSE(told->news);
  CHECK(world.feed().flag("active"));
  world.clock.advance(one_day);
  told = world.told();
  CHECK(world.polls() == 2);
  CHECK_FALSE(world.feed().flag("active"));
  CHECK(world.feed().text("stop_reason") == "feed.gone_410");
  // Whose move it is hears of it once a day, with what mends it.
  for (int day = 0; day < 3; ++day, world.clock.advance(one_day)) {
    CAPTURE(day);
    if (day > 0) told = world.told();
    REQUIRE(told);
    CHECK(told->reason.is("feed.stopped"));
    CHECK(told->news);
    CHECK(told->since == first);
    CHECK_FALSE(told->until.has_value());
    CHECK(told->detail.find("its portal must name another url") != std::string::npos);
    told = world.told();
    REQUIRE(told);
    CHECK_FALSE(told->news);
  }
  CHECK(world.told());
  CHECK(world.polls() == 2);
  const RunReport dry = dry_run(world.job(), world.options, *world.database, world.vault, world.clock);
  REQUIRE(dry.tenants.size() == 1);
  CHECK(dry.tenants[0].story.find("the feed is gone (410)") != std::string::npos);
}

TEST_CASE("a 410 of a careless moment ends nothing") {
  Gone world;
  CHECK(world.told());
  world.gone = false;
  world.clock.advance(one_day);
  CHECK_FALSE(world.told());
  CHECK(world.number("SELECT count(*) AS n FROM articles") == 1);
  CHECK(world.feed().null("gone_since"));
  world.gone = true; // the next one begins anew
  world.clock.advance(one_day);
  CHECK(world.told());
  CHECK(world.feed().flag("active"));
}

TEST_CASE("a feed that is gone and left by its portal is spoken of no more") {
  Gone world;
  CHECK(world.told());
  world.clock.advance(one_day);
  CHECK(world.told());
  CHECK_FALSE(world.feed().flag("active"));
  world.left = true;
  world.next_sync();
  CHECK_FALSE(world.told());
}

TEST_CASE("a feed whose address answers something else is told to the operator once a day, until it is read") {
  for (const auto& [status, code] :
       {std::pair(404, "feed.not_found"), std::pair(401, "feed.access_refused"), std::pair(200, "feed.not_a_feed")}) {
    CAPTURE(status);
    Gone world;
    world.status = status;
    const Time first = world.clock.now();
    for (int day = 0; day < 3; ++day) {
      auto told = world.told();
      REQUIRE(told);
      CHECK(told->reason.code() == code);
      CHECK(told->news);
      CHECK(told->tenant == "p.1");
      CHECK(told->since == first);
      REQUIRE(told->until);
      CHECK(*told->until > world.clock.now());
      told = world.told(); // a run that finds nothing due lists it all the same
      REQUIRE(told);
      CHECK_FALSE(told->news);
      world.clock.advance(one_day);
    }
    world.gone = false;
    CHECK_FALSE(world.told());
    CHECK(world.number("SELECT count(*) AS n FROM articles") == 1);
  }
}

TEST_CASE("a feed that answers nothing of use is told after an hour, by then it is no moment's") {
  Gone world;
  world.status = 418;
  auto told = world.told();
  REQUIRE(told);
  CHECK(told->reason.is("feed.request_refused"));
  CHECK_FALSE(told->news);
  world.clock.advance(one_hour + one_hour);
  told = world.told();
  REQUIRE(told);
  CHECK(told->news);
  world.status = 404; // another reason, and no other beginning
  world.clock.advance(one_hour + one_hour);
  told = world.told();
  REQUIRE(told);
  CHECK(told->news);
  CHECK(told->reason.is("feed.not_found"));
  world.left = true;
  world.next_sync();
  CHECK_FALSE(world.told());
}

TEST_CASE("a dry run counts the feeds it would poll, and does not call a tenant served that has work to do") {
  Publishing world;
  world.run({sync_portal()});
  const auto job = std::ranges::find(all_jobs(), std::string_view("publish-feeds"), &Job::name);
  const RunReport dry = dry_run(**job, world.options, *world.database, world.vault, world.clock);
  const auto note = std::ranges::find(dry.notes, "feeds that would be polled", &Note::text);
  REQUIRE(note != dry.notes.end());
  CHECK(note->items == 1);
  REQUIRE(dry.tenants.size() == 1);
  CHECK(dry.tenants[0].story == "would-run");
  CHECK(dry.tenants[0].got == 0);
  CHECK(world.polls() == 0);
}

TEST_CASE("what a portal's ids spell is no other tenant's name") {
  Publishing w;
  w.change("UPDATE portals SET slug = 'as'");
  w.change("INSERT INTO tenants (id, slug, name, created_at) VALUES ('own', 'as-1', 'mine', 0)");
  w.run({sync_portal()});
  CHECK(w.text("SELECT slug AS t FROM tenants WHERE portal_ref = '1'") == "as.1");
  CHECK(w.text("SELECT name AS t FROM tenants WHERE slug = 'as-1'") == "mine");
}

TEST_CASE("a portal gets no more tenants than its limit, also by other ids each time, and it is told") {
  Publishing w;
  w.change("UPDATE portals SET max_tenants = 3");
  const auto tenants = [&] { return w.number("SELECT count(*) AS n FROM tenants WHERE portal_id IS NOT NULL"); };
  w.rows_from = 1, w.invented_rows = 300;
  w.run({sync_portal()});
  CHECK(tenants() == 3);
  CHECK(w.number("SELECT items AS n FROM run_counts WHERE reason = 'portal.too_many_tenants'") == 297);
  w.next_sync();
  w.rows_from = 1'000;
  w.run({sync_portal()});
  CHECK(tenants() == 3);
  w.next_sync(); // a list without any of them is doubted once
  w.run({sync_portal()});
  CHECK(tenants() == 3);
  CHECK(w.number("SELECT count(*) AS n FROM tenants WHERE portal_id IS NOT NULL AND active = 1") == 0);
  w.next_sync();
  w.rows_from = 1; // who was taken in stays in
  w.run({sync_portal()});
  CHECK(w.number("SELECT count(*) AS n FROM tenants WHERE portal_id IS NOT NULL AND active = 1") == 3);
}

TEST_CASE("a portal's tenants have no grant unless the operator gave one") {
  Publishing w;
  w.run({sync_portal()});
  CHECK(w.number("SELECT count(*) AS n FROM platform_grants") == 0);
}
