// Entities, naked ampersands and broken documents; and each thing pugixml alone would get wrong.
#include "base/json_repair.hpp"
#include "base/text.hpp"
#include "providers/feed/entities.hpp"
#include "providers/feed/prepass.hpp"
#include "providers/feed/test_documents.hpp"
#include "providers/feed/xml.hpp"

namespace milkrun::feed::test {

namespace {

struct Case {
  std::string_view xml, expected;
};

template <std::size_t N> void check_title(const Case (&cases)[N]) {
  for (const Case& c : cases) {
    CAPTURE(c.xml);
    CHECK(atom_entry("<title type='text'>" + std::string(c.xml) + "</title>").title == c.expected);
  }
}

} // namespace

TEST_CASE("feeds 6 undeclared HTML entities are characters") {
  check_title({
      {"a&nbsp;b", "a b"},
      {"caf&eacute;", "café"},
      {"&rsquo;&hellip;&mdash;&euro;&ndash;&ldquo;", "’…—€–“"},
      {"&Alpha;&thetasym;&hearts;&lang;", "Αϑ♥⟨"},
      {"&NotEqualTilde;", "&NotEqualTilde;"}, // two code points: left alone
      {"&unknown;", "&unknown;"},
      {"&AMP;&LT;", "&<"},
      {"&check;&starf;&phone;", "✓★☎"},
  });
  CHECK(named_entity("quot") == U'"');
  CHECK(named_entity("apos") == U'\'');
  CHECK(named_entity("Eacute") != named_entity("eacute"));
  CHECK_FALSE(named_entity("").has_value());
}

TEST_CASE("feeds 6 hundreds of elements that need no end are no nesting") {
  for (std::string_view tag : {"<br>", "<li>"}) {
    CAPTURE(tag);
    std::string many;
    for (int i = 0; i < 300; ++i) many += tag;
    const Feed feed = read(rss("<item><guid>1</guid><description>a" + many + "b</description></item>"));
    REQUIRE(feed.items.size() == 1);
    CHECK(feed.items[0].content.find('b') != std::string::npos);
  }
}

TEST_CASE("feeds 6 naked ampersands stay what they are") {
  check_title({{"a & b", "a & b"},
               {"R&D", "R&D"},
               {"&", "&"},
               {"&;", "&;"},
               {"&#;", "&#;"},
               {"&#x;", "&#x;"},
               {"&#-5;", "&#-5;"},
               {"&copy 2026", "&copy 2026"}});
  CHECK(rss_item("<link>https://example.org/?a=1&b=2&copy=3</link>").url == "https://example.org/?a=1&b=2&copy=3");
  CHECK(rss_item("<enclosure url='https://example.org/?a=1&b=2&amp;c=3'/>").enclosures[0].url ==
        "https://example.org/?a=1&b=2&c=3");
}

TEST_CASE("feeds 6 CDATA, comments and declarations are not touched by the repair") {
  CHECK(rss_item("<description><![CDATA[&nbsp; & &amp;]]></description>").content == "&nbsp; & &amp;");
  CHECK(prepare("<?xml version='1.0' encoding='x'?><!-- & --><a>&amp;</a>").xml == "<a>&amp;</a>");
}

TEST_CASE("feeds 6 the DOCTYPE is harmless and its own entities mean nothing") {
  const std::string body = "<!DOCTYPE rss [ <!ENTITY x SYSTEM 'file:///etc/passwd'> <!ENTITY y \"]>\"> ]>" +
                           rss("<item><title>&x;&y;</title></item>");
  CHECK(only_item(read(body)).title == "&x;&y;");
}

TEST_CASE("feeds 6 a document that breaks off keeps its complete items and says malformed") {
  const std::string two = "<item><guid>1</guid></item><item><guid>2</guid><title>open";
  for (std::string_view tail : {"", "</titel>", "<br></title>", "<a href='x", "</tit"}) {
    CAPTURE(tail);
    const Feed feed = read("<rss version='2.0'><channel><title>T</title>" + two + std::string(tail));
    CHECK(feed.malformed);
    CHECK(only_item(feed).identity == "guid:1");
  }
  const Feed atom_feed = read("<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id></entry><entry><id>2</id>");
  CHECK(atom_feed.malformed);
  CHECK(only_item(atom_feed).identity == "guid:1");
}

TEST_CASE("feeds 6 junk behind the last item costs no item") {
  for (std::string_view tail :
       {"</channel></rss><script", "</channel></rss></div>", "</chanel></rss>", "", "<oops attr></channel>"}) {
    CAPTURE(tail);
    const Feed feed =
        read("<rss version='2.0'><channel><item><guid>1</guid></item><item><guid>2</guid></item>" + std::string(tail));
    CHECK(feed.malformed);
    CHECK(feed.items.size() == 2);
  }
  const Feed in_cdata = read(
      "<rss version='2.0'><channel><item><guid>1</guid></item><item><guid>2</guid><description><![CDATA[</item>]]>");
  CHECK(in_cdata.items.size() == 1);
}

TEST_CASE("feeds 6 broken before the first complete item is an error") {
  const Expected<Feed> feed = parse("<rss version='2.0'><channel><item><title>x", "", feed_url);
  REQUIRE_FALSE(feed.has_value());
  CHECK(feed.error().fault == Fault::permanent);
  CHECK(feed.error().reason.code() == "feed.broken");
}

TEST_CASE("feeds 6 JSON values of a wrong type are taken as what they say") {
  const Item item = json_item(
      R"("id":12.5,"title":7,"url":["x"],"date_published":1795262400,"summary":true,)"
      R"("tags":"one","authors":{"name":"Jo"},"attachments":{"url":"/a","size_in_bytes":"5"},"content_html":{})");
  CHECK(item.identity == "guid:12.5");
  CHECK(item.title == "7");
  CHECK(item.url == "");
  CHECK(ms(item.published) == noon_ms);
  CHECK(item.summary == "true");
  CHECK(item.tags == std::vector<std::string>{"one"});
  CHECK(item.author == "Jo");
  REQUIRE(item.enclosures.size() == 1);
  CHECK(item.enclosures[0].length == 5);
  CHECK(json_item(R"("id":9007199254740993)").identity == "guid:9007199254740993");
  CHECK(json_item(R"("id":null,"url":"/1")").identity == "link:/1");
  CHECK(read(R"({"version":"https://jsonfeed.org/version/1","items":[1,"x",null,{"id":"1"}]})").items.size() == 1);
  CHECK(read(R"({"version":"https://jsonfeed.org/version/1","items":{"id":"1"}})").items.size() == 1);
}

TEST_CASE("feeds 6 JSON strings with half an emoji or a bare line break are mended") {
  CHECK(json_item(R"("id":"1","title":"a\ud83d b\ude00 c\ud83d\ude00")").title == "a\uFFFD b\uFFFD c😀");
  CHECK(json_item("\"id\":\"1\",\"title\":\"two\nlines\tand\"").title == "two lines and");
  CHECK(json_item(R"("id":"\\ud83d \"x\"")").identity == R"(guid:\ud83d "x")");
}

TEST_CASE("feeds 6 backslashes that escape nothing and numbers that are none cost no feed") {
  CHECK(json_item(R"("id":"1","title":"it\'s \q\u12 \"so\"")").title == "it's q\uFFFD12 \"so\"");
  CHECK(json_item("\"id\":\"1\",\"title\":\"caf\\\xC3\xA9\"").title == "café");
  CHECK(json_item(R"("id":"1","z":1e999,"n":-1e999,"big":12345678901234567890123)").identity == "guid:1");
  CHECK(json_item("\"id\":\"1\",\"z\":" + std::string(400, '7')).identity == "guid:1");
}

TEST_CASE("feeds 6 of a long JSON string the first 2 MB are kept, whole characters") {
  const std::string start = R"({"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_text":")";
  const std::string end = R"("},{"id":"2"}]})";
  std::string body = "x";
  for (int i = 0; i < 1'200'000; ++i) body += "\xC3\xA9";
  const RepairedJson repaired = repaired_json(start + body + end, longest_text);
  const std::string& text = repaired.text;
  CHECK(text::is_utf8(text));
  CHECK(text.size() == start.size() + 2'000'001 + end.size());
  CHECK(text.ends_with(end));
  const std::string quotes = repaired_json(start + std::string(3'000'000, '\\') + end, longest_text).text;
  CHECK(quotes.size() == start.size() + 2'000'000 + end.size());
  CHECK(read(start + body + end).items.size() == 2);
}

TEST_CASE("feeds 6 a JSON feed with a comma too many is read, and says malformed") {
  const Feed feed =
      read(R"({"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"a,}",},{"id":"2"} , ],})");
  CHECK(feed.malformed);
  REQUIRE(feed.items.size() == 2);
  CHECK(feed.items[0].title == "a,}");
  CHECK_FALSE(read(R"({"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1"}]})").malformed);
}

