// The address guard. It judges binary addresses after the name was looked up, refuses mixed answers whole, and
// fails closed: what cannot be parsed, resolved or recognised is refused.
#include "http/guard.hpp"

#include "base/text.hpp"
#include "http/parsed_url.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::http {
namespace {

constexpr std::size_t longest_url = 2048;
constexpr std::size_t most_addresses = 16; // tried per connection; a longer answer is cut after it was judged

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::ranges::all_of(
      label, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

// Letters, digits, hyphens, and the underscore that real sites have though no standard allows it; and the last label
// is no number, so that no resolver can read the name as an address.
bool is_host_name(std::string_view host) {
  const auto labels = text::split(host, '.');
  if (host.size() > 253 || !std::ranges::all_of(labels, is_label)) return false;
  const std::string_view last = labels.back();
  const bool digits = std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
  return !digits && !last.starts_with("0x");
}

std::optional<Address> literal(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return Address::parse(host);
}

// Where mail is handed in with a password; 25 is for servers among themselves.
bool is_submission(int port) { return port == 465 || port == 587 || port == 2525; }

std::unexpected<Error> refuse(Reason reason, std::string_view host) {
  return fail(Fault::setting, std::move(reason),
              fmt::format("{}: if this is meant, open it with a [[network.allow]] entry (cidr, tenant, service)",
                          text::one_line(host, 100)));
}

bool matches(std::string_view pattern, std::string_view value) { return pattern == "*" || pattern == value; }

} // namespace

Expected<AllowEntry> parse_allow(std::string_view cidr, std::string_view tenant, std::string_view service) {
  const auto prefix = Prefix::parse(cidr);
  if (!prefix) {
    return fail(
        Fault::permanent, "network.bad_allow_entry",
        fmt::format("cidr \"{}\" is not an address or a prefix such as 192.168.7.0/24", text::one_line(cidr, 80)));
  }
  if (tenant.empty()) return fail(Fault::permanent, "network.bad_allow_entry", "tenant is empty: give a slug or \"*\"");
  if (service.empty())
    return fail(Fault::permanent, "network.bad_allow_entry", "service is empty: give a name or \"*\"");
  return AllowEntry{.prefix = *prefix, .tenant = std::string(tenant), .service = std::string(service)};
}

Guard::Guard(std::vector<AllowEntry> allowed, std::vector<int> ports, Resolve resolve)
    : allowed_(std::move(allowed)), ports_(std::move(ports)), resolve_(std::move(resolve)) {}

bool Guard::covered(const Address& address, const Caller& caller) const {
  return std::ranges::any_of(allowed_, [&](const AllowEntry& e) {
    return matches(e.tenant, caller.tenant) && matches(e.service, caller.service) && e.prefix.contains(address);
  });
}

bool Guard::address_allowed(const sockaddr& address, const Caller& caller) const {
  const auto known = Address::from(address);
  return known && (is_public(*known) || covered(*known, caller));
}

bool Guard::permits(const Destination& destination, const Address& address, const Caller& caller) const {
  return covered(address, caller) || (!destination.entry_needed && is_public(address));
}

Expected<Destination> Guard::locate(std::string_view url) const {
  if (url.size() > longest_url) return fail(Fault::setting, "network.bad_url", "longer than 2048 bytes");
  auto parsed = parse_url(url);
  if (!parsed) parsed = parse_mail_url(url);
  const auto address = parsed ? literal(parsed->host) : std::nullopt;
  if (!parsed || (!address && !is_host_name(parsed->host))) {
    return fail(Fault::setting, "network.bad_url", "not an absolute http(s) or smtp(s) URL with a plain host name");
  }
  Destination out{.url = std::move(parsed->url),
                  .host = std::move(parsed->host),
                  .port = parsed->port,
                  .tls = parsed->tls,
                  .literal = address.has_value(),
                  .usual_port = parsed->mail ? is_submission(parsed->port) : usual(parsed->port),
                  .entry_needed = false,
                  .addresses = {}};
  out.entry_needed = address || !out.tls || !out.usual_port;
  if (address) out.addresses = {*address};
  return out;
}

bool Guard::usual(int port) const { return std::ranges::find(ports_, port) != ports_.end(); }

Expected<void> Guard::admit(Destination& destination, std::vector<Address> addresses, const Caller& caller) const {
  const auto open = [&](const Address& a) { return covered(a, caller); };
  const bool all_open = !addresses.empty() && std::ranges::all_of(addresses, open);
  const bool all_allowed = std::ranges::all_of(
      addresses, [&](const Address& a) { return open(a) || (!destination.literal && is_public(a)); });
  if (addresses.empty() || !all_allowed) return refuse("network.address_not_allowed", destination.host);
  if (!destination.tls && !all_open) return refuse("network.plain_http", destination.host);
  if (!destination.usual_port && !all_open) return refuse("network.port_not_allowed", destination.host);
  if (addresses.size() > most_addresses) addresses.resize(most_addresses);
  destination.addresses = std::move(addresses);
  return {};
}

} // namespace milkrun::http
