// Compares addresses, not spellings: hosts as the transfer sees them, "www." aside, and paths without regard to case.
#include "providers/feed/own_site.hpp"

#include "base/text.hpp"
#include "http/client.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace milkrun::feed {
namespace {

std::string bare_host(std::string_view url) {
  std::string host = http::host_of(url);
  // The same host for the DNS with a dot at its end, before the port.
  const std::size_t end = host.starts_with('[') ? std::string::npos : std::min(host.find(':'), host.size());
  if (end != std::string::npos && end > 0 && host[end - 1] == '.') host.erase(end - 1, 1);
  return host.starts_with("www.") ? host.substr(4) : host;
}

// Path and query of an absolute URL, lower case, without the fragment; "/" when there is none.
std::string after_host(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const std::size_t start = url.find_first_of("/?", url.find("://") + 3);
  const std::string rest = start == std::string_view::npos ? "/" : text::lower(url.substr(start));
  return rest.starts_with('?') ? "/" + rest : rest;
}

// A part of the path, or "feed=" of the query, by which WordPress and its like serve their posts as a feed.
bool names_a_feed(std::string_view rest) {
  const std::size_t query = rest.find('?');
  if (query != rest.npos &&
      text::replace_all(std::string(rest.substr(query)), "&", "?").find("?feed=") != std::string::npos)
    return true;
  constexpr std::array<std::string_view, 9> names = {"feed",     "rss",     "rss2",     "rdf",      "atom",
                                                     "feed.xml", "rss.xml", "atom.xml", "feed.json"};
  return std::ranges::any_of(text::split(rest.substr(0, query), '/'),
                             [&](std::string_view part) { return std::ranges::find(names, part) != names.end(); });
}

} // namespace

bool belongs_to_site(std::string_view feed_url, std::string_view site_url) {
  const std::string host = bare_host(site_url);
  if (host.empty() || bare_host(feed_url) != host) return false;
  std::string site = after_host(site_url);
  site = site.substr(0, site.find('?'));
  if (!site.ends_with('/')) site += '/';
  const std::string feed = after_host(feed_url);
  return feed.starts_with(site) && names_a_feed(std::string_view(feed).substr(site.size()));
}

} // namespace milkrun::feed
