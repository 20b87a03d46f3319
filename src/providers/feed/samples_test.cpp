// Whole documents as sites publish them, read from end to end.
#include "providers/feed/test_documents.hpp"

namespace milkrun::feed::test {

TEST_CASE("a blog's RSS feed is read whole") {
  const Feed feed = read(document("blog.rss.xml"), "text/html", "https://asha.example/feed/");
  CHECK(feed.kind == Kind::rss);
  CHECK(feed.title == "Asha’s bicycle kitchen & more");
  CHECK(feed.site_url == "https://asha.example/");
  CHECK(feed.language == "en-GB");
  CHECK_FALSE(feed.malformed);
  REQUIRE(feed.items.size() == 3);
  const Item& first = feed.items[0];
  CHECK(first.identity == "guid:https://asha.example/?p=42");
  CHECK(first.url == "https://asha.example/2026/truing?utm_source=feed&utm_medium=rss");
  CHECK(first.link_key == "https://asha.example/2026/truing");
  CHECK(first.title == "Truing a wheel – without a stand");
  CHECK(first.author == "Asha Rao");
  CHECK(ms(first.published) == 1'795'162'500'000);
  CHECK(first.tags == std::vector<std::string>{"Wheels", "How to"});
  CHECK(first.summary == "A <b>zip tie</b> is all it takes.");
  CHECK(first.content == "<p>A <b>zip tie</b> is all it takes.</p><img src=\"https://asha.example/img/wheel.jpg\" "
                         "srcset=\"https://asha.example/img/w1.jpg 1x, https://asha.example/img/w2.jpg 2x\" alt=\"\">");
  REQUIRE(first.enclosures.size() == 1);
  CHECK(first.enclosures[0].length == 1'048'576);
  CHECK(feed.items[1].content == "<p>Clean &amp; quiet&hellip; 🚲</p>");
  CHECK(feed.items[2].title == "Hello, Straße!");
  CHECK_FALSE(feed.items[2].published.has_value());
}

TEST_CASE("a journal's Atom feed is read whole") {
  const Feed feed = read(document("journal.atom.xml"));
  CHECK(feed.title == "Bolt & Nut: a workshop journal");
  CHECK(feed.site_url == "https://bolt.example/journal/");
  REQUIRE(feed.items.size() == 2);
  const Item& first = feed.items[0];
  CHECK(first.identity == "guid:tag:bolt.example,2026:torque");
  CHECK(first.url == "https://bolt.example/journal/torque/");
  CHECK(first.title == "Torque < tension (again)");
  CHECK(first.author == "Bolt Workshop");
  CHECK(ms(first.published) == 1'795'249'800'000);
  CHECK(first.summary == "Why the wrench lies.");
  CHECK(first.content.starts_with("<p>See <a href=\"https://bolt.example/journal/torque/table.pdf\">the"));
  CHECK(first.content.ends_with("<i>mind</i> <b>friction</b>.<br>Done\xC2\xA0here.</p>"));
  CHECK(first.tags == std::vector<std::string>{"Metal work", "tables"});
  REQUIRE(first.enclosures.size() == 1);
  CHECK(first.enclosures[0].url == "https://bolt.example/journal/torque/table.pdf");
  CHECK(feed.items[1].author == "Guest");
  CHECK(feed.items[1].content == "<p>Lefty <b>tighty</b>.</p>");
}

TEST_CASE("an RDF feed is read whole") {
  const Feed feed = read(document("news.rdf.xml"));
  CHECK(feed.kind == Kind::rdf);
  CHECK(feed.title == "Chai house news");
  CHECK(feed.language == "en");
  REQUIRE(feed.items.size() == 2);
  CHECK(feed.items[0].identity == "guid:https://chai.example/n/2");
  CHECK(feed.items[0].author == "Chai");
  CHECK(ms(feed.items[0].published) == 1'780'374'600'000);
  CHECK(feed.items[1].content == "The tea of March.");
}

TEST_CASE("a JSON feed is read whole") {
  const Feed feed = read(document("notes.json"));
  CHECK(feed.site_url == "https://notes.example/");
  REQUIRE(feed.items.size() == 2);
  CHECK(feed.items[0].title == "Two é 😀");
  CHECK(feed.items[0].author == "Nora");
  CHECK(feed.items[0].content == "<p>See <a href=\"https://example.org/1\">one</a></p>");
  CHECK(feed.items[1].identity == "guid:1");
  CHECK(feed.items[1].content == "1 &lt; 2<br>\nand so on");
}

} // namespace milkrun::feed::test
