// URLs in untrusted HTML: which may stand in a published page.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace milkrun::content {

struct Link {
  std::string url;  // as it may be written into an attribute, before escaping
  std::string host; // lower case, without port; "" for mailto
};

// An absolute http, https or mailto URL without user info, at most 2,048 bytes; nullopt for everything else
// (other schemes, relative references, control characters, white space or backslashes inside).
std::optional<Link> safe_link(std::string_view raw);
// Is the host one of `hosts` or below one of them?
bool host_among(std::string_view host, std::span<const std::string> hosts);

} // namespace milkrun::content
