// What of a feed becomes an article, when, and what is said of the rest.
#include "jobs/publish_feeds/candidates.hpp"
#include "jobs/publish_feeds/choose.hpp"

#include "db/sqlite.hpp"
#include "sql/publish_feeds_poll_feed.hpp"
#include "support/cpu.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <random>

using namespace milkrun;
using namespace milkrun::publish_feeds;
using test::noon;

namespace {

constexpr Millis day{24LL * 3'600'000};

feed::Item news(const std::string& id, Millis age = Millis(0)) {
  feed::Item item;
  item.identity = "guid:" + id;
  item.has_id = true;
  item.title = "Title " + id;
  item.url = "https://news.example/" + id;
  item.link_key = item.url;
  item.content = item.summary = "Text of " + id;
  item.content_hash = "hash of " + id;
  item.dated = item.published = noon - age;
  return item;
}

// One tenant in memory, its feeds, and polls of them without a network.
struct Feeds {
  std::unique_ptr<db::Sqlite> database = db::memory_database();
  Time now = noon;
  std::map<std::string, std::int64_t> told; // "passed over item.older" -> times, of the last step
  std::vector<std::string> enqueued;        // of the last step
  std::string slot = "slot-1";

  explicit Feeds(int max_items = 1) {
    test::add_tenants(*database, {"asha"});
    change("UPDATE tenants SET max_items = $n WHERE id = 'asha'", {{"n", max_items}});
    add("f");
  }
  void change(const char* statement, std::initializer_list<db::Param> params = {}) {
    test::change(*database, statement, params);
  }
  std::int64_t number(const char* statement) { return test::number(*database, statement, {}); }
  void add(const std::string& feed) {
    change("INSERT INTO feeds (id, tenant_id, url, tried_slot) VALUES ($id, 'asha', $id, 'slot-0')", {{"id", feed}});
  }
  // A feed that was read before and was empty.
  void was_read(const std::string& feed = "f") {
    change("UPDATE feeds SET polled_at = $at WHERE id = $id", {{"at", noon - day}, {"id", feed}});
  }

  template <class Body> void step(Body body) {
    told.clear();
    enqueued.clear();
    database->transact([&](db::Transaction& tx) {
      Settling s{
          .tx = tx,
          .now = now,
          .run = {"run-1"},
          .next = Next::done,
          .next_at = now,
          .reason = {},
          .detail = {},
          .period_of = {},
          .enqueue = [&](std::string_view, const Key& key, const TenantId&, Time, Rank) { enqueued.push_back(key.id); },
          .hasten = {},
          .wake = {},
          .store_credential = {},
          .count = [&](std::string_view what, const Reason& why,
                       std::int64_t times) { told[std::string(what) + " " + std::string(why.code())] += times; }};
      body(s);
    });
  }
  Item item_of(db::Transaction& tx, const std::string& feed) const {
    namespace sql = milkrun::sql::publish_feeds_poll_feed;
    return {.stage = "poll-feed",
            .key = {"feed", feed, slot},
            .tenant = {"asha"},
            .row = *tx.one(sql::load, {{"id", feed}})};
  }
  void poll(std::vector<feed::Item> items, const std::string& feed = "f") {
    Polled polled;
    polled.candidate_for = 7 * day;
    std::vector<std::size_t> order(items.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(-to_ms(items[i].dated.value_or(Time{})), i); });
    for (std::size_t rank = 0; rank < order.size(); ++rank) items[order[rank]].rank = rank;
    polled.fetched.feed.items = std::move(items);
    store(polled, feed);
  }
  void poll(feed::Feed document, const std::string& feed = "f") {
    Polled polled;
    polled.candidate_for = 7 * day;
    polled.fetched.feed = std::move(document);
    store(polled, feed);
  }
  void store(Polled& polled, const std::string& feed) {
    step([&](Settling& s) {
      const Item item = item_of(s.tx, feed);
      polled.refused = refused_items(item.row, polled.fetched.feed).refused;
      store_items(s, item, polled);
    });
    change("UPDATE feeds SET polled_at = $at, tried_slot = $slot WHERE id = $id",
           {{"at", now}, {"slot", slot}, {"id", feed}});
  }
  // The choice of the slot; the titles it took, in its order.
  std::string choose_now() {
    step([&](Settling& s) { choose(s, {"asha"}, item_of(s.tx, "f").row, slot); });
    std::string out;
    for (const std::string& id : enqueued)
      for (const db::Row& row : test::rows(*database, "SELECT title FROM feed_items WHERE id = $id", {{"id", id}}))
        out += (out.empty() ? "" : ", ") + row.text("title").substr(6);
    return out;
  }
  void next_slot(Millis later = day) {
    now += later;
    slot = "slot " + std::to_string(to_ms(now));
    change("UPDATE feeds SET tried_slot = $slot", {{"slot", slot}});
  }
  std::string state(const std::string& id) {
    const db::Rows rows =
        test::rows(*database, "SELECT state, reason FROM feed_items WHERE identity = $id", {{"id", "guid:" + id}});
    return rows.empty()
               ? "none"
               : rows.at(0).text("state") + (rows.at(0).text("reason").empty() ? "" : " ") + rows.at(0).text("reason");
  }
};

} // namespace

