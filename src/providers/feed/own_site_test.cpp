// When a feed is the tenant's own site.
#include "providers/feed/own_site.hpp"

#include <ostream>

#include <doctest/doctest.h>

TEST_CASE("a feed belongs to a site when it lies on its host below its path") {
  struct Row {
    const char *feed, *site;
    bool own;
  };
  for (const Row& r : {Row{"https://blog.example/feed/", "https://blog.example", true},
                       Row{"https://www.blog.example/feed/", "https://blog.example/", true},
                       Row{"https://BLOG.example/?feed=rss2", "https://blog.example", true},
                       Row{"https://blog.example:443/feed", "https://blog.example", true},
                       Row{"https://blog.example/feed", "https://www.blog.example", true},
                       Row{"https://blog.example./feed/", "https://blog.example", true},
                       Row{"https://blog.example/feed/", "https://www.blog.example.:443", true},
                       Row{"https://blog.example.:8443/feed", "https://blog.example:8443", true},
                       Row{"https://blog.example.:8443/feed", "https://blog.example", false},
                       Row{"https://blog.example:8443/feed", "https://blog.example", false},
                       Row{"https://news.example/feed/", "https://blog.example", false},
                       Row{"https://h.example/site/asha/feed/", "https://h.example/site/asha/", true},
                       Row{"https://h.example/site/ashas", "https://h.example/site/asha", false},
                       Row{"https://h.example/feed/asha", "https://h.example/site/asha", false},
                       Row{"https://h.example/site/ASHA/rss.xml?x=1#top", "https://h.example/site/asha", true},
                       Row{"https://blog.example/category/news/feed/", "https://blog.example/", true},
                       Row{"https://blog.example/index.php?x=1&feed=atom", "https://blog.example/", true},
                       Row{"https://blog.example?feed=rss2", "https://blog.example", true},
                       Row{"https://blog.example/blogs/feed/", "https://blog.example/blog", false},
                       Row{"https://blog.example/podcast/episodes.xml", "https://blog.example/", false},
                       Row{"https://blog.example/category%2ffeed", "https://blog.example/", true},
                       Row{"https://blog.example%2Ffeed", "https://blog.example/", false}, // no host at all
                       Row{"https://blog.example/x%2Ffeed%2f", "https://blog.example/x", true},
                       Row{"https://blog.example/%66eed", "https://blog.example", true},
                       Row{"https://blog.example/f%65%45d", "https://blog.example", true},
                       Row{"https://blog.example/?%66eed=rss2", "https://blog.example", true},
                       Row{"https://blog.example/?a=1%26feed=rss2", "https://blog.example", false}, // one value
                       Row{"https://h.example/caf%c3%a9/feed", "https://h.example/caf%C3%A9", true},
                       Row{"https://blog.example/100%/feed", "https://blog.example/100%", true},
                       Row{"https://blog.example/%2566eed", "https://blog.example", false}, // not a feed's name there
                       Row{"https://blog.example/%6", "https://blog.example", false},
                       Row{"https://blog.example/%-6feed", "https://blog.example", false},
                       Row{"https://blog.example/feed/", "", false}}) {
    CAPTURE(r.feed);
    CAPTURE(r.site);
    CHECK(milkrun::feed::belongs_to_site(r.feed, r.site) == r.own);
  }
}
