// The table of formats: for each row (items, id, link, title, body, date, author, tags, media) each column.
#include "providers/feed/test_documents.hpp"

namespace milkrun::feed::test {

TEST_CASE("feeds 1 row items: inside the channel, beside it, and entries") {
  CHECK(read(rss("<item><title>1</title></item><item><title>2</title></item>")).items.size() == 2);
  const Feed beside =
      read("<rss version='0.91'><channel><title>T</title></channel><item><title>1</title></item></rss>");
  CHECK(only_item(beside).title == "1");
  CHECK(beside.title == "T");
  CHECK(rdf_item("<title>1</title>").title == "1");
  CHECK(atom_entry("<title>1</title>").title == "1");
  CHECK(atom03_entry("<title>1</title>").title == "1");
  CHECK(json_item(R"("title":"1")").title == "1");
}

TEST_CASE("feeds 1 row id: guid, rdf:about, id, a number in JSON") {
  CHECK(rss_item("<guid> tag:1 </guid>").identity == "guid:tag:1");
  CHECK(rdf_item("<title>1</title>").identity == "guid:https://example.org/r/1");
  CHECK(atom_entry("<id>urn:uuid:1</id>").identity == "guid:urn:uuid:1");
  CHECK(atom03_entry("<id>tag:x,2003:1</id>").identity == "guid:tag:x,2003:1");
  CHECK(json_item(R"("id":"a")").identity == "guid:a");
  CHECK(json_item(R"("id":17)").identity == "guid:17");
}

TEST_CASE("feeds 1 row link: text, origLink, atom:link, alternate, url and external_url") {
  const std::string expected = "https://example.org/p";
  CHECK(rss_item("<link>https://example.org/p</link>").url == expected);
  CHECK(rss_item("<link>http://proxy/</link><feedburner:origLink>https://example.org/p</feedburner:origLink>").url ==
        expected);
  CHECK(rss_item("<atom:link rel='self' href='https://x.org/'/><atom:link href='https://example.org/p'/>").url ==
        expected);
  CHECK(rss_item("<link href='https://example.org/p'/>").url == expected);
  CHECK(rss_item("<link/>https://example.org/p\n<description>d</description>").url == expected);
  CHECK(rss_item("<link/> no address <guid>https://example.org/p</guid>").url == expected);
  CHECK(rss_item("<title>t</title><link>https://example.org/p\n<description>d</description>").url == expected);
  CHECK(rss_item("<link><![CDATA[\n https://example.org/p \n]]></link>").url == expected);
  CHECK(rdf_item("<link>https://example.org/p</link>").url == expected);
  CHECK(rdf_item("<title>1</title>").url == "https://example.org/r/1"); // by rdf:about
  CHECK(rss_item("<link>javascript:x()</link><guid>https://example.org/p</guid>").url == expected);
  CHECK(atom_entry("<link rel='self' href='/s'/><link rel='alternate' href='https://example.org/p'/>").url == expected);
  CHECK(atom_entry("<link href='https://example.org/p'/>").url == expected);
  CHECK(atom_entry("<link href='/x.json' type='application/json'/><link href='/p' type='text/html'/>").url == expected);
  CHECK(atom03_entry("<link rel='alternate' type='text/html' href='https://example.org/p'/>").url == expected);
  CHECK(json_item(R"("url":"https://example.org/p")").url == expected);
  CHECK(json_item(R"("external_url":"https://example.org/p")").url == expected);
  // Text where an attribute was meant, and ids that are addresses.
  CHECK(atom_entry("<link>https://example.org/p</link>").url == expected);
  CHECK(atom_entry("<link rel='self' href='/s'/><link>https://example.org/p</link>").url == expected);
  CHECK(atom_entry("<id>https://example.org/p</id>").url == expected);
  CHECK(atom_entry("<id>https://example.org/id</id><link href='/p'/>").url == expected);
  CHECK(json_item(R"("id":"https://example.org/p")").url == expected);
  CHECK(atom_entry("<id>tag:example.org,2026:p</id>").url == "");
}

TEST_CASE("feeds 1 row link: one that leads nowhere hides no other") {
  const std::string expected = "https://example.org/p";
  for (const std::string bad : {"javascript:x()", "tag:example.org,2026:p", "mailto:a@b.example", "https://"}) {
    CAPTURE(bad);
    const std::string link = "<link>" + bad + "</link>";
    CHECK(rss_item(link + "<guid>https://example.org/p</guid>").url == expected);
    CHECK(rss_item(link + "<link>https://example.org/p</link>").url == expected);
    CHECK(rss_item(link + "<atom:link href='https://example.org/p'/>").url == expected);
    CHECK(rss_item(link + "<guid isPermaLink='false'>https://example.org/p</guid>").url == "");
    CHECK(rdf_item(link).url == "https://example.org/r/1");
    CHECK(atom_entry("<id>https://example.org/p</id><link href='" + bad + "'/>").url == expected);
    CHECK(json_item(R"("url":")" + bad + R"(","external_url":"https://example.org/p")").url == expected);
    CHECK(read(rss(link + "<link>https://example.org/p</link>")).site_url == expected);
  }
}

TEST_CASE("feeds 1 row link: ampersands that were escaped twice") {
  const std::string expected = "https://example.org/?a=1&b=2";
  for (const std::string amp : {"&amp;amp;", "&amp;#038;", "&amp;#38;", "&amp;", "&"}) {
    CAPTURE(amp);
    const std::string address = "https://example.org/?a=1" + amp + "b=2";
    CHECK(rss_item("<link>" + address + "</link>").url == expected);
    CHECK(rss_item("<guid>" + address + "</guid>").url == expected);
    CHECK(rss_item("<enclosure url='" + address + "' type='image/png'/>").enclosures.at(0).url == expected);
    CHECK(atom_entry("<link href='" + address + "'/>").url == expected);
    CHECK(rss_item("<description><![CDATA[<a href='" + address + "'>x</a>]]></description>").content.find("amp;amp;") ==
          std::string::npos);
  }
  CHECK(rss_item("<link>https://example.org/?a=1&amp;amp;b=2</link>").identity ==
        "link:https://example.org/?a=1&amp;b=2"); // as it was known before
}

TEST_CASE("feeds 1 row title: of each format, of each Atom type and mode") {
  CHECK(rss_item("<title>A &amp; B</title>").title == "A & B");
  CHECK(rdf_item("<title>A &amp; B</title>").title == "A & B");
  CHECK(atom_entry("<title>A &amp; B</title>").title == "A & B");
  CHECK(atom_entry("<title type='html'>A &amp;amp; &lt;b>B&lt;/b></title>").title == "A & B");
  CHECK(atom_entry("<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A &amp; <b>B</b></div></title>")
            .title == "A & B");
  CHECK(atom03_entry("<title mode='escaped' type='text/html'>A &amp;amp; &lt;b>B&lt;/b></title>").title == "A & B");
  CHECK(atom03_entry("<title mode='base64' type='text/plain'>QSAmIEI=</title>").title == "A & B");
  CHECK(atom03_entry("<title mode='xml' type='text/html'>A <b>B</b></title>").title == "A B");
  CHECK(json_item(R"("title":"A & <B>")").title == "A & <B>");
  CHECK(json_item(R"("id":"1")").title == "");
}

TEST_CASE("feeds 1 row body: the long form before the short one") {
  const Item both = rss_item("<description>short</description><content:encoded>&lt;p>long&lt;/p></content:encoded>");
  CHECK(both.summary == "short");
  CHECK(both.content == "<p>long</p>");
  CHECK(rss_item("<description>short</description>").content == "short");
  CHECK(rss_item("<content:encoded>long</content:encoded>").summary == "");
  CHECK(rss_item("<itunes:summary>notes</itunes:summary>").content == "notes");
  CHECK(rdf_item("<description>short</description><content:encoded>far longer</content:encoded>").content ==
        "far longer");
  CHECK(rss_item("<description>the far longer form</description><content:encoded>teaser</content:encoded>").content ==
        "the far longer form");
  CHECK(rss_item("<content:encoded>one</content:encoded><content:encoded>longer</content:encoded>").content ==
        "longer");
  CHECK(atom_entry("<summary>the far longer form</summary><content>s</content>").content == "the far longer form");
  const Item entry = atom_entry("<summary>short</summary><content type='html'>&lt;p>long&lt;/p></content>");
  CHECK(entry.summary == "short");
  CHECK(entry.content == "<p>long</p>");
  CHECK(atom_entry("<summary>short</summary>").content == "short");
  CHECK(atom03_entry("<content mode='escaped' type='text/html'>&lt;p>long&lt;/p></content>").content == "<p>long</p>");
  const Item json = json_item(R"("content_html":"<p>long</p>","content_text":"text","summary":"a < b")");
  CHECK(json.content == "<p>long</p>");
  CHECK(json.summary == "a &lt; b");
  CHECK(json_item(R"("content_text":"a < b\nc","summary":"s")").content == "a &lt; b<br>\nc");
}

TEST_CASE("feeds 1 row date: published and updated of each format") {
  CHECK(ms(rss_item("<pubDate>Sat, 21 Nov 2026 12:00:00 GMT</pubDate>").published) == noon_ms);
  CHECK(ms(rss_item("<dc:date>2026-11-21T12:00:00Z</dc:date>").published) == noon_ms);
  CHECK(ms(rss_item("<pubDate>soon</pubDate><dc:date>2026-11-21T12:00:00Z</dc:date>").published) == noon_ms);
  CHECK(ms(rss_item("<pubdate>Sat, 21 Nov 2026 12:00:00 GMT</pubdate>").published) == noon_ms);
  CHECK(ms(rss_item("<atom:updated>2026-11-21T12:00:00Z</atom:updated>").updated) == noon_ms);
  CHECK(ms(rdf_item("<dc:date>2026-11-21T13:00+01:00</dc:date>").published) == noon_ms);
  const Item entry = atom_entry("<published>2026-11-21T12:00:00Z</published><updated>2026-11-21T12:00:01Z</updated>");
  CHECK(ms(entry.published) == noon_ms);
  CHECK(ms(entry.updated) == noon_ms + 1'000);
  CHECK_FALSE(atom_entry("<updated>2026-11-21T12:00:00Z</updated>").published.has_value());
  const Item old = atom03_entry("<issued>2026-11-21T12:00:00Z</issued><modified>2026-11-21T12:00:01Z</modified>");
  CHECK(ms(old.published) == noon_ms);
  CHECK(ms(old.updated) == noon_ms + 1'000);
  CHECK(ms(atom03_entry("<created>2026-11-21T12:00:00Z</created>").published) == noon_ms);
  const Item json = json_item(R"("date_published":"2026-11-21T12:00:00Z","date_modified":"2026-11-21T12:00:01Z")");
  CHECK(ms(json.published) == noon_ms);
  CHECK(ms(json.updated) == noon_ms + 1'000);
}

TEST_CASE("feeds 1 row author: names, mail (name), inheritance, authors and author") {
  CHECK(rss_item("<dc:creator>Jo &amp; Co</dc:creator><author>x@example.org</author>").author == "Jo & Co");
  CHECK(rss_item("<author>jo@example.org (Jo Doe)</author>").author == "Jo Doe");
  CHECK(rss_item("<author>Jo Doe &lt;jo@example.org&gt;</author>").author == "Jo Doe");
  CHECK(rss_item("<author>\"Doe, Jo\" &lt;jo@example.org&gt;</author>").author == "Doe, Jo");
  CHECK(rss_item("<author>\"Jo\" and \"Al\"</author>").author == "\"Jo\" and \"Al\"");
  CHECK(rss_item("<itunes:author>Jo</itunes:author>").author == "Jo");
  CHECK(rss_item("<dc:creator>Jo</dc:creator><dc:creator>Mo</dc:creator>").author == "Jo, Mo");
  CHECK(rdf_item("<dc:creator>Jo</dc:creator>").author == "Jo");
  CHECK(rdf_item("<dc:author>Jo</dc:author>").author == "Jo");
  CHECK(atom_entry("<author><name>Jo</name><email>x@y.z</email></author><author><name>Mo</name></author>").author ==
        "Jo, Mo");
  CHECK(atom_entry("<source><author><name>Src</name></author></source>").author == "Src");
  CHECK(only_item(read(atom("<author><name>All</name></author><entry><id>1</id></entry>"))).author == "All");
  CHECK(only_item(read(atom("<author><name>All</name></author><entry><author><name>Own</name></author></entry>")))
            .author == "Own");
  CHECK(atom03_entry("<author><name>Jo</name></author>").author == "Jo");
  CHECK(json_item(R"("authors":[{"name":"Jo"},{"name":"Mo"}])").author == "Jo, Mo");
  CHECK(json_item(R"("author":{"name":"Jo"})").author == "Jo");
  CHECK(only_item(read(R"({"version":"https://jsonfeed.org/version/1","author":{"name":"All"},"items":[{"id":"1"}]})"))
            .author == "All");
}

TEST_CASE("feeds 1 row author: never an address or markup, never twice, from the channel when the item names none") {
  struct Case {
    std::string_view xml, author;
  };
  const Case cases[] = {
      {"<author>jo@example.org</author>", ""},
      {"<author>jo@example.org</author><itunes:author>Jo</itunes:author>", "Jo"},
      {"<author>mailto:jo@example.org</author>", ""},
      {"<author>Jo Doe, jo@example.org</author>", "Jo Doe"},
      {"<author>jo@example.org Jo Doe</author>", "Jo Doe"},
      {"<author>&lt;jo@example.org&gt;</author>", ""},
      {"<author>\"Jo\" (jo@example.org)</author>", "Jo"},
      {"<author>jo@example.org ()</author>", ""},
      {"<author>jo [at] example.org</author>", ""},
      {"<author>Jo Doe (jo(at)example[dot]org)</author>", "Jo Doe"},
      {"<author>jo {AT} example.org Jo Doe</author>", "Jo Doe"},
      {"<author>jo＠example.org</author>", ""},
      {"<author>Jo Doe (at) Large</author>", "Jo Doe (at) Large"},
      {"<dc:creator>&lt;a href='https://x.org'&gt;Jo &lt;b&gt;Doe&lt;/b&gt;&lt;/a&gt;</dc:creator>", "Jo Doe"},
      {"<dc:creator><b>Jo</b> Doe</dc:creator>", "Jo Doe"},
      {"<dc:creator>https://example.org/jo</dc:creator>", ""},
      {"<dc:creator>@jo</dc:creator>", "@jo"},
      {"<dc:creator>Jo</dc:creator><dc:creator>jo</dc:creator><dc:creator>Mo</dc:creator>", "Jo, Mo"},
      {"<atom:author><atom:name>Jo</atom:name><atom:email>j@x.org</atom:email></atom:author>", "Jo"},
      {"<author><name>Jo</name><email>j@x.org</email></author>", "Jo"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.xml);
    CHECK(rss_item(c.xml).author == c.author);
  }
  CHECK(atom_entry("<author><email>jo@x.org</email><uri>https://x.org</uri></author>").author == "");
  CHECK(atom_entry("<author><name>jo@x.org</name></author>").author == "");
  CHECK(json_item(R"("authors":[{"name":"jo@x.org"},{"name":"Jo <Doe>"},{"name":"jo <doe>"}])").author == "Jo");
  for (std::string_view channel :
       {"<itunes:author>All</itunes:author>", "<managingEditor>a@x.org (All)</managingEditor>", "<author>All</author>",
        "<dc:creator>All</dc:creator>", "<atom:author><atom:name>All</atom:name></atom:author>"}) {
    CAPTURE(channel);
    const Feed feed = read(rss(std::string(channel) +
                               "<item><guid>1</guid></item><item><guid>2</guid><dc:creator>Own</dc:creator></item>"));
    REQUIRE(feed.items.size() == 2);
    CHECK(feed.items[0].author == "All");
    CHECK(feed.items[1].author == "Own");
  }
}

TEST_CASE("feeds 1 row tags: of Atom and Media RSS in any feed, and nested ones") {
  using Tags = std::vector<std::string>;
  CHECK(rss_item("<atom:category term='a' label='A'/><media:category label='B'>music/b</media:category>"
                 "<media:category>C</media:category><media:keywords>d, e</media:keywords>")
            .tags == Tags{"A", "B", "C", "d", "e"});
  CHECK(rss_item("<itunes:category text='Arts &amp; Co'><itunes:category text='Food'/></itunes:category>").tags ==
        Tags{"Arts & Co", "Food"});
  CHECK(rss_item("<category>News<category>Local</category></category>").tags == Tags{"News", "Local"});
  CHECK(atom_entry("<media:category>B</media:category><category term='a'><category term='b'/></category>").tags ==
        Tags{"a", "b", "B"});
}

TEST_CASE("feeds 1 row tags: categories, subjects, keywords") {
  using Tags = std::vector<std::string>;
  CHECK(rss_item("<category> A &amp; B </category><category domain='x'>C</category><category>C</category><category/>")
            .tags == Tags{"A & B", "C"});
  CHECK(rss_item("<dc:subject>A</dc:subject><itunes:keywords>b, c ,,d</itunes:keywords>").tags ==
        Tags{"A", "b", "c", "d"});
  CHECK(rdf_item("<dc:subject>A</dc:subject>").tags == Tags{"A"});
  CHECK(atom_entry("<category term='a' label='Label'/><category term='b'/><category>c</category>").tags ==
        Tags{"Label", "b", "c"});
  CHECK(json_item(R"("tags":["a","b",3,null,{}])").tags == Tags{"a", "b", "3"});
}

TEST_CASE("feeds 1 row media: enclosures, Media RSS, itunes:image, attachments, images") {
  const Item rss = rss_item(
      "<enclosure url='https://example.org/1.mp3' length='7' type='audio/mpeg'/>"
      "<enclosure url='/2.mp3' length='0'/>"
      "<media:content url='/3.mp4' type='video/mp4' fileSize='9'><media:thumbnail url='/t.jpg'/></media:content>"
      "<media:content url='/5.bin' medium='image'/><itunes:image href='/4.png'/>");
  REQUIRE(rss.enclosures.size() == 6);
  CHECK(rss.enclosures[0].url == "https://example.org/1.mp3");
  CHECK(rss.enclosures[0].type == "audio/mpeg");
  CHECK(rss.enclosures[0].length == 7);
  CHECK(rss.enclosures[1].url == "https://example.org/2.mp3");
  CHECK_FALSE(rss.enclosures[1].length.has_value());
  CHECK(rss.enclosures[2].length == 9);
  CHECK(rss.enclosures[3].type == "image/*");
  CHECK(rss.enclosures[4].type == "image/*");
  const Item rdf = rdf_item("<enc:enclosure rdf:resource='/1.mp3' enc:type='audio/mpeg' enc:length='7'/>");
  REQUIRE(rdf.enclosures.size() == 1);
  CHECK(rdf.enclosures[0].type == "audio/mpeg");
  CHECK(rdf.enclosures[0].length == 7);
  const Item entry = atom_entry("<link rel='enclosure' href='/1.mp3' type='audio/mpeg' length='7'/><link href='/p'/>");
  REQUIRE(entry.enclosures.size() == 1);
  CHECK(entry.enclosures[0].url == "https://example.org/1.mp3");
  CHECK(entry.url == "https://example.org/p");
  const Item json = json_item(R"("attachments":[{"url":"/1.mp3","mime_type":"audio/mpeg","size_in_bytes":7},{"x":1}],)"
                              R"("image":"/i.png","banner_image":"/b.png")");
  REQUIRE(json.enclosures.size() == 3);
  CHECK(json.enclosures[0].length == 7);
  CHECK(json.enclosures[2].url == "https://example.org/b.png");
}

TEST_CASE("feeds 1 channel: title, site, language of each format") {
  const Feed rss = read("<rss version='2.0'><channel><title>A &amp;amp; B</title><atom:link rel='self' href='/feed'/>"
                        "<link>/</link><language>de-DE</language></channel></rss>");
  CHECK(rss.title == "A & B");
  CHECK(rss.site_url == "https://example.org/");
  CHECK(rss.language == "de-DE");
  CHECK(read("<rss xml:lang='fr'><channel/></rss>").language == "fr");
  CHECK(read("<rss><channel><dc:language>nl</dc:language></channel></rss>").language == "nl");
  const Feed atom =
      read("<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'><title type='html'>A &amp;amp; B</title>"
           "<link rel='self' href='/feed'/><link href='/'/></feed>");
  CHECK(atom.title == "A & B");
  CHECK(atom.site_url == "https://example.org/");
  CHECK(atom.language == "en");
  const Feed json = read(
      R"({"version":"https://jsonfeed.org/version/1.1","title":"A & B","home_page_url":"https://example.org","language":"pl"})");
  CHECK(json.title == "A & B");
  CHECK(json.site_url == "https://example.org/");
  CHECK(json.language == "pl");
}

} // namespace milkrun::feed::test