TEST_CASE("feeds 6 a JSON feed with doubled commas, NaN and the like is read, and says malformed") {
  const std::string start = R"({"version":"https://jsonfeed.org/version/1.1",)";
  for (const std::string& rest :
       {std::string(R"(,"items":[,{"id":"1","title":"a,,b NaN",,},,{"id":"2"},]})"),
        std::string(R"("items":[{"id":"1","title":"a,,b NaN","size":NaN,"x":-Infinity},{"id":"2","x":undefined}]})"),
        std::string(R"("items":[{"id":"1","title":"a,,b NaN","x":True,"y":None,"z":1.5e3},{"id":"2","n":-1E-2}]})")}) {
    CAPTURE(rest);
    const Feed feed = read(start + rest);
    CHECK(feed.malformed);
    REQUIRE(feed.items.size() == 2);
    CHECK(feed.items[0].title == "a,,b NaN");
  }
  CHECK_FALSE(read(start + R"("items":[{"id":"1","x":[1.5e3,-1E-2,true,false,null]}]})").malformed);
}

TEST_CASE("feeds 6 a JSON feed that is cut off before its version is known by its items") {
  const Feed feed = read(R"({"title":"T","items":[{"id":"1","title":"One"},{"id":"2","content_text":"Two"},{"id":"3)");
  CHECK(feed.malformed);
  CHECK(feed.items.size() == 2);
  CHECK(read(R"({"items":[{"id":"1","title":"One"}],"version":"https://jsonfeed.org/version/1"})").items.size() == 1);
  for (const char* other : {R"({"items":[{"id":"1","name":"One"},{"id":"2)", R"({"items":[{"title":"One"},{"id":"2)",
                            R"({"results":[{"id":"1","title":"One"},{"id":"2)"}) {
    CAPTURE(other);
    CHECK_FALSE(parse(other, "", feed_url).has_value());
  }
}

TEST_CASE("feeds 6 a JSON feed with a plugin's words around it is read, and says malformed") {
  const std::string json = R"({"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"One"}]})";
  for (const std::string& text : {"<br />\n<b>Notice</b>: Undefined index in x.php on line 3\n" + json,
                                  json + "\n<!-- cached -->", "Warning: x\n" + json}) {
    CAPTURE(text);
    const Feed feed = read(text);
    CHECK(feed.malformed);
    REQUIRE(feed.items.size() == 1);
    CHECK(feed.items[0].title == "One");
  }
  CHECK_FALSE(parse("<html><script>var x = " + json + ";</script></html>", "", feed_url).has_value());
}

TEST_CASE("feeds 6 a JSON feed that is cut off gives its complete items") {
  const std::string start = R"({"version":"https://jsonfeed.org/version/1.1","authors":[{"name":"Jo"}],"items":[)";
  const std::string two = R"({"id":"1","tags":["x"]},{"id":"2","authors":[{"name":"Mo"}]})";
  for (std::string_view tail :
       {"", ",", ",{", R"(,{"id":"3","attachments":[{"url":"/a"}]})", R"(,{"id":"3","title":"open)",
        R"(,{"id":"3","a":[{}],"b":tru)", "]", R"(],"title":)"}) {
    CAPTURE(tail);
    if (tail.starts_with(R"(,{"id":"3","attach)")) {
      CHECK(read(start + two + std::string(tail)).items.size() == 3);
      continue;
    }
    const Feed feed = read(start + two + std::string(tail));
    CHECK(feed.malformed);
    REQUIRE(feed.items.size() == 2);
    CHECK(feed.items[0].author == "Jo");
    CHECK(feed.items[1].author == "Mo");
  }
  const Expected<Feed> none = parse(R"({"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1)", "", feed_url);
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().reason.code() == "feed.broken");
}

