// Decides by an allow-list of characters what a URL may look like, so that no second parser (a browser, WordPress)
// can read it differently. What it does not understand is not a link.
#include "content/link.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace milkrun::content {
namespace {

constexpr std::size_t max_url = 2048;

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_host_char(char c) { return is_alnum(c) || c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80; }

bool is_url_char(char c) {
  constexpr std::string_view refused = "\"'<>\\^`{|}";
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f && refused.find(c) == std::string_view::npos;
}

// "host" or "host:port" -> host in lower case; nullopt when it is anything else (user info, IPv6, empty).
std::optional<std::string> host_part(std::string_view authority) {
  const std::size_t colon = authority.find(':');
  if (colon != std::string_view::npos) {
    const auto port = text::to_int(authority.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535) return std::nullopt;
    authority = authority.substr(0, colon);
  }
  if (authority.ends_with('.')) authority.remove_suffix(1);
  if (authority.empty() || !std::ranges::all_of(authority, is_host_char)) return std::nullopt;
  return text::lower(authority);
}

} // namespace

std::optional<Link> safe_link(std::string_view raw) {
  const std::string_view url = text::trim(raw);
  if (url.size() > max_url || !std::ranges::all_of(url, is_url_char)) return std::nullopt;
  const std::size_t colon = url.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string scheme = text::lower(url.substr(0, colon));
  std::string_view rest = url.substr(colon + 1);
  if (scheme == "mailto") {
    if (rest.find('@') == std::string_view::npos) return std::nullopt;
    return Link{.url = scheme + ":" + std::string(rest), .host = ""};
  }
  if ((scheme != "http" && scheme != "https") || !rest.starts_with("//")) return std::nullopt;
  rest.remove_prefix(2);
  auto host = host_part(rest.substr(0, rest.find_first_of("/?#")));
  if (!host) return std::nullopt;
  return Link{.url = scheme + "://" + std::string(rest), .host = std::move(*host)};
}

bool host_among(std::string_view host, std::span<const std::string> hosts) {
  return std::ranges::any_of(hosts, [&](const std::string& allowed) {
    const std::string name = text::lower(allowed);
    return !name.empty() && (host == name || (host.ends_with(name) && host[host.size() - name.size() - 1] == '.'));
  });
}

} // namespace milkrun::content
