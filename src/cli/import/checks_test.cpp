// Which feeds would feed a site with its own posts.
#include "cli/import/checks.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun::cli;

TEST_CASE("a feed of the tenant's own site is recognised by host and path") {
  struct {
    const char *site, *feed;
    bool own;
  } const table[] = {
      {"https://a.example", "https://a.example/feed/", true},
      {"https://a.example/", "https://A.example:443/feed", true},
      {"https://a.example/", "https://a.example/category/news/feed/", true},
      {"https://a.example/", "https://a.example/?feed=rss2", true},
      {"https://a.example/", "https://a.example/index.php?x=1&feed=atom", true},
      {"https://a.example", "https://a.example?feed=rss2", true},
      {"https://a.example/", "https://a.example/feed?x=1#top", true},
      {"https://a.example/blog", "https://a.example/blog/feed/", true},
      {"https://a.example/blog", "https://a.example/feed.xml", false},
      {"https://a.example/blog", "https://a.example/blogs/feed/", false},
      {"https://a.example/", "https://a.example/podcast/episodes.xml", false},
      {"https://a.example/", "https://b.example/feed/", false},
      {"https://a.example:8443/", "https://a.example/feed/", false},
      {"", "https://a.example/feed/", false},
  };
  for (const auto& row : table) {
    CAPTURE(std::string(row.site));
    CAPTURE(std::string(row.feed));
    CHECK(feeds_itself(row.site, row.feed) == row.own);
  }
}
