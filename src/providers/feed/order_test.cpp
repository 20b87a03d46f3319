// Which item is the newest: by dates where there are any, by its place where there is none.
#include "providers/feed/document.hpp"
#include "providers/feed/test_documents.hpp"

namespace milkrun::feed::test {

namespace {

// Guids, the newest first.
std::string by_age(const Feed& feed) {
  std::vector<std::string> ids(feed.items.size());
  for (const Item& item : feed.items) ids.at(item.rank) = item.identity.substr(std::string_view("guid:").size());
  std::string out;
  for (const std::string& id : ids) out.append(out.empty() ? "" : " ").append(id);
  return out;
}

std::string item(std::string_view id, std::string_view date) {
  std::string out = "<item><guid>" + std::string(id) + "</guid>";
  if (!date.empty()) out.append("<pubDate>").append(date).append("</pubDate>");
  return out + "</item>";
}

} // namespace

TEST_CASE("order: updated serves where published is missing") {
  const Feed feed = read(atom("<entry><id>a</id><updated>2018-01-01T00:00:00Z</updated></entry>"
                              "<entry><id>b</id><updated>2025-01-01T00:00:00Z</updated></entry>"
                              "<entry><id>c</id><published>2019-01-01T00:00:00Z</published>"
                              "<updated>2026-01-01T00:00:00Z</updated></entry>"));
  CHECK(by_age(feed) == "b c a");
  CHECK(feed.items[0].dated == feed.items[0].updated);
  CHECK(feed.items[2].dated == feed.items[2].published);
  CHECK_FALSE(feed.items[0].published.has_value());
}

TEST_CASE("order: an item without a date is as old as its place among dated ones") {
  const Feed falling = read(rss(item("a", "2026-11-21") + item("b", "") + item("c", "2026-11-19") + item("d", "")));
  CHECK(by_age(falling) == "a b c d");
  CHECK(falling.items[1].dated == falling.items[0].published);
  CHECK(falling.items[3].dated == falling.items[2].published);
  const Feed rising = read(rss(item("a", "") + item("b", "2026-11-19") + item("c", "") + item("d", "2026-11-21")));
  CHECK(by_age(rising) == "d c b a");
  CHECK(rising.items[0].dated == rising.items[1].published);
  const Feed undated = read(rss(item("a", "") + item("b", "")));
  CHECK(by_age(undated) == "a b");
  CHECK_FALSE(undated.items[0].dated.has_value());
}

TEST_CASE("order: of more than 1,000 items the newest are read, wherever they stand, and it is said") {
  std::string rising, falling;
  for (int i = 0; i < 1'203; ++i) {
    const std::string id = std::to_string(i), date = std::to_string(1'700'000'000 + i * 86'400);
    rising += item(id, date);
    falling.insert(0, item(id, date));
  }
  for (const Feed& feed : {read(rss(rising)), read(rss(falling))}) {
    CHECK(feed.items.size() == 1'000);
    CHECK(feed.passed_over == 203);
    for (const Item& kept : feed.items) CHECK(std::stoi(kept.identity.substr(5)) >= 203);
  }
  CHECK(read(rss(rising)).items[0].identity == "guid:203");
  std::string json = R"({"version":"https://jsonfeed.org/version/1","items":[)";
  for (int i = 0; i < 1'001; ++i)
    json += R"({"id":")" + std::to_string(i) + R"(","date_published":)" + std::to_string(1'700'000'000 + i) + "},";
  const Feed notes = read(json + "]}");
  CHECK(notes.passed_over == 1);
  CHECK(notes.items[0].identity == "guid:1");
  CHECK(read(rss(item("a", ""))).passed_over == 0);
}

TEST_CASE("order: of more than 1,000 items without dates, or all of one date, both ends are read") {
  for (const char* date : {"", "2026-11-21"}) {
    CAPTURE(date);
    std::string items;
    for (int i = 0; i < 1'203; ++i) items += item(std::to_string(i), date);
    const Feed feed = read(rss(items));
    CHECK_FALSE(feed.ordered);
    REQUIRE(feed.items.size() == 1'000);
    CHECK(feed.passed_over == 203);
    CHECK(feed.items.front().identity == "guid:0");
    CHECK(feed.items[499].identity == "guid:499");
    CHECK(feed.items[500].identity == "guid:703");
    CHECK(feed.items.back().identity == "guid:1202");
  }
  CHECK(read(rss(item("a", "2026-11-21") + item("b", "2026-11-20"))).ordered);
}

} // namespace milkrun::feed::test
