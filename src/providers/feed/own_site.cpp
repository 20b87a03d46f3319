// Compares addresses, not spellings: hosts as the transfer sees them, "www." aside, and paths without regard to case.
#include "providers/feed/own_site.hpp"

#include "base/text.hpp"
#include "http/client.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace milkrun::feed {
namespace {

std::string bare_host(std::string_view url) {
  std::string host = http::host_of(url);
  // The same host for the DNS with a dot at its end, before the port.
  const std::size_t end = host.starts_with('[') ? std::string::npos : std::min(host.find(':'), host.size());
  if (end != std::string::npos && end > 0 && host[end - 1] == '.') host.erase(end - 1, 1);
  return host.starts_with("www.") ? host.substr(4) : host;
}

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const char lower = static_cast<char>(digit | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// As the server takes it: "%2F" is "/", "%66eed" is "feed". Once, as servers do it.
std::string unescaped(std::string_view part) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const bool escape =
        part[i] == '%' && i + 2 < part.size() && value_of(part[i + 1]) >= 0 && value_of(part[i + 2]) >= 0;
    out += escape ? static_cast<char>(value_of(part[i + 1]) * 16 + value_of(part[i + 2])) : part[i];
    if (escape) i += 2;
  }
  return text::lower(out);
}

struct AfterHost {
  std::string path = {};               // "/" when there is none
  std::vector<std::string> query = {}; // "feed=rss2"
};

// Of an absolute URL: lower case, without escapes, without the fragment.
AfterHost after_host(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const std::size_t start = std::min(url.find_first_of("/?", url.find("://") + 3), url.size());
  const std::size_t query = std::min(url.find('?', start), url.size());
  AfterHost out{.path = unescaped(url.substr(start, query - start)), .query = {}};
  if (out.path.empty()) out.path = "/";
  if (query < url.size())
    for (const std::string_view one : text::split(url.substr(query + 1), '&')) out.query.push_back(unescaped(one));
  return out;
}

// A part of the path, or "feed=" of the query, by which WordPress and its like serve their posts as a feed.
bool names_a_feed(std::string_view path, const std::vector<std::string>& query) {
  if (std::ranges::any_of(query, [](const std::string& one) { return one.starts_with("feed="); })) return true;
  constexpr std::array<std::string_view, 9> names = {"feed",     "rss",     "rss2",     "rdf",      "atom",
                                                     "feed.xml", "rss.xml", "atom.xml", "feed.json"};
  return std::ranges::any_of(text::split(path, '/'),
                             [&](std::string_view part) { return std::ranges::find(names, part) != names.end(); });
}

} // namespace

bool belongs_to_site(std::string_view feed_url, std::string_view site_url) {
  const std::string host = bare_host(site_url);
  if (host.empty() || bare_host(feed_url) != host) return false;
  std::string site = after_host(site_url).path;
  if (!site.ends_with('/')) site += '/';
  const AfterHost feed = after_host(feed_url);
  return feed.path.starts_with(site) && names_a_feed(std::string_view(feed.path).substr(site.size()), feed.query);
}

} // namespace milkrun::feed