TEST_CASE("items with different ids are two, whatever link or text they share in their feed") {
  Feeds world(10);
  world.was_read();
  feed::Item one = news("1"), two = news("2"), three = news("3");
  two.link_key = one.link_key;
  three.content_hash = one.content_hash;
  world.poll({one, two, three});
  CHECK(world.number("SELECT count(*) AS n FROM feed_items") == 3);
  world.poll({one, two, three});
  CHECK(world.number("SELECT count(*) AS n FROM feed_items") == 3);
}

TEST_CASE("link and text speak for items without an id, and across the tenant's feeds") {
  Feeds world(10);
  world.was_read();
  world.add("g");
  world.was_read("g");
  world.poll({news("1")});
  feed::Item linked = news("a"), written = news("b"), fresh = news("c"), bare = news("d");
  linked.link_key = news("1").link_key;
  written.content_hash = news("1").content_hash;
  for (feed::Item* item : {&linked, &written, &fresh}) {
    item->has_id = false;
    item->identity = "link:" + item->url;
  }
  world.poll({linked, written, fresh});
  CHECK(world.number("SELECT count(*) AS n FROM feed_items") == 2); // "1" and the fresh one
  bare.content = bare.summary = "";                                 // a text of nothing is the same as no other
  bare.content_hash = news("1").content_hash;
  feed::Item again = news("e");
  again.link_key = news("1").link_key;
  world.poll({bare, again}, "g");
  CHECK(world.state("d") == "new");
  CHECK(world.state("e") == "none");
}

TEST_CASE("a guid that repeats in one poll and stands alone in the next makes nothing new and hides nothing") {
  const auto document = [](const std::vector<std::string>& links) {
    std::string items;
    for (const std::string& link : links)
      items += "<item><guid>same</guid><link>https://news.example/" + link + "</link><title>" + link +
               "</title><description>Text of " + link + "</description></item>";
    return feed::parse("<rss version='2.0'><channel><title>n</title>" + items + "</channel></rss>", "",
                       "https://news.example/feed")
        .value()
        .items;
  };
  Feeds f;
  f.was_read();
  const auto items = [&] { return f.number("SELECT count(*) AS n FROM feed_items"); };
  f.poll(document({"a"}));
  CHECK(items() == 1);
  f.poll(document({"b", "a"}));
  CHECK(items() == 2);
  f.poll(document({"b"}));
  CHECK(items() == 2);
  f.poll(document({"c", "b", "a"}));
  CHECK(items() == 3);
}

