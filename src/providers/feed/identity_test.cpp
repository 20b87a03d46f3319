// What makes an item the same item again.
#include "base/text.hpp"
#include "providers/feed/links.hpp"
#include "providers/feed/test_documents.hpp"

namespace milkrun::feed::test {

TEST_CASE("a guid that several items of a document have is no id: link and text tell them apart, wherever they stand") {
  const std::string a = "<item><guid>g</guid><link>/1</link></item>", b = "<item><guid>g</guid><link>/2</link></item>";
  const Feed feed = read(rss(a + b + "<item><guid>g</guid><title>T</title></item>"));
  REQUIRE(feed.items.size() == 3);
  CHECK(feed.items[0].identity == "link:/1");
  CHECK(feed.items[1].identity == "link:/2");
  CHECK(feed.items[2].identity == "hash:" + text::sha256_hex("T"));
  for (const Item& item : feed.items) CHECK_FALSE(item.has_id);
  const Feed other = read(rss(b + a + "<item><guid>h</guid><link>/3</link></item>"));
  CHECK(other.items[0].identity == feed.items[1].identity);
  CHECK(other.items[1].identity == feed.items[0].identity);
  CHECK(other.items[2].identity == "guid:h");
}

TEST_CASE("the same item twice in a document is one") {
  const std::string a = "<item><guid>g</guid><link>/1</link><title>T</title></item>";
  const Feed feed = read(rss(a + a + "<item><title>U</title></item><item><title>U</title></item>"));
  REQUIRE(feed.items.size() == 2);
  CHECK(feed.items[0].identity == "guid:g");
}

TEST_CASE("feeds 2 row fallback: guid, then link, then title and content") {
  CHECK(rss_item("<guid>g</guid><link>/1</link>").identity == "guid:g");
  CHECK(rss_item("<link> /1?utm_source=x </link>").identity == "link:/1?utm_source=x");
  const Item bare = rss_item("<title>T</title><description>D</description>");
  CHECK(bare.identity == "hash:" + text::sha256_hex("TD"));
  CHECK(bare.content_hash == text::sha256_hex("TD"));
  CHECK(atom_entry("<link href='/1'/>").identity == "link:/1");
  CHECK(json_item(R"("url":"/1")").identity == "link:/1");
}

TEST_CASE("feeds 2 row SimplePie: dc:identifier and atom:id count as ids in RSS") {
  CHECK(rss_item("<dc:identifier>i</dc:identifier><link>/1</link>").identity == "guid:i");
  CHECK(rss_item("<atom:id>i</atom:id>").identity == "guid:i");
}

TEST_CASE("feeds 2 rule: an id is opaque, trimmed only, case and all") {
  CHECK(rss_item("<guid>\n HTTP://Example.org:80/A?utm_source=x#f \n</guid>").identity ==
        "guid:HTTP://Example.org:80/A?utm_source=x#f");
  CHECK(atom_entry("<id>./relative</id>", "xml:base='https://b.org/'").identity == "guid:./relative");
  CHECK(rss_item("<guid>a</guid>").identity != rss_item("<guid>A</guid>").identity);
}

TEST_CASE("feeds 2 rule: a guid is a link only where isPermaLink allows it and it looks like one") {
  CHECK(rss_item("<guid>https://example.org/1</guid>").url == "https://example.org/1");
  CHECK(rss_item("<guid isPermaLink='true'>https://example.org/1</guid>").url == "https://example.org/1");
  CHECK(rss_item("<guid isPermaLink='false'>https://example.org/1</guid>").url == "");
  CHECK(rss_item("<guid>1234</guid>").url == "");
  CHECK(rss_item("<guid>javascript:alert(1)</guid>").url == "");
  CHECK(rss_item("<guid>https://example.org/1</guid><link>/2</link>").url == "https://example.org/2");
}

TEST_CASE("feeds 2 rule: the link key drops fragment, utm_*, fbclid, default port and host case") {
  struct Case {
    std::string_view url, key;
  };
  const Case cases[] = {
      {"https://example.org/a#top", "https://example.org/a"},
      {"HTTPS://Example.ORG/A", "https://example.org/A"},
      {"https://example.org:443/a", "https://example.org/a"},
      {"http://example.org:80/a", "http://example.org/a"},
      {"https://example.org:8443/a", "https://example.org:8443/a"},
      {"https://example.org/a?utm_source=x&id=1&UTM_Medium=y&fbclid=z", "https://example.org/a?id=1"},
      {"https://example.org/a?utm_source=x", "https://example.org/a"},
      {"https://example.org", "https://example.org/"},
      {"https://example.org?a=1", "https://example.org/?a=1"},
      {"https://example.org/a?b=2&a=1", "https://example.org/a?b=2&a=1"},
      {"", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.url);
    CHECK(link_key(c.url) == c.key);
  }
  CHECK(rss_item("<guid>1</guid><link>https://Example.org/p?utm_medium=feed#x</link>").link_key ==
        "https://example.org/p");
  CHECK(rss_item("<title>no link</title>").link_key == "");
}

TEST_CASE("feeds 2 rule: a fragment counts where there is no guid, or where it tells items of one page apart") {
  CHECK(rss_item("<link>https://example.org/p?utm_medium=feed#1.2</link>").link_key == "https://example.org/p#1.2");
  CHECK(rss_item("<link>https://example.org/p#xtor=RSS-1</link>").link_key == "https://example.org/p");
  CHECK(rss_item("<link>https://example.org/p#</link>").link_key == "https://example.org/p");
  for (bool with_guid : {true, false}) {
    std::string items;
    for (std::string_view version : {"1.2", "1.3"}) {
      if (with_guid)
        items.append("<item><guid isPermaLink='false'>").append(version).append("</guid>");
      else
        items.append("<item>");
      items.append("<link>/changes#").append(version).append("</link></item>");
    }
    const Feed feed = read(rss(items));
    REQUIRE(feed.items.size() == 2);
    CHECK(feed.items[0].has_id == with_guid);
    CHECK(feed.items[0].link_key == "https://example.org/changes#1.2");
    CHECK(feed.items[1].link_key == "https://example.org/changes#1.3");
  }
}

TEST_CASE("feeds 2 rule: a link that several items share is nobody's key; without guids the text tells them apart") {
  const Feed ids =
      read(rss("<item><guid>1</guid><link>/list</link></item><item><guid>2</guid><link>/list</link></item>"));
  CHECK(ids.items[0].identity == "guid:1");
  CHECK(ids.items[1].identity == "guid:2");
  CHECK(ids.items[0].link_key == "");
  CHECK(ids.items[1].link_key == "");
  const std::string one = "<item><title>one</title><link>/list</link></item>";
  const std::string two = "<item><title>two</title><link>/list</link></item>";
  const std::string three = "<item><title>three</title><link>/list</link></item>";
  const Feed before = read(rss(one + two)), after = read(rss(three + one + two));
  CHECK(before.items[0].link_key == "");
  CHECK(before.items[0].identity == after.items[1].identity);
  CHECK(before.items[1].identity == after.items[2].identity);
  CHECK(after.items[0].identity != before.items[0].identity);
}

TEST_CASE("feeds 2 rule: an international host is the same host in letters and as the DNS has it") {
  const auto key = [](const std::string& link) { return rss_item("<link>" + link + "</link>").link_key; };
  const std::string known = "https://xn--mnchen-3ya.example/1";
  CHECK(key("https://m\xc3\xbcnchen.example/1") == known);
  CHECK(key("https://M\xc3\x9cNCHEN.example:443/1?utm_source=x") == known);
  CHECK(key("https://mu\xcc\x88nchen.example/1") == known);
  CHECK(key(known) == known);
  CHECK(key("https://m\xc3\xbcnchen.example:8443/1") == "https://xn--mnchen-3ya.example:8443/1");
  const std::string link = rss_item("<link>https://m\xc3\xbcnchen.example/\xc3\xa4</link>").url;
  CHECK(link == "https://m\xc3\xbcnchen.example/%c3%a4");
  CHECK(key(link) == "https://xn--mnchen-3ya.example/%C3%A4");
  CHECK(key("https://xn--mnchen-3ya.example/%C3%A4") == key(link));
}

TEST_CASE("feeds 2 rule: an id that is very long is kept as its hash") {
  const std::string id(5'000, 'x');
  CHECK(rss_item("<guid>" + id + "</guid>").identity == "guid:sha256:" + text::sha256_hex(id));
}

TEST_CASE("feeds 2 rule: the content hash changes with title and content and with nothing else") {
  const Item a = rss_item("<guid>1</guid><title>T</title><description>D</description>");
  const Item b = rss_item("<guid>2</guid><title>T</title><description>D</description><author>x</author>");
  const Item c = rss_item("<guid>1</guid><title>T</title><description>E</description>");
  CHECK(a.content_hash == b.content_hash);
  CHECK(a.content_hash != c.content_hash);
  CHECK(a.content_hash.size() == 64);
}

} // namespace milkrun::feed::test
