// Which format a document is, whatever the server calls it.
#include "providers/feed/test_documents.hpp"

namespace milkrun::feed::test {

namespace {

struct Case {
  std::string_view what, document, kind, version;
};

} // namespace

TEST_CASE("feeds 1 detection: kind and version by root element, namespace and version") {
  const Case cases[] = {
      {"RSS 2.0", "<rss version='2.0'><channel/></rss>", "rss", "2.0"},
      {"RSS 0.91", "<rss version='0.91'><channel/></rss>", "rss", "0.91"},
      {"RSS 0.92", "<rss version='0.92'><channel/></rss>", "rss", "0.92"},
      {"RSS without a version", "<rss><channel/></rss>", "rss", ""},
      {"root name in capitals", "<RSS version='2.0'><CHANNEL/></RSS>", "rss", "2.0"},
      {"RDF, RSS 1.0",
       "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'/>", "rdf",
       "1.0"},
      {"RDF, RSS 0.90",
       "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
       "xmlns='http://my.netscape.com/rdf/simple/0.9/'/>",
       "rdf", "0.90"},
      {"Atom 1.0", "<feed xmlns='http://www.w3.org/2005/Atom'/>", "atom", "1.0"},
      {"Atom 1.0 with a prefix", "<a:feed xmlns:a='http://www.w3.org/2005/Atom'/>", "atom", "1.0"},
      {"Atom 0.3 by version", "<feed version='0.3'/>", "atom", "0.3"},
      {"Atom 0.3 by namespace", "<feed xmlns='http://purl.org/atom/ns#'/>", "atom", "0.3"},
      {"JSON Feed 1.0", R"({"version":"https://jsonfeed.org/version/1","items":[]})", "json", "1"},
      {"JSON Feed 1.1", R"({"items":[],"version":"https://jsonfeed.org/version/1.1"})", "json", "1.1"},
      {"JSON Feed by www", R"({"version":"https://www.jsonfeed.org/version/1.1"})", "json", "1.1"},
      {"BOM and white space before the root", "\xEF\xBB\xBF \r\n\t<rss version='2.0'/>", "rss", "2.0"},
      {"BOM and white space before JSON", "\xEF\xBB\xBF\n {\"version\":\"https://jsonfeed.org/version/1\"}", "json",
       "1"},
      {"a server's warning before the root", "<br />\n<b>Warning</b>: oops\n<?xml version='1.0'?><rss version='2.0'/>",
       "rss", "2.0"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    const Feed feed = read(c.document);
    CHECK(word(feed.kind) == c.kind);
    CHECK(feed.version == c.version);
    CHECK(feed.items.empty());
    CHECK_FALSE(feed.malformed);
  }
}

TEST_CASE("feeds 1 detection: the Content-Type is no gate") {
  for (std::string_view type :
       {"text/html; charset=utf-8", "text/plain", "application/octet-stream", "image/png", ""}) {
    CAPTURE(type);
    CHECK(read(rss("<item><title>a</title></item>"), type).items.size() == 1);
  }
}

TEST_CASE("feeds 1 detection: what is not a feed is refused") {
  for (std::string_view body : {"<html><body><rss version='2.0'/></body></html>", "<!DOCTYPE html><HTML></HTML>",
                                "{\"version\":\"1.1\",\"items\":[]}", "{\"items\":[]}", "{ broken", "[1,2]", "hello",
                                "<opml version='2.0'/>", "<urlset/>", "%PDF-1.4"}) {
    CAPTURE(body);
    const Expected<Feed> feed = parse(body, "application/rss+xml", feed_url);
    REQUIRE_FALSE(feed.has_value());
    CHECK(feed.error().fault == Fault::permanent);
    CHECK(feed.error().reason.code() == "feed.not_a_feed");
  }
  for (std::string_view body : {"", "  \n", "\xEF\xBB\xBF"}) {
    const Expected<Feed> feed = parse(body, "", feed_url);
    REQUIRE_FALSE(feed.has_value());
    CHECK(feed.error().reason.code() == "feed.empty_document");
  }
}

TEST_CASE("feeds 1 namespaces: by URI whatever the prefix, by the usual prefix where none is declared") {
  const Case cases[] = {
      {"content by another prefix", "<c:encoded>x</c:encoded>", "xmlns:c='http://purl.org/rss/1.0/modules/content/'",
       "x"},
      {"content undeclared", "<content:encoded>x</content:encoded>", "", "x"},
      {"encoded without any prefix", "<encoded>x</encoded>", "", "x"},
      {"https and no closing slash", "<c:encoded>x</c:encoded>", "xmlns:c='https://purl.org/rss/1.0/modules/content'",
       "x"},
      {"the usual prefix declared as something else",
       "<content:encoded>x</content:encoded><description>d</description>", "xmlns:content='urn:other'", "d"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    CHECK(rss_item(c.document, c.kind).content == c.version);
  }
  CHECK(rss_item("<d:creator>Jo</d:creator>", "xmlns:d='http://purl.org/dc/elements/1.1/'").author == "Jo");
  CHECK(rss_item("<dc:creator>Jo</dc:creator>").author == "Jo");
  for (std::string_view uri : {"http://search.yahoo.com/mrss/", "http://search.yahoo.com/mrss"}) {
    const Item item = rss_item("<m:content url='/a.mp3'/>", "xmlns:m='" + std::string(uri) + "'");
    REQUIRE(item.enclosures.size() == 1);
  }
  CHECK(rss_item("<i:author>Jo</i:author>", "xmlns:i='http://www.itunes.com/dtds/podcast-1.0.dtd'").author == "Jo");
  CHECK(rss_item("<title>a</title>", "xmlns='http://backend.userland.com/rss2'").title == "a");
  CHECK(rss_item("<title>a</title>", "xmlns='urn:homemade'").title == "a");
  CHECK(rss_item("<title>a</title><link>/1</link>", "xmlns='http://www.w3.org/2005/Atom'").url ==
        "https://example.org/1");
  CHECK(rss_item("<title>a</title>", "xmlns='http://www.itunes.com/dtds/podcast-1.0.dtd'").title == "a");
}

TEST_CASE("feeds 1 namespaces: a title of another vocabulary is not the title") {
  CHECK(rss_item("<media:title>no</media:title><title>yes</title>").title == "yes");
  CHECK(rss_item("<title xmlns='http://search.yahoo.com/mrss/'>no</title><title>yes</title>").title == "yes");
  CHECK(rss_item("<podcast:title>no</podcast:title>", "xmlns:podcast='https://podcastindex.org/namespace/1.0'").title ==
        "");
}

} // namespace milkrun::feed::test
