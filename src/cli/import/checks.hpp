// Checks of single values of the import document. Each answers "", or what is wrong and the mend.
#pragma once

#include "base/clock.hpp"
#include "http/guard.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace milkrun::cli {

// Characters that steer a terminal or end a header's line: C0, DEL, C1, and without `breaks` whatever ends a line.
bool has_control(std::string_view text, bool breaks);

// [a-z0-9-]{1,63}, and not the reserved "operator".
std::string check_slug(std::string_view slug);

// The slug of a tenant: as above, or PORTAL.NAME for one that a portal's list made. No other slug has a dot, so that a
// document lands on such a tenant only when it says whose it is.
std::string check_tenant_slug(std::string_view slug);
bool is_of_portal(std::string_view tenant_slug);

std::string check_zone(std::string_view zone);
std::string check_zone_or_none(std::string_view zone); // "": the zone of what it belongs to

// An absolute http(s) URL with a host. Plain http only where an allow entry of the operator can cover the call of
// `service` for `tenant`; `tenant` "" = whichever tenant.
std::string check_url(const std::string& url, std::string_view tenant, std::string_view service,
                      std::span<const http::AllowEntry> allow);

// That no parameter of an address is called like a secret: addresses are stored in the clear and shown. `field` is
// where the secret belongs.
std::string check_no_secret(std::string_view url, std::string_view field);

// E.164: '+' and 8 to 15 digits, the first of which is none of a trunk prefix (0).
std::string check_phone(std::string_view phone);

// name@domain, one line, at most 254 bytes.
std::string check_email(std::string_view email);

// A tenant's own key of a contact: never to be taken for a phone or an address.
std::string check_ref(std::string_view ref);

// The time of something that has happened. One in the future would keep every later version of it out, and make of what
// is asked about it nonsense. Clocks differ by minutes; a date without an hour may be of a zone that is a day ahead.
std::string check_passed(Time at, const std::optional<Time>& now);

// What a message or a page may point to: "" or an absolute http(s) URL.
std::string check_link(const std::string& url);

// "FACEBOOK", "VISIT_PAGE": 1 to 40 of A-Z, 0-9 and _.
std::string check_upper_word(std::string_view word);

// An id as Meta has them, 1 to 128 letters, digits and _; or "".
std::string check_object_id(std::string_view id);

} // namespace milkrun::cli
