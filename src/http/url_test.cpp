// URLs: one parser for checking and for calling.
#include "http/client.hpp"
#include "http/parsed_url.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace milkrun::http;

TEST_CASE("host_of gives host and unusual port, and nothing for what is not a plain http(s) URL") {
  struct Row {
    std::string url, host;
  };
  const std::vector<Row> rows{
      {"https://example.org/a?b#c", "example.org"},
      {"HTTPS://Example.ORG/", "example.org"},
      {"https://example.org:443/", "example.org"},
      {"http://example.org:80", "example.org"},
      {"https://example.org:80/", "example.org:80"},
      {"http://127.0.0.1:8080/x", "127.0.0.1:8080"},
      {"http://0x7f.1/", "127.0.0.1"},
      {"http://[::1]:81/", "[::1]:81"},
      {"https://m\xc3\xbcller.de/", "xn--mller-kva.de"},
      {"https://My_Shop.example.org/", "my_shop.example.org"},
      {"https://m\xc3\xbc_ller.de/", "xn--m_ller-3ya.de"},
      {"https://h#@127.0.0.1/", "h"},
      {"https://user@example.org/", ""},
      {"https://user:pw@example.org/", ""},
      {"https://:@example.org/", ""},
      {"ftp://example.org/", ""},
      {"file:///etc/passwd", ""},
      {"javascript:alert(1)", ""},
      {"example.org", ""},
      {"//example.org/", ""},
      {"", ""},
      {"https://", ""},
      {"https:///x", "x"}, // libcurl, like browsers, forgives a third slash
      {"https://example.org:0/", ""},
      {"https://example.org:65536/", ""},
      {"https://example.org:x/", ""},
      {"https://exa mple.org/", ""},
      {"https://example.org/\r\nX: y", ""},
      {"http://[fe80::1%25eth0]/", ""},
      {std::string("https://example.org/\0x", 22), ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url);
    CHECK(host_of(row.url) == row.host);
  }
}

TEST_CASE("a parsed URL is in normal form") {
  CHECK(parse_url("HTTPS://Example.ORG:443/a/../b?q=1#frag")->url == "https://example.org:443/b?q=1");
  CHECK(parse_url("http://2130706433/")->url == "http://127.0.0.1/");
  CHECK(parse_url("https://example.org/\xc3\xa4")->url == "https://example.org/%c3%a4");
  CHECK(parse_url("https://example.org")->port == 443);
  CHECK_FALSE(parse_url("http://example.org")->tls);
}

TEST_CASE("references are resolved as RFC 3986 section 5.4 says") {
  const std::string base = "http://a/b/c/d;p?q";
  struct Row {
    std::string reference, result;
  };
  const std::vector<Row> rows{
      {"g", "http://a/b/c/g"},        {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},      {"/g", "http://a/g"},
      {"//g", "http://g/"},           {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},    {"#s", "http://a/b/c/d;p?q#s"},
      {"g#s", "http://a/b/c/g#s"},    {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},         {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},       {"../..", "http://a/"},
      {"../../g", "http://a/g"},      {"../../../g", "http://a/g"},
      {"https://x/y", "https://x/y"}, {" g ", "http://a/b/c/g"},
      {"g h", "http://a/b/c/g%20h"},  {"mailto:x@y", ""},
      {"javascript:alert(1)", ""},    {"data:text/html,x", ""},
      {"file:///etc/passwd", ""},     {"ftp://a/b", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reference);
    CHECK(resolve_url(base, row.reference) == row.result);
  }
  CHECK(resolve_url("not a url", "g") == "");
  // A host that is none, of the reference or of the base, leads nowhere.
  CHECK(resolve_url(base, "//\xe2\x91\xa0.b\xff/") == "");
  CHECK(resolve_url("https://n.exa\xffple/x/", "y") == "");
  CHECK(resolve_url(base, "https://user:word@x/") == "");
}

TEST_CASE("join_url puts exactly one slash between base and path") {
  for (const std::string base : {"https://h/blog", "https://h/blog/", "https://h/blog//"}) {
    for (const std::string path : {"wp-json/x", "/wp-json/x"})
      CHECK(join_url(base, path) == "https://h/blog/wp-json/x");
  }
}

TEST_CASE("answer headers are found without regard to case, the first one counts") {
  const Response r{.status = 200, .headers = {{"ETag", "a"}, {"etag", "b"}}, .body = "", .url = "", .hops = {}};
  CHECK(r.header("ETAG") == "a");
  CHECK(r.header("absent") == "");
}
