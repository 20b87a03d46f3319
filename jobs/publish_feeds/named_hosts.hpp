// Names of hosts in a text that people read: what a reader could type, and a site might make a link of. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace milkrun::publish_feeds {

// In small letters, without "www.": what stands behind "://", every name with an end of two letters or more
// ("evil.win", also in a mail address and in front of a path), and bare IPv4 addresses. Names of files that no domain
// is called like
// ("Node.js", "list.pdf") are none.
std::set<std::string> hosts_in(std::string_view text);

} // namespace milkrun::publish_feeds