TEST_CASE("feeds 8 declared encodings are never decoded a second time") {
  for (std::string_view declared : {"windows-1252", "iso-8859-15", "ISO-8859-1", "latin1", "utf-16"}) {
    CAPTURE(declared);
    const std::string body = "<?xml version='1.0' encoding='" + std::string(declared) + "'?>" +
                             rss("<item><title>caf\xC3\xA9</title></item>");
    CHECK(only_item(read(body)).title == "café");
  }
}

TEST_CASE("feeds 8 numeric references are mended") {
  check_title({
      {"&#147;&#128;&#x92;", "“€’"},
      {"a&#0;b", "a\uFFFDb"},
      {"a&#1;&#x1F;b", "ab"},
      {"&#xD83D;&#xDE00;", "😀"},
      {"&#55357;&#56832;", "😀"},
      {"&#xD83D;x", "\uFFFDx"},
      {"&#x110000;", "\uFFFD"},
      {"&#4294967361;", "\uFFFD"},
      {"&#99999999999999999999999;", "\uFFFD"},
      {"&#xFFFE;x", "x"},
      {"&#129;", "\uFFFD"},
      {"&#8217;&#X41;", "’A"},
      {"&#38;&#60;", "&<"},
      {"&amp;nbsp;", "&nbsp;"},
  });
}

