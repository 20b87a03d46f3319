// Single values of the import document.
#include "cli/import/checks.hpp"

#include "base/shown.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "base/zone.hpp"
#include "http/client.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::cli {
namespace {

// "127.0.0.1" of "127.0.0.1:8080", "::1" of "[::1]:8080".
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

bool fits(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

bool could_cover(const http::AllowEntry& entry, std::string_view host, std::string_view tenant,
                 std::string_view service) {
  const auto matches = [](std::string_view pattern, std::string_view value) {
    return pattern == "*" || pattern == value;
  };
  if (!(tenant.empty() || matches(entry.tenant, tenant)) || !matches(entry.service, service)) return false;
  const auto address = http::Address::parse(without_port(host));
  return !address || entry.prefix.contains(*address); // a name is judged by the addresses it has when it is called
}

} // namespace

bool has_control(std::string_view text, bool breaks) {
  while (!text.empty()) {
    const text::Decoded next = text::decode_utf8(text);
    const char32_t c = next.code_point;
    const bool ends_line = c == '\n' || c == 0x2028 || c == 0x2029;
    if (ends_line ? !breaks : is_control(c)) return true;
    text.remove_prefix(next.size);
  }
  return false;
}

std::string check_slug(std::string_view slug) {
  if (slug == "operator") return "is \"operator\", which is reserved; choose another";
  if (!slug.empty() && slug.size() <= 63 && std::ranges::all_of(slug, fits)) return {};
  return fmt::format("is \"{}\"; it must be 1 to 63 of a-z, 0-9 and -", text::one_line(slug, 80));
}

bool is_of_portal(std::string_view tenant_slug) { return tenant_slug.contains('.'); }

std::string check_tenant_slug(std::string_view slug) {
  const std::size_t dot = slug.find('.');
  if (dot == std::string_view::npos) return check_slug(slug);
  const std::string_view name = slug.substr(dot + 1);
  constexpr std::size_t longest = 80; // an id of 64, and what tells two alike apart
  if (check_slug(slug.substr(0, dot)).empty() && !name.empty() && name.size() <= longest &&
      std::ranges::all_of(name, fits))
    return {};
  return fmt::format("is \"{}\"; a portal's tenant is written PORTAL.NAME, both of a-z, 0-9 and -",
                     text::one_line(slug, 80));
}

std::string check_passed(Time at, const std::optional<Time>& now) {
  constexpr Millis clocks_differ{5 * 60'000}, zones_differ{24 * 3'600'000};
  const bool is_date = std::chrono::floor<std::chrono::days>(at) == at;
  if (!now || at <= *now + (is_date ? zones_differ : clocks_differ)) return {};
  return fmt::format(
      "is \"{}\", which has not come yet (it is {}); give the time in UTC at which it happened, or leave "
      "it out",
      zone::utc(at), zone::utc(*now));
}

std::string check_zone(std::string_view zone) {
  if (zone::exists(zone)) return {};
  return fmt::format("is \"{}\", which is no time zone of this system; use an IANA name such as \"Europe/Berlin\"",
                     text::one_line(zone, 80));
}

std::string check_zone_or_none(std::string_view zone) { return zone.empty() ? "" : check_zone(zone); }

std::string check_url(const std::string& url, std::string_view tenant, std::string_view service,
                      std::span<const http::AllowEntry> allow) {
  const std::string host = http::host_of(url);
  if (host.empty() || url.size() > 2048)
    return fmt::format("is \"{}\"; it must be an absolute https URL without a user name, such as https://example.org/",
                       shown::url(url));
  if (text::lower(url.substr(0, 6)) == "https:") return {};
  if (std::ranges::any_of(allow, [&](const auto& entry) { return could_cover(entry, host, tenant, service); }))
    return {};
  return fmt::format("is \"{}\": plain http; use https, or open the address to {} in the configuration with a "
                     "[[network.allow]] entry (cidr, tenant = \"{}\", service = \"{}\")",
                     shown::url(url), service, tenant.empty() ? "*" : tenant, service);
}

std::string check_no_secret(std::string_view url, std::string_view field) {
  const std::string secret = shown::secret_of_url(url);
  return secret.empty() ? ""
                        : fmt::format("has {}, which looks like a secret: addresses are not sealed; give it as \"{}\"",
                                      secret, field);
}

} // namespace milkrun::cli
