// Compares addresses, not spellings: hosts as the transfer sees them, "www." aside.
#include "providers/feed/own_site.hpp"

#include "http/client.hpp"

#include <string>

namespace milkrun::feed {
namespace {

std::string bare_host(std::string_view url) {
  const std::string host = http::host_of(url);
  return host.starts_with("www.") ? host.substr(4) : host;
}

// The path without query, fragment and trailing slashes; "" for the root.
std::string_view path_of(std::string_view url) {
  const std::size_t authority = url.find("://");
  const std::size_t start =
      authority == std::string_view::npos ? std::string_view::npos : url.find_first_of("/?#", authority + 3);
  if (start == std::string_view::npos || url[start] != '/') return {};
  std::string_view path = url.substr(start);
  path = path.substr(0, path.find_first_of("?#"));
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

} // namespace

bool belongs_to_site(std::string_view feed_url, std::string_view site_url) {
  const std::string site = bare_host(site_url);
  if (site.empty() || bare_host(feed_url) != site) return false;
  const std::string_view root = path_of(site_url), path = path_of(feed_url);
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

} // namespace milkrun::feed