TEST_CASE("feeds 8 text and blank lines before the declaration, two marks, and NUL bytes are no obstacle") {
  using namespace std::string_literals;
  CHECK(read("\n\n junk <?xml version='1.0'?>" + rss("<item/>")).items.size() == 1);
  CHECK(read("\xEF\xBB\xBF\xEF\xBB\xBF" + rss("<item/>")).items.size() == 1);
  CHECK(read(rss("<item><title>a\0b</title></item><item/>"s)).items.size() == 2);
}

TEST_CASE("feeds 8 a naked less-than sign is text, an attribute without quotes has its value") {
  CHECK(rss_item("<title>1 < 2</title>").title == "1 < 2");
  const Feed feed = read(rss("<item><guid>1</guid></item><item><enclosure url=/x></item>"));
  CHECK(feed.malformed);
  REQUIRE(feed.items.size() == 2);
  REQUIRE(feed.items[1].enclosures.size() == 1);
  CHECK(feed.items[1].enclosures[0].url == "https://example.org/x");
}

TEST_CASE("feeds 8 of duplicate attributes the first counts") {
  CHECK(rss_item("<enclosure url='/1' url='/2'/>").enclosures[0].url == "https://example.org/1");
}

TEST_CASE("feeds 8 white space between inline elements survives") {
  CHECK(atom_entry("<content type='xhtml'><div><b>a</b> <i>b</i></div></content>").content == "<b>a</b> <i>b</i>");
}

TEST_CASE("feeds 8 markup written out again escapes each character once") {
  CHECK(atom_entry("<content type='xhtml'><div>&nbsp;&amp;nbsp; &lt;b&gt; <a href='?a&amp;b'>x</a></div></content>")
            .content == "\xC2\xA0&amp;nbsp; &lt;b&gt; <a href=\"https://example.org/blog/feed.xml?a&amp;b\">x</a>");
}

} // namespace milkrun::feed::test
