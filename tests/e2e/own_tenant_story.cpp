// Tenants that no portal knows: limits, frequency and mode come from the import, the text from the item itself.
#include "e2e/scene.hpp"

#include <ctime>

using namespace milkrun::e2e;

namespace {

struct Own {
  Scene scene{{"asha"}};
  Json tenant;
  Own() {
    scene.document.erase("portals");
    tenant = own_tenant(scene.base(), "asha");
    scene.state["feeds"]["asha"]["items"] = {feed_item("asha-2", 20), feed_item("asha-1", 19)};
  }
  void open() {
    scene.document["tenants"] = {tenant};
    scene.open();
  }
  void feed(const std::vector<Json>& items) const { scene.patch({{"feeds", {{"asha", {{"items", items}}}}}}); }
};

} // namespace

TEST_CASE("a post without an AI is the item's own summary with its source, and nobody is told") {
  Own story;
  story.tenant["language"] = "de";
  story.tenant["publish_mode"] = "draft";
  story.tenant["categories"] = {"News"};
  story.open();
  const Report report = story.scene.run();
  CHECK(report.got("asha") == 1);
  const Json effects = story.scene.effects();
  REQUIRE(effects["posts"]["asha"].size() == 1);
  const Json& post = effects["posts"]["asha"][0];
  CHECK(post["title"] == "News asha-2 – fünf 🍕");
  CHECK(post["status"] == "draft");
  const std::string html = post["content"];
  CHECK(html.find("All about <b>asha-2</b>") != std::string::npos);
  CHECK(html.find("Quelle: <a href=\"https://news.example/asha-2\"") != std::string::npos);
  CHECK(post["categories"].size() == 1);
  CHECK(effects["ai_calls"] == 0);
  CHECK(story.scene.calls("portal:p1:tenants").empty());
  CHECK(story.scene.db().number("SELECT count(*) FROM callbacks") == 0);
  CHECK(story.scene.db().query("SELECT state FROM feed_items ORDER BY title")[0]["state"] == "baseline");
}

TEST_CASE("a slot brings one post, and the next slot the next one") {
  Own story;
  story.open();
  story.scene.run();
  story.feed({feed_item("asha-4", 22), feed_item("asha-3", 21), feed_item("asha-2", 20)});
  CHECK(story.scene.run().idle()); // the slot is served
  CHECK(story.scene.posts("asha") == 1);

  story.scene.next_slot();
  CHECK(story.scene.run().got("asha") == 1);
  CHECK(story.scene.posts("asha") == 2);
  CHECK(story.scene.effects()["posts"]["asha"][1]["title"] == "News asha-4 – fünf 🍕");
  CHECK(story.scene.db().query("SELECT title FROM feed_items WHERE state = 'new'")[0]["title"] ==
        "News asha-3 – fünf 🍕");

  story.scene.next_slot(); // what the slot could not take is a candidate for the next one
  CHECK(story.scene.run().got("asha") == 1);
  CHECK(story.scene.effects()["posts"]["asha"][2]["title"] == "News asha-3 – fünf 🍕");

  story.scene.next_slot();
  CHECK(story.scene.run().story("asha") == "nothing new in the feed");
  CHECK(story.scene.calls("feed:asha").back()["status"] == 304);
}

TEST_CASE("each frequency has slots of its own length") {
  struct Row {
    const char* frequency;
    std::int64_t most_days;
  };
  for (const Row& row : {Row{"daily", 1}, Row{"3x_week", 3}, Row{"weekly", 7}}) {
    CAPTURE(row.frequency);
    Own story;
    story.tenant["frequency"] = row.frequency;
    story.open();
    story.scene.run();
    const std::int64_t left = story.scene.db().number("SELECT slot_ends_at - polled_at FROM feeds");
    CHECK(left > 0);
    CHECK(left <= row.most_days * 86'400'000);
  }
}

TEST_CASE("posts of a slot come in the tenant's hours: not before them, not after them while the slot goes on") {
  constexpr std::time_t hour = 3'600, day = 24 * hour;
  std::time_t monday = (std::time(nullptr) / day + 8) * day;
  while ((monday / day + 4) % 7 != 1) monday += day; // 1970 began on a Thursday
  struct Row {
    const char* when;
    std::time_t polled, from, until; // from that Monday's first moment
  };
  for (const Row& row : {Row{"before the day's hours", 6 * hour, 9 * hour, 17 * hour},
                         Row{"after them", 22 * hour, day + 9 * hour, day + 17 * hour},
                         Row{"after those of the slot's last day", 6 * day + 22 * hour, 6 * day + 22 * hour,
                             6 * day + 22 * hour + 60}}) {
    CAPTURE(row.when);
    Own story;
    story.tenant["frequency"] = "weekly";
    story.tenant["timezone"] = "Africa/Abidjan"; // UTC the year round
    story.tenant["publish_hours"] = {{"start", "09:00"}, {"end", "17:00"}};
    story.open();
    const auto run = [&](std::time_t at) {
      return story.scene.run({}, {{"MILKRUN_TEST_CLOCK_AHEAD", std::to_string(at - std::time(nullptr))}});
    };
    run(monday - 5 * day);
    CHECK(story.scene.posts("asha") == 1); // a feed's first post comes at once
    story.feed({feed_item("asha-3", 21), feed_item("asha-2", 20), feed_item("asha-1", 19)});
    run(monday + row.polled);
    const std::int64_t due =
        story.scene.db().number("SELECT coalesce(max(publish_at), 0) / 1000 FROM articles WHERE state = 'written'");
    if (row.from == row.polled) {
      CHECK(due == 0);
    } else {
      CHECK(due >= monday + row.from);
      CHECK(due < monday + row.until);
      CHECK(story.scene.posts("asha") == 1);
      CHECK(story.scene.run({}, {{"MILKRUN_TEST_CLOCK_AHEAD", std::to_string(due - 60 - std::time(nullptr))}}).idle());
      CHECK(story.scene.posts("asha") == 1);
    }
    run(monday + row.until);
    CHECK(story.scene.posts("asha") == 2);
  }
}

TEST_CASE("a tenant that wants no old items gets the first one that is new") {
  Own story;
  story.tenant["feeds"][0]["first_poll"] = "none";
  story.open();
  CHECK(story.scene.run().story("asha") == "nothing new in the feed");
  CHECK(story.scene.posts("asha") == 0);
  story.feed({feed_item("asha-3", 21), feed_item("asha-2", 20)});
  story.scene.next_slot();
  CHECK(story.scene.run().got("asha") == 1);
}

TEST_CASE("a plan's monthly limit holds without a portal") {
  Own story;
  story.scene.document["plans"] = {{{"slug", "tiny"}, {"posts_per_month", 1}}};
  story.tenant["plan"] = "tiny";
  story.open();
  story.scene.run();
  story.feed({feed_item("asha-3", 21)});
  story.scene.next_slot();
  const Report full = story.scene.run();
  CHECK(full.story("asha").find("candidates: no posts left this month") != std::string::npos);
  CHECK(full.items("poll-feed", "candidates") == 1);
  CHECK(story.scene.posts("asha") == 1);
  // More posts in the same slot: the candidate is taken without another poll.
  story.scene.import({{"plans", {{{"slug", "tiny"}, {"posts_per_month", 2}}}}});
  CHECK(story.scene.run().got("asha") == 1);
  CHECK(story.scene.posts("asha") == 2);
}
