// Broken markup costs the item it is in, not the feed and all after it.
#include "providers/feed/prepass.hpp"
#include "providers/feed/test_documents.hpp"

namespace milkrun::feed::test {

namespace {

// A feed of three items of which the second has `inside`.
Feed with_second(std::string_view inside) {
  return read(rss("<item><guid>1</guid><title>One</title></item><item><guid>2</guid>" + std::string(inside) +
                  "</item><item><guid>3</guid><title>Three</title><description>sound</description></item>"));
}

} // namespace

TEST_CASE("markup: tags of HTML without an end, stray and crossing ends, wrong case cost nothing but themselves") {
  struct Case {
    std::string_view inside, content;
  };
  const Case cases[] = {
      {"<description><p>a<br>b</p></description>", "<p>a<br>b</p>"},
      {"<description><p><br></p></description>", "<p><br></p>"},
      {"<description><img src='/x.png'> text<hr>more</description>",
       "<img src=\"https://example.org/x.png\"> text<hr>more"},
      {"<description>a</br>b<br></br>c</description>", "ab<br>c"},
      {"<description>a</div>b</description>", "ab"},
      {"<description><b><i>a</b></i> c</description>", "<b><i>a</i></b> c"},
      {"<description><p>a<p>b</description>", "<p>a</p><p>b</p>"},
      {"<description><ul><li>a<li>b</ul></description>", "<ul><li>a</li><li>b</li></ul>"},
      {"<Description><P>a</p></description>", "<P>a</P>"},
      {"<description><p>a</description>", "<p>a</p>"},
      {"<description><a href=/x title=y z>a</a></description>",
       "<a href=\"https://example.org/x\" title=\"y\" z=\"\">a</a>"},
      {"<description><a href='/x'title='y'>a</a></description>", "<a href=\"https://example.org/x\" title=\"y\">a</a>"},
      {"<description><a href='/x>a</a></description>", "<a href=\"https://example.org/x\">a</a>"},
      {"<description><img src=\"/x.png\" alt=\"a \"b\" c\"></description>",
       "<img src=\"https://example.org/x.png\" alt=\"a \" b=\"\" c=\"\">"},
      {"<description><div <p>a</p></div></description>", "<div><p>a</p></div>"},
      {"<description>a<!-- b</description>", "a<!-- b"},
      {"<description><![CDATA[<p>a & b</p></description>", "<p>a & b</p>"},
      {"<description>a <? b</description>", "a <? b"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.inside);
    const Feed feed = with_second(c.inside);
    CHECK(feed.malformed);
    REQUIRE(feed.items.size() == 3);
    CHECK(feed.items[1].identity == "guid:2");
    CHECK(feed.items[1].content == c.content);
    CHECK(feed.items[2].title == "Three");
    CHECK(feed.items[2].content == "sound");
  }
}

TEST_CASE("markup: forgotten end tags of a feed's own elements") {
  const Feed titles = with_second("<title>Two<link>https://example.org/2</link><description>d</description>");
  REQUIRE(titles.items.size() == 3);
  CHECK(titles.items[1].title == "Two");
  CHECK(titles.items[1].url == "https://example.org/2");
  CHECK(titles.items[1].content == "d");
  const Feed atom_links = read(atom("<entry><id>1</id><link href='/1'><title>One</title></entry>"
                                    "<entry><id>2</id><link href='/2'><title>Two</title></entry>"));
  REQUIRE(atom_links.items.size() == 2);
  CHECK(atom_links.items[0].title == "One");
  CHECK(atom_links.items[1].url == "https://example.org/2");
  const Feed items = read("<rss version='2.0'><channel><item><guid>1</guid><item><guid>2</guid><description>x<item>"
                          "<guid>3</guid></item></channel></rss>");
  REQUIRE(items.items.size() == 3);
  CHECK(items.items[1].content == "x");
  CHECK(items.items[2].identity == "guid:3");
  const Feed ended = read("<rss version='2.0'><channel><title>T</title><item><guid>1</guid><title>x</channel></rss>");
  CHECK(only_item(ended).title == "x");
}

TEST_CASE("markup: two sections of which the first has no end are two") {
  const Feed feed = with_second("<description><![CDATA[ <b>a</b> </description></item><item><guid>4</guid>"
                                "<description><![CDATA[ c ]]></description>");
  REQUIRE(feed.items.size() == 4);
  CHECK(feed.items[1].content == "<b>a</b>");
  CHECK(feed.items[2].content == "c");
}

TEST_CASE("markup: an end tag inside an item does not reach beyond it") {
  for (std::string_view stray : {"</channel2></items>", "</title></title>", "</rdf:li>", "</wrapper>"}) {
    CAPTURE(stray);
    const Feed feed = read("<rss version='2.0'><channel><wrapper><a/></wrapper><item><guid>1</guid>" +
                           std::string(stray) + "<title>One</title></item><item><guid>2</guid></item></channel></rss>");
    REQUIRE(feed.items.size() == 2);
    CHECK(feed.items[0].title == "One");
  }
}

TEST_CASE("markup: a feed does not end where items follow") {
  const std::string rest = "<item><guid>2</guid></item><item><guid>3</guid></item>";
  for (std::string_view stray : {"</rss>", "</RSS>", "</channel></rss>"}) {
    CAPTURE(stray);
    const std::string inside = "<item><guid>1</guid><description>x" + std::string(stray) + "y</description></item>";
    CHECK(read("<rss version='2.0'><channel>" + inside + rest + "</channel></rss>").items.size() == 3);
    const std::string between = "<item><guid>1</guid></item>" + std::string(stray);
    CHECK(read("<rss version='2.0'><channel>" + between + rest + "</channel></rss>").items.size() == 3);
    CHECK(read("<rss version='2.0'><channel>" + between + rest).items.size() == 3);
  }
  CHECK(read("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
             "<channel><title>c</title></channel><item rdf:about='/1'><description>x</rdf:RDF>y</description></item>"
             "<item rdf:about='/2'/><item rdf:about='/3'/></rdf:RDF>")
            .items.size() == 3);
  CHECK(read(atom("<entry><id>1</id><summary>x</feed>y</summary></entry><entry><id>2</id></entry>")).items.size() == 2);
  // What stands behind the feed is another one.
  CHECK(read("<rss version='2.0'><channel>x</b><item><guid>1</guid></item></channel></rss>" + rss("<item/>"))
            .items.size() == 1);
}

TEST_CASE("markup: a feed behind the warnings of a careless server") {
  CHECK(read("<br />\n<b>Warning</b>: x in <b>y.php</b><br>" + rss("<item/>")).items.size() == 1);
  CHECK(read("<div><p>Notice: <b>x" + rss("<item/>")).items.size() == 1);
  CHECK_FALSE(parse("<html><body><p>" + rss("<item/>") + "</body></html>", "", feed_url).has_value());
}

TEST_CASE("markup: a sound document keeps its nesting, whatever HTML would make of it") {
  const Item item = rss_item("<description><br>inside</br><p>a<p>b</p></p></description>");
  CHECK(item.content == "<br><p>a<p>b</p></p>"); // what <br> holds is lost as it always is in HTML
  CHECK_FALSE(read(rss("<item><link>/1<x:y xmlns:x='urn:z'/></link></item>")).malformed);
  const Feed nested = read(atom("<entry><id>1</id><content type='application/atom+xml'><entry><id>2</id></entry>"
                                "</content></entry>"));
  CHECK(only_item(nested).identity == "guid:1");
  CHECK_FALSE(nested.malformed);
}

TEST_CASE("markup: namespaces by URI, by habit, redeclared and taken back") {
  const auto title = [](std::string_view root, std::string_view item) {
    return only_item(read("<rss version='2.0' " + std::string(root) + "><channel><item>" + std::string(item) +
                          "</item></channel></rss>"))
        .title;
  };
  CHECK(title("xmlns:x='http://purl.org/dc/elements/1.1/'", "<x:title>T</x:title>") == "T");
  CHECK(title("", "<dc:title>T</dc:title>") == "T");
  CHECK(title("xmlns:dc='urn:other'", "<dc:title>T</dc:title>") == "");
  CHECK(title("xmlns:dc='urn:other'", "<dc:title xmlns:dc='http://purl.org/dc/elements/1.1/'>T</dc:title>") == "T");
  CHECK(title("xmlns='urn:homemade'", "<title>T</title>") == "T");
  CHECK(title("xmlns='urn:homemade'", "<title xmlns='http://www.w3.org/1999/xhtml'>T</title>") == "");
  CHECK(title("", "<x xmlns:dc='urn:other'/><dc:title>T</dc:title>") == "T");
  CHECK(title("", "<d:title>T</d:title>") == ""); // the short names of the inside mean nothing outside
  CHECK(rss_item("<description><media:x>a</media:x> <d:y>b</d:y> <z:z>c</z:z></description>").content ==
        "<media:x>a</media:x> <other:y>b</other:y> <z:z>c</z:z>");
}

TEST_CASE("markup: what is mended is said") {
  CHECK_FALSE(prepare("<a><b/>x</a>").repaired);
  CHECK(prepare("<a><b></a>").repaired);
  CHECK_FALSE(prepare("<a><b></a>").broke_off);
  CHECK(prepare("<a><b>").broke_off);
  CHECK(prepare("<a b=c/>").repaired);
}

} // namespace milkrun::feed::test
