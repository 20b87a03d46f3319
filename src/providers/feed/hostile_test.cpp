// Documents that want to hurt: nothing crashes, nothing grows without bounds, everything that comes out is UTF-8.
#include "base/text.hpp"
#include "providers/feed/document.hpp"
#include "providers/feed/html_text.hpp"
#include "providers/feed/test_documents.hpp"

#include <random>

namespace milkrun::feed::test {

namespace {

std::string repeated(std::string_view piece, std::size_t times) {
  std::string out;
  out.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

// Whatever came in, what comes out keeps the promises of Feed.
void check_promises(const Feed& feed) {
  CHECK(text::is_utf8(feed.title));
  CHECK(feed.items.size() <= max_items);
  for (const Item& item : feed.items) {
    CHECK(text::is_utf8(item.identity + item.url + item.title + item.author + item.summary + item.content));
    CHECK_FALSE(item.identity.empty());
    CHECK(item.content_hash.size() == 64);
    CHECK((item.url.empty() || item.url.starts_with("http")));
    for (const Enclosure& enclosure : item.enclosures) CHECK(enclosure.url.starts_with("http"));
  }
}

} // namespace

TEST_CASE("feeds 9 caps: document, items, title and body") {
  const Expected<Feed> huge = parse(std::string(max_document + 1, ' '), "", feed_url);
  REQUIRE_FALSE(huge.has_value());
  CHECK(huge.error().reason.code() == "feed.too_large");
  std::string items, json_items;
  for (int i = 0; i < 1'001; ++i) {
    items += "<item><title>" + std::to_string(i) + "</title></item>";
    json_items += "{\"id\":" + std::to_string(i) + "},";
  }
  json_items += "{}";
  CHECK(read(rss(items)).items.size() == 1'000);
  CHECK(read(R"({"version":"https://jsonfeed.org/version/1","items":[)" + json_items + "]}").items.size() == 1'000);
  const Item item =
      rss_item("<title>" + repeated("é", 1'200) + "</title><description>" + repeated("é", 600'000) + "</description>");
  CHECK(item.title == repeated("é", 1'000));
  CHECK(item.content.size() == 2 * max_body);
}

TEST_CASE("security 5 billion laughs and external entities expand to nothing") {
  std::string bomb = "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a0 'ha'>";
  for (int i = 1; i < 30; ++i)
    bomb += "<!ENTITY a" + std::to_string(i) + " '" + repeated("&a" + std::to_string(i - 1) + ";", 10) + "'>";
  bomb += "<!ENTITY % p SYSTEM 'http://127.0.0.1/x'> %p;]>" + rss("<item><title>&a29;</title></item>");
  CHECK(only_item(read(bomb)).title == "&a29;");
  CHECK_FALSE(parse("<!DOCTYPE rss [<!ENTITY a 'x'>" + rss("<item/>"), "", feed_url).has_value());
}

TEST_CASE("security 5 nesting of 100,000 elements is cut; complete items before it stay") {
  const std::string deep = repeated("<a>", 100'000) + repeated("</a>", 100'000);
  const Feed feed = read(rss("<item><guid>1</guid></item><item><description>" + deep + "</description></item>"));
  CHECK(feed.malformed);
  CHECK(only_item(feed).identity == "guid:1");
  CHECK_FALSE(parse(repeated("<a>", 100'000), "", feed_url).has_value());
  CHECK_FALSE(parse(R"({"version":"https://jsonfeed.org/version/1","items":)" + repeated("[", 100'000), "", feed_url)
                  .has_value());
  CHECK_FALSE(
      parse(R"({"version":"https://jsonfeed.org/version/1","x":)" + repeated("[", 300) + repeated("]", 300) + "}", "",
            feed_url)
          .has_value());
}

TEST_CASE("security 5 floods of elements, attributes, values and references end early") {
  const std::string one = "<item><guid>1</guid></item>";
  CHECK(read(rss(one + "<item>" + repeated("<b/>", 400'000) + "</item>")).items.size() == 1);
  CHECK(read(rss(one + "<item " + repeated("a='' ", 300) + "></item>")).items.size() == 1);
  CHECK_FALSE(
      parse(R"({"version":"https://jsonfeed.org/version/1","items":[)" + repeated("0,", 400'000) + "0]}", "", feed_url)
          .has_value());
  CHECK(rss_item("<title>" + repeated("&amp;amp;", 100'000) + "</title>").title.size() <= max_title);
  CHECK(rss_item("<description>" + repeated("&lt;", 200'000) + "</description>").content.size() == 200'000);
  CHECK(rss_item(repeated("<category>x</category>", 5'000)).tags.size() == 1);
}

TEST_CASE("security 5 an item beyond the limits costs itself, also when the document ends in it, wherever it ends") {
  const std::string deep = repeated("<b>", 300), wide = "<b " + repeated("a='' ", 300) + ">";
  for (const std::string& excess :
       {"<item><guid>2</guid>" + deep, "<item><guid>2</guid>" + deep + "text", "<item><guid>2</guid>" + wide,
        "<item " + wide.substr(3), "<item><x>" + wide + deep}) {
    CAPTURE(excess.substr(0, 40));
    const std::string head = "<rss><channel><item><guid>1</guid></item>";
    for (const char* tail :
         {"", "<", "</", "</i", "</item", "</item>", "<item>", "</channel></rss>", "<![CDATA[", "<!--"}) {
      CAPTURE(tail);
      const Feed feed = read(head + excess + tail);
      CHECK(feed.malformed);
      CHECK(feed.items.front().identity == "guid:1");
      CHECK(feed.items.size() <= 2);
    }
    for (std::size_t size = excess.size() - std::min<std::size_t>(excess.size(), 60); size < excess.size(); ++size)
      CHECK(read(head + excess.substr(0, size)).items.front().identity == "guid:1");
    CHECK(read(head + excess + "</item><item><guid>3</guid></item></channel></rss>").items.back().identity == "guid:3");
  }
}

TEST_CASE("security 5 unclosed comments, sections, tags and quotes end the document, not the process") {
  for (std::string_view tail :
       {"<!--", "<![CDATA[", "<?", "<!DOCTYPE", "<item attr=\"", "<item attr='>", "</item", "<", "&", "&#", "&#x1"}) {
    CAPTURE(tail);
    const Feed feed = read("<rss><channel><item><guid>1</guid></item>" + std::string(tail));
    CHECK(feed.items.size() == 1);
    CHECK(feed.malformed);
  }
}

TEST_CASE("feeds 4 a small feed cut at every byte never crashes and never invents an item") {
  for (const char* name : {"blog.rss.xml", "journal.atom.xml", "notes.json"}) {
    const std::string whole = document(name);
    const std::size_t items = read(whole).items.size();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Expected<Feed> feed = parse(whole.substr(0, size), "", feed_url);
      if (!feed) continue;
      check_promises(*feed);
      REQUIRE(feed->items.size() <= items);
    }
  }
}

TEST_CASE("feeds 4 a feed with random bytes changed never crashes: 2,000 mutations, fixed seed") {
  for (const char* name : {"blog.rss.xml", "journal.atom.xml", "news.rdf.xml", "notes.json"}) {
    const std::string whole = document(name);
    std::mt19937 random(20'261'121);
    constexpr std::string_view spice = "<>&\"'/=;![]-?{}:,\\#x";
    for (int round = 0; round < 500; ++round) {
      std::string body = whole;
      for (std::size_t change = 0, changes = 1 + random() % 12; change < changes; ++change) {
        const std::size_t at = random() % body.size();
        switch (random() % 4) {
        case 0: body[at] = static_cast<char>(random() % 256); break;
        case 1: body[at] = spice[random() % spice.size()]; break;
        case 2: body.erase(at, random() % 20); break;
        default: {
          const std::size_t from = random() % body.size(); // one by one: arguments have no order
          const std::size_t size = random() % 40;
          body.insert(at, body.substr(from, size));
        }
        }
      }
      if (const Expected<Feed> feed = parse(body, "", feed_url)) check_promises(*feed);
    }
  }
}

TEST_CASE("security 5 random bytes are not a feed") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string body(random() % 300, ' ');
    for (char& c : body) c = static_cast<char>(random() % 256);
    CHECK_FALSE(parse(body, "text/xml; charset=gb18030", feed_url).has_value());
  }
}

} // namespace milkrun::feed::test
