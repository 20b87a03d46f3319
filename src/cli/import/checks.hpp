// Checks of single values of the import document. Each answers "", or what is wrong and the mend.
#pragma once

#include "http/guard.hpp"

#include <span>
#include <string>
#include <string_view>

namespace milkrun::cli {

// [a-z0-9-]{1,63}, and not the reserved "operator".
std::string check_slug(std::string_view slug);

std::string check_zone(std::string_view zone);

// An absolute http(s) URL with a host. Plain http only where an allow entry of the operator can cover the call of
// `service` for `tenant`; `tenant` "" = whichever tenant.
std::string check_url(const std::string& url, std::string_view tenant, std::string_view service,
                      std::span<const http::AllowEntry> allow);

// Whether a feed looks like one of the site the posts go to: what is published would come back as news for ever.
bool feeds_itself(const std::string& site_url, const std::string& feed_url);

} // namespace milkrun::cli