TEST_CASE("of a long feed without dates what comes at either end is new, and what moves in from its middle is not") {
  const auto document = [](int from, int to) {
    std::string items;
    for (int n = from; n != to; n += from < to ? 1 : -1)
      items +=
          fmt::format("<item><guid>{0}</guid><title>Story {0}</title><description>Text {0}</description></item>", n);
    return feed::parse("<rss version='2.0'><channel><title>n</title>" + items + "</channel></rss>", "",
                       "https://news.example/feed")
        .value();
  };
  const auto candidates = [](Feeds& f) {
    std::string out;
    for (const db::Row& row :
         test::rows(*f.database, "SELECT identity FROM feed_items WHERE state = 'new' ORDER BY position"))
      out += row.text("identity") + " ";
    return out;
  };
  SUBCASE("it grows at its end") {
    Feeds f;
    f.was_read();
    f.poll(document(0, 1'500));
    f.change("UPDATE feed_items SET state = 'baseline', reason = 'item.baseline'");
    f.poll(document(0, 1'503));
    CHECK(candidates(f) == "guid:1502 guid:1501 guid:1500 ");
  }
  SUBCASE("it grows at its top and forgets at its end") {
    Feeds f;
    f.was_read();
    f.poll(document(1'500, 0));
    f.change("UPDATE feed_items SET state = 'baseline', reason = 'item.baseline'");
    f.poll(document(1'502, 2));
    CHECK(candidates(f) == "guid:1502 guid:1501 ");
  }
  SUBCASE("a short one that grows at its end has its newest first") {
    Feeds f;
    f.was_read();
    f.poll(document(0, 5));
    f.change("UPDATE feed_items SET state = 'baseline', reason = 'item.baseline'");
    f.poll(document(0, 8));
    CHECK(candidates(f) == "guid:7 guid:6 guid:5 ");
  }
}

TEST_CASE("a feed whose items all come back under new ids has moved: they are the old ones") {
  Feeds world(10);
  world.was_read();
  world.poll({news("1"), news("2"), news("3"), news("4")});
  std::vector<feed::Item> moved;
  for (const char* id : {"1", "2", "3", "4"}) {
    moved.push_back(news(id));
    moved.back().identity = std::string("guid:new-") + id;
  }
  moved.push_back(news("5"));
  world.poll(moved);
  CHECK(world.number("SELECT count(*) AS n FROM feed_items") == 5);
  CHECK(world.state("new-1") == "new");
  CHECK(world.state("1") == "none");
  CHECK(world.state("5") == "new");
  world.poll({news("6"), news("7"), news("8")}); // other items under other ids are new ones
  CHECK(world.number("SELECT count(*) AS n FROM feed_items") == 8);
}

TEST_CASE("what a slot cannot take stays a candidate, the newest first, until its time is over") {
  Feeds world;
  world.was_read();
  world.poll({news("old", Millis(3)), news("new", Millis(1)), news("mid", Millis(2))});
  CHECK(world.choose_now() == "new");
  CHECK(world.told["candidates item.waits_for_slot"] == 2);
  CHECK(world.choose_now() == ""); // the slot has its item
  world.next_slot();
  CHECK(world.choose_now() == "mid");
  world.next_slot(6 * day);
  CHECK(world.choose_now() == "old"); // its time ends in this slot
}

TEST_CASE("a candidate whose time is over is passed over, with the reason, and without its text") {
  Feeds world;
  world.was_read();
  world.poll({news("a", Millis(1)), news("b", Millis(2)), news("c", Millis(3))});
  world.choose_now();
  world.next_slot(8 * day);
  CHECK(world.choose_now() == "");
  CHECK(world.state("c") == "passed_over item.older");
  CHECK(world.told["passed over item.older"] == 2);
  CHECK(world.number("SELECT count(*) AS n FROM feed_items WHERE state = 'passed_over' AND content <> ''") == 0);
  CHECK(world.number("SELECT count(*) AS n FROM feed_items WHERE state = 'chosen' AND content <> ''") == 1);
}

TEST_CASE("feeds take turns, the one with fewer articles lately first") {
  Feeds world(3);
  world.was_read();
  world.add("g");
  world.was_read("g");
  world.poll({news("f1", Millis(1)), news("f2", Millis(2)), news("f3", Millis(3)), news("f4", Millis(4))});
  world.poll({news("g1", Millis(10)), news("g2", Millis(20))}, "g");
  CHECK(world.choose_now() == "f1, g1, f2");
  world.next_slot();
  CHECK(world.choose_now() == "g2, f3, f4"); // f had two, g had one
}

TEST_CASE("a feed without any date stands behind dated ones when it is new, and is as old as the last poll later") {
  Feeds world(1);
  world.add("g");
  feed::Item undated = news("u");
  undated.dated = undated.published = std::nullopt;
  world.poll({undated}, "g");
  world.poll({news("dated", 300 * day)});
  CHECK(world.choose_now() == "dated");
  world.now += day;
  undated = news("v");
  undated.dated = undated.published = std::nullopt;
  world.poll({undated}, "g");
  CHECK(world.number("SELECT dated_at AS n FROM feed_items WHERE identity = 'guid:v'") == to_ms(noon));
}

TEST_CASE("a date in the future counts as now") {
  Feeds world;
  world.was_read();
  world.poll({news("f", -300 * day)});
  CHECK(world.number("SELECT dated_at AS n FROM feed_items") == to_ms(noon));
}

TEST_CASE("candidates that the month has no posts for wait and are told; more posts are wanted") {
  Feeds world(2);
  world.was_read();
  world.change("INSERT INTO plans (id, slug, posts_per_month) VALUES ('tiny', 'tiny', 1)");
  world.change("UPDATE tenants SET plan_id = 'tiny' WHERE id = 'asha'");
  world.poll({news("a", Millis(1)), news("b", Millis(2))});
  CHECK(world.choose_now() == "a");
  CHECK(world.told["candidates item.no_posts_left"] == 1);
  CHECK(world.number("SELECT allowed AS n FROM posts_wanted") == 1);
  CHECK(world.state("b") == "new");
  world.change("UPDATE plans SET posts_per_month = 5");
  CHECK(world.choose_now() == "b"); // the slot has a second place
  CHECK(world.number("SELECT count(*) AS n FROM posts_wanted") == 0);
}

TEST_CASE("filters of tenant and feed pass items over, each with its reason") {
  Feeds world(10);
  world.was_read();
  world.change(R"(UPDATE tenants SET exclude = '["advert"]' WHERE id = 'asha')");
  world.change(R"(UPDATE feeds SET include = '["tea","/coff?ee/"]' WHERE id = 'f')");
  feed::Item tea = news("tea"), advert = news("advert"), milk = news("milk"), tagged = news("tagged");
  advert.content = "<p>Tea, an <b>advert</b></p>";
  tagged.tags = {"Cofee"};
  world.poll({tea, advert, milk, tagged});
  CHECK(world.state("tea") == "new");
  CHECK(world.state("advert") == "passed_over item.excluded");
  CHECK(world.state("milk") == "passed_over item.not_included");
  CHECK(world.state("tagged") == "new");
  CHECK(world.told["passed over item.excluded"] == 1);
  CHECK(test::rows(*world.database, "SELECT args FROM feed_items WHERE reason = 'item.excluded'", {})
            .at(0)
            .text("args") == R"(["advert"])");
}

// RE2 is linear in the text, but such expressions cost it thousands of nanoseconds a byte: without a bound these would
// take minutes.
TEST_CASE("filters for which no time is left let nothing through, and the item is told with the filter") {
  Feeds world(10);
  world.was_read();
  nlohmann::json dear;
  for (int i = 0; i < 100; ++i) dear.push_back(fmt::format("/a.{{{}}}[^ab ]z?{}/", 120 + i % 9, i));
  world.change("UPDATE tenants SET exclude = $dear WHERE id = 'asha'", {{"dear", dear.dump()}});
  world.change("UPDATE feeds SET exclude = $dear WHERE id = 'f'", {{"dear", dear.dump()}});
  std::minstd_rand random(7);
  std::vector<feed::Item> items;
  for (int n = 0; n < 40; ++n) {
    items.push_back(news("n" + std::to_string(n)));
    items.back().content.clear();
    while (items.back().content.size() < 60'000) items.back().content += "ab "[random() % 3];
  }
  const double before = test::cpu_seconds();
  world.poll(items);
  CHECK(test::cpu_seconds() - before < test::cpu_limit(1));
  CHECK(world.number("SELECT count(*) AS n FROM feed_items WHERE state = 'new'") == 0);
  CHECK(world.told == std::map<std::string, std::int64_t>{{"passed over item.filter_no_time", 40}});
  CHECK(world.number("SELECT count(*) AS n FROM feed_items WHERE args LIKE '[\"/a.{1%'") == 40);
}

TEST_CASE("the first poll begins with the newest that pass the filter, and keeps no text of the others") {
  Feeds world(1);
  world.change(R"(UPDATE feeds SET exclude = '["unwanted"]' WHERE id = 'f')");
  feed::Item unwanted = news("unwanted", Millis(1));
  world.poll({unwanted, news("a", Millis(2)), news("b", Millis(3))});
  CHECK(world.state("unwanted") == "passed_over item.excluded");
  CHECK(world.state("a") == "new");
  CHECK(world.state("b") == "baseline item.baseline");
  CHECK(world.number("SELECT count(*) AS n FROM feed_items WHERE content <> ''") == 1);
}

TEST_CASE("a poll that brings nothing to publish and passes nothing over says that nothing is new") {
  Feeds world;
  world.change("UPDATE feeds SET first_poll = 'none' WHERE id = 'f'");
  world.poll({news("a"), news("b", day)});
  CHECK(world.state("a") == "baseline item.baseline");
  CHECK(world.told == std::map<std::string, std::int64_t>{{"nothing new in the feed ", 1}});
  world.poll({news("a"), news("b", day)});
  CHECK(world.told == std::map<std::string, std::int64_t>{{"nothing new in the feed ", 1}});
  world.poll({news("c"), news("a")});
  CHECK(world.told.empty());
}

TEST_CASE("a feed and a tenant keep so many candidates and so much text, the newest of it") {
  Feeds world(1);
  world.was_read();
  std::vector<feed::Item> items;
  for (int i = 0; i < 120; ++i) items.push_back(news(std::to_string(i), Millis(i)));
  world.poll(items);
  CHECK(world.number("SELECT count(*) AS n FROM feed_items WHERE state = 'new'") == 100);
  CHECK(world.state("100") == "passed_over item.too_many");
  CHECK(world.told["passed over item.too_many"] == 20);
  world.poll({news("newest", Millis(-1))});
  CHECK(world.number("SELECT count(*) AS n FROM feed_items WHERE state = 'new'") == 100);
  CHECK(world.state("newest") == "new");
  CHECK(world.state("99") == "passed_over item.too_many");
  world.add("g");
  world.was_read("g");
  std::vector<feed::Item> big;
  for (int i = 0; i < 12; ++i) {
    big.push_back(news("big" + std::to_string(i), Millis(i)));
    big.back().content = std::string(400'000, 'x');
  }
  world.poll(big, "g");
  CHECK(world.number("SELECT count(*) AS n FROM feed_items WHERE state = 'new' AND feed_id = 'g'") == 10);
  CHECK(world.number("SELECT sum(length(content)) AS n FROM feed_items") < 5'000'000);
}

TEST_CASE("the text of an item goes once its article is a post") {
  Feeds world;
  world.was_read();
  world.poll({news("a")});
  world.choose_now();
  world.change(
      "UPDATE articles SET state = 'published', post_id = 1, slug = 's', title = 't', html = 'h', finished_at = 1");
  world.poll({news("a")});
  CHECK(world.number("SELECT count(*) AS n FROM feed_items WHERE content = '' AND state = 'chosen'") == 1);
}

TEST_CASE(
    "a feed that shows a thousand new items at each poll, all as large as may be, does not make the database grow") {
  Feeds f;
  f.was_read();
  const auto bytes = [&] {
    return f.number("SELECT sum(length(identity) + length(link_key) + length(url) + length(title) + length(author) + "
                    "length(summary) + length(content) + length(tags)) AS n FROM feed_items");
  };
  std::int64_t after_seven = 0;
  for (int poll = 0; poll < 10; ++poll) {
    std::vector<feed::Item> items;
    for (int i = 0; i < 1'000; ++i) {
      feed::Item item = news(std::to_string(poll) + "-" + std::to_string(i) + std::string(200, 'x'));
      item.title = std::string(600, 't') + item.identity;
      item.author = std::string(600, 'a');
      item.url = item.url + "?" + std::string(1'500, 'u');
      item.link_key = "sha256:" + std::to_string(poll * 1'000 + i) + std::string(60, '0');
      item.content = std::string(100'000, 'c');
      item.content_hash = item.link_key;
      items.push_back(std::move(item));
    }
    f.now += day;
    f.poll(std::move(items));
    if (poll == 6) after_seven = bytes();
  }
  CHECK(f.number("SELECT count(*) AS n FROM feed_items") <= 5'100);
  CHECK(f.number("SELECT count(*) AS n FROM feed_items WHERE state = 'new'") <= 100);
  CHECK(bytes() <= after_seven + after_seven / 10);
  CHECK(bytes() < 10 * 1024 * 1024);
  // What it shows now is known, and stays no candidate.
  const std::int64_t before = f.number("SELECT count(*) AS n FROM feed_items");
  std::vector<feed::Item> same;
  for (int i = 0; i < 1'000; ++i) same.push_back(news("9-" + std::to_string(i) + std::string(200, 'x')));
  f.poll(std::move(same));
  CHECK(f.number("SELECT count(*) AS n FROM feed_items") == before);
}
