// A site that publishes its own feed feeds itself for ever.
#pragma once

#include <string_view>

namespace milkrun::feed {

// True when the feed is one of the site's own posts: same host ("www." aside), below the site's path, and under a name
// that feeds of posts have. A podcast on the same host is none.
bool belongs_to_site(std::string_view feed_url, std::string_view site_url);

} // namespace milkrun::feed
