// Texts: how often they are decoded, what markup means, which links are followed.
#include "base/text.hpp"
#include "providers/feed/html_text.hpp"
#include "providers/feed/links.hpp"
#include "providers/feed/test_documents.hpp"

namespace milkrun::feed::test {

TEST_CASE("feeds 4 RSS text is HTML as text: decoded once after XML, no more") {
  CHECK(rss_item("<description>&lt;p&gt;a &amp;amp; b &amp;nbsp;&lt;/p&gt;</description>").content ==
        "<p>a &amp; b &nbsp;</p>");
  CHECK(rss_item("<description><![CDATA[<p>a &amp; b</p>]]></description>").content == "<p>a &amp; b</p>");
}

TEST_CASE("feeds 4 titles: plain, escaped or double-escaped, decoded once, tags stripped, white space collapsed") {
  struct Case {
    std::string_view xml, title;
  };
  const Case cases[] = {
      {"plain", "plain"},
      {"AT&amp;T", "AT&T"},
      {"AT&amp;amp;T", "AT&T"},
      {"&lt;b&gt;Bold&lt;/b&gt; move", "Bold move"},
      {"<![CDATA[<b>Bold</b> &amp; brave]]>", "Bold & brave"},
      {"&amp;lt;b&amp;gt;Bold&amp;lt;/b&amp;gt;", "<b>Bold</b>"}, // escaped inside HTML: meant to be seen
      {"<![CDATA[How to use &lt;br&gt; in <i>HTML</i>]]>", "How to use <br> in HTML"},
      {"  two\n\t words&#160;here ", "two words here"},
      {"1 &lt; 2 and 3 &gt; 2", "1 < 2 and 3 > 2"},
      {"vector&lt;int&gt;", "vector<int>"},
      {"a&lt;br/&gt;b", "a b"},
      {"x&lt;script&gt;alert(1)&lt;/script&gt;y", "x y"},
      {"caf&amp;eacute;", "caf\xC3\xA9"},
      {"one <b>naked</b> word", "one naked word"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.xml);
    CHECK(rss_item("<title>" + std::string(c.xml) + "</title>").title == c.title);
  }
}

TEST_CASE("feeds 4 Atom type: text, html, xhtml, xml media types, base64, src") {
  struct Case {
    std::string_view xml, html;
  };
  const Case cases[] = {
      {"<content>a &lt;b> &amp;amp;</content>", "a &lt;b&gt; &amp;amp;"},
      {"<content type='text'>a &lt;b></content>", "a &lt;b&gt;"},
      {"<content type='text/plain'>a &lt;b></content>", "a &lt;b&gt;"},
      {"<content type='html'>&lt;p>a &amp;amp; b&lt;/p></content>", "<p>a &amp; b</p>"},
      {"<content type='text/html'>&lt;p>a&lt;/p></content>", "<p>a</p>"},
      {"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>a &amp; <b>b</b> "
       "<i>c</i></p></div></content>",
       "<p>a &amp; <b>b</b> <i>c</i></p>"},
      {"<content type='xhtml'><h:div xmlns:h='http://www.w3.org/1999/xhtml'><h:p>a<h:br/></h:p></h:div></content>",
       "<p>a<br></p>"},
      {"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><a name='x'/>y</div></content>",
       "<a name=\"x\"></a>y"},
      {"<content type='application/xml'><a>1</a><b>2</b></content>", "<a>1</a><b>2</b>"},
      {"<content type='image/svg+xml'><svg><g/></svg></content>", "<svg><g></g></svg>"},
      {"<content type='application/octet-stream'>\n PGI+aGk8\n L2I+ </content>", "<b>hi</b>"},
      {"<content type='image/png'>iVBORw0KGgoAAAAN</content><summary>s</summary>", "s"},
      {"<content type='text/html' src='https://example.org/long'/><summary>s</summary>", "s"},
      {"<content><p>naked</p></content>", "<p>naked</p>"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.xml);
    CHECK(atom_entry(c.xml).content == c.html);
  }
  CHECK(atom_entry("<content src='/long'/>").url == "https://example.org/long");
}

TEST_CASE("feeds 4 Atom 0.3 mode: xml, escaped, base64") {
  CHECK(atom03_entry("<content mode='xml' type='text/html'><p>a &amp; b</p></content>").content == "<p>a &amp; b</p>");
  CHECK(atom03_entry("<content mode='xml' type='application/xhtml+xml'><div><p>a</p></div></content>").content ==
        "<p>a</p>");
  CHECK(atom03_entry("<content mode='escaped' type='text/html'>&lt;p>a&lt;/p></content>").content == "<p>a</p>");
  CHECK(atom03_entry("<content mode='escaped' type='text/plain'>&lt;p></content>").content == "&lt;p&gt;");
  CHECK(atom03_entry("<content mode='base64' type='text/html'>PGI+aGk8L2I+</content>").content == "<b>hi</b>");
  CHECK(atom03_entry("<content mode='base64' type='text/html'>!!</content>").content == "");
}

TEST_CASE("feeds 4 mixed nodes: text, CDATA, comments and naked markup come together") {
  CHECK(rss_item("<title>one<![CDATA[two]]>three</title>").title == "onetwothree");
  CHECK(rss_item("<title>one<!-- x -->two</title>").title == "onetwo");
  CHECK(rss_item("<description>a <b>bold</b> <i class='x'>move</i>&amp;c</description>").content ==
        "a <b>bold</b> <i class=\"x\">move</i>&c");
  CHECK(rss_item("<description><![CDATA[<p>a</p>]]><p>b</p></description>").content == "<p>a</p><p>b</p>");
}

TEST_CASE("feeds 4 relative URLs: the xml:base chain, relative bases composed") {
  const Feed feed =
      read("<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://base.org/a/'><entry xml:base='b/'>"
           "<link href='c' xml:base='d/'/><content type='html' xml:base='/e/'>&lt;a href='f'>f&lt;/a></content>"
           "</entry><entry><link href='g'/></entry></feed>");
  REQUIRE(feed.items.size() == 2);
  CHECK(feed.items[0].url == "https://base.org/a/b/d/c");
  CHECK(feed.items[0].content == "<a href=\"https://base.org/e/f\">f</a>");
  CHECK(feed.items[1].url == "https://base.org/a/g");
}

TEST_CASE("feeds 4 relative URLs: else the effective URL, else the channel link") {
  CHECK(rss_item("<link>p/1</link>").url == "https://example.org/blog/p/1");
  CHECK(rss_item("<link>//cdn.example.org/x</link>").url == "https://cdn.example.org/x");
  const Feed local = read(rss("<link>https://site.org/news/</link><item><link>1</link></item>"), "", "");
  CHECK(only_item(local).url == "https://site.org/news/1");
  CHECK(only_item(read(rss("<item><link>1</link></item>"), "", "")).url == "");
}

TEST_CASE("feeds 4 relative URLs: also in href, src, srcset and poster inside HTML") {
  struct Case {
    std::string_view html, expected;
  };
  const Case cases[] = {
      {"<a href='/x'>x</a>", "<a href=\"https://example.org/x\">x</a>"},
      {"<A HREF=x>x</A>", "<A HREF=\"https://example.org/blog/x\">x</A>"},
      {"<img alt='a>b' src=\"../i.png\"/>", "<img alt='a>b' src=\"https://example.org/i.png\"/>"},
      {"<img src = '//cdn.org/i.png'>", "<img src=\"https://cdn.org/i.png\">"},
      {"<video poster='p.jpg'></video>", "<video poster=\"https://example.org/blog/p.jpg\"></video>"},
      {"<img srcset='a.jpg 1x, /b,c.jpg 2x'>",
       "<img srcset=\"https://example.org/blog/a.jpg 1x, https://example.org/b,c.jpg 2x\">"},
      {"<a href='?a=1&amp;b=2'>", "<a href=\"https://example.org/blog/feed.xml?a=1&amp;b=2\">"},
      {"<a href='https://other.org/ keep'>", "<a href=\"https://other.org/%20keep\">"},
      {"<a href='https://other.org/a?b&c'>", "<a href='https://other.org/a?b&c'>"},
      {"<a href='mailto:a@b.c'>", "<a href='mailto:a@b.c'>"},
      {"<a href='javascript:alert(1)'>x", "<a >x"},
      {"<a href='java\nscript:alert(1)'>x", "<a >x"},
      {"<a href=' &#106;avascript:alert(1)'>x", "<a >x"},
      {"<img src='data:image/png;base64,AA'>", "<img >"},
      {"<img src='file:///etc/passwd'>", "<img >"},
      {"<a title='href=/x'>", "<a title='href=/x'>"},
      {"1 < 2 <a href='/x'", "1 < 2 <a href=\"https://example.org/x\""},
      {"<!-- <a href='/x'> --><p>", "<!-- <a href='/x'> --><p>"},
      {"<script>if (a<b) x('<a href=y>')</script>", "<script>if (a<b) x('<a href=y>')</script>"},
      {"<a href>", "<a href>"},
      {"<a href='unclosed", "<a href=\"https://example.org/blog/unclosed\""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.html);
    CHECK(rss_item("<description><![CDATA[" + std::string(c.html) + "]]></description>").content == c.expected);
  }
  CHECK(rss_item("<link>/post</link><description><![CDATA[<a href='#n1'>]]></description>").content ==
        "<a href=\"https://example.org/post#n1\">");
}

TEST_CASE("feeds 4 links of other schemes are refused") {
  for (std::string_view link :
       {"javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://example.org/x", "JaVaScRiPt:x"}) {
    CAPTURE(link);
    const Item item = rss_item("<link>" + std::string(link) + "</link><enclosure url='" + std::string(link) + "'/>");
    CHECK(item.url == "");
    CHECK(item.enclosures.empty());
  }
}

TEST_CASE("feeds 4 enclosures: several, with missing, zero and garbage lengths") {
  const Item item =
      rss_item("<enclosure url='/1' length=''/><enclosure url='/2' length='0'/><enclosure url='/3' length='big'/>"
               "<enclosure url='/4' length='-1'/><enclosure url='/5' length=' 12 '/><enclosure url='/5'/><enclosure/>");
  REQUIRE(item.enclosures.size() == 5);
  for (std::size_t i = 0; i < 4; ++i) CHECK_FALSE(item.enclosures[i].length.has_value());
  CHECK(item.enclosures[4].length == 12);
}

TEST_CASE("feeds 4 a video feed's media:group gives description and thumbnail") {
  const Item item = atom_entry("<media:group><media:title>T</media:title><media:thumbnail url='https://i.org/t.jpg'/>"
                               "<media:content url='https://v.org/1' type='video/mp4'/>"
                               "<media:description>a &lt; b\nc</media:description></media:group>",
                               "xmlns:media='http://search.yahoo.com/mrss/'");
  CHECK(item.content == "a &lt; b<br>\nc");
  REQUIRE(item.enclosures.size() == 2);
  CHECK(item.enclosures[1].url == "https://i.org/t.jpg");
}

TEST_CASE("feeds 4 html text helpers cut at characters and never within a tag") {
  CHECK(first_characters("h\xC3\xA9llo", 2) == "h\xC3\xA9");
  CHECK(first_characters("abc", 3) == "abc");
  CHECK(first_html_characters("<p>ab</p>", 4) == "<p>a");
  CHECK(first_html_characters("<p>ab</p>", 7) == "<p>ab");
  CHECK(escape_html("<a href=\"x\">&</a>") == "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;");
}

TEST_CASE("feeds 4 links added to one document are limited together") {
  HtmlLinks links;
  const std::string base = "https://example.org/" + std::string(2'000, 'x') + "/";
  std::string html;
  for (int i = 0; i < 20'000; ++i) html += "<a href=a>";
  const std::string out = links.absolute_html(html, base, "");
  CHECK(out.size() < 9 * 1024 * 1024); // nor is the long base read more often than it may be
  CHECK(out.ends_with("<a >"));
  HtmlLinks many;
  std::string shorter;
  for (int i = 0; i < 200'001; ++i) shorter += "<a href=a>";
  const std::string all = many.absolute_html(shorter, "https://e.org", "");
  CHECK(all.starts_with("<a href=\"https://e.org/a\"><a href="));
  CHECK(all.ends_with("<a href=\"https://e.org/a\"><a >"));
}

} // namespace milkrun::feed::test
