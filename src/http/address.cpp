// Binary IP addresses: parsing, prefixes, and the one list of ranges that are not the public internet.
// Whatever is not known to be public is not public: IPv6 is an allow-list (2000::/3 minus exceptions).
#include "http/address.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

namespace milkrun::http {
namespace {

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

constexpr std::array<std::string_view, 19> closed_v4{
    "0.0.0.0/8",        "10.0.0.0/8",    "100.64.0.0/10",   "127.0.0.0/8",     "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24",     "192.0.2.0/24",  "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
    "192.175.48.0/24",  "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",  "224.0.0.0/4",    "240.0.0.0/4",
    "168.63.129.16/32", // Azure's platform service: inside a public range, reachable from every Azure machine
};
constexpr std::array<std::string_view, 4> closed_v6{"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"};

std::vector<Prefix> prefixes(auto const& list) {
  std::vector<Prefix> out;
  out.reserve(list.size());
  for (const std::string_view text : list) out.push_back(Prefix::parse(text).value());
  return out;
}

bool any_contains(const std::vector<Prefix>& list, const Address& address) {
  return std::ranges::any_of(list, [&](const Prefix& p) { return p.contains(address); });
}

std::vector<Address> read_own_addresses() {
  std::vector<Address> out;
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return out;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list(raw, &freeifaddrs);
  for (const ifaddrs* i = raw; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr) continue;
    if (auto address = Address::from(*i->ifa_addr)) out.push_back(*address);
  }
  return out;
}

} // namespace

std::optional<Address> Address::parse(std::string_view text) {
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  Address out;
  if (inet_pton(AF_INET6, terminated.c_str(), out.bytes_.data()) == 1) return out;
  if (inet_pton(AF_INET, terminated.c_str(), out.bytes_.data() + mapped.size()) != 1) return std::nullopt;
  std::ranges::copy(mapped, out.bytes_.begin());
  return out;
}

std::optional<Address> Address::from(const sockaddr& socket_address) {
  Address out;
  if (socket_address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &socket_address, sizeof in);
    std::ranges::copy(mapped, out.bytes_.begin());
    std::memcpy(out.bytes_.data() + mapped.size(), &in.sin_addr, sizeof in.sin_addr);
    return out;
  }
  if (socket_address.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 in{};
  std::memcpy(&in, &socket_address, sizeof in);
  std::memcpy(out.bytes_.data(), &in.sin6_addr, sizeof in.sin6_addr);
  return out;
}

bool Address::v4() const { return std::equal(mapped.begin(), mapped.end(), bytes_.begin()); }

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (v4())
    inet_ntop(AF_INET, bytes_.data() + mapped.size(), buffer.data(), buffer.size());
  else
    inet_ntop(AF_INET6, bytes_.data(), buffer.data(), buffer.size());
  return buffer.data();
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const bool dotted_only = text.substr(0, slash).find(':') == std::string_view::npos;
  const int width = dotted_only ? 32 : 128;
  std::int64_t bits = width;
  if (slash != std::string_view::npos) {
    const auto given = milkrun::text::to_int(text.substr(slash + 1));
    if (!given || *given < 0 || *given > width) return std::nullopt;
    bits = *given;
  }
  Prefix out;
  out.base_ = *address;
  out.bits_ = static_cast<int>(bits) + (128 - width);
  for (int bit = out.bits_; bit < 128; ++bit) {
    const unsigned byte = address->bytes()[static_cast<std::size_t>(bit) / 8];
    if ((byte >> (7 - bit % 8) & 1U) != 0) return std::nullopt;
  }
  return out;
}

bool Prefix::contains(const Address& address) const {
  if (base_.v4() != address.v4()) return false;
  const auto whole = static_cast<std::size_t>(bits_ / 8);
  const auto &a = base_.bytes(), &b = address.bytes();
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  const int rest = bits_ % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

bool is_public(const Address& address) {
  static const std::vector<Prefix> v4 = prefixes(closed_v4), v6 = prefixes(closed_v6);
  static const Prefix global_unicast = Prefix::parse("2000::/3").value();
  static const std::vector<Address> own = read_own_addresses();
  if (std::ranges::find(own, address) != own.end()) return false;
  if (address.v4()) return !any_contains(v4, address);
  return global_unicast.contains(address) && !any_contains(v6, address);
}

} // namespace milkrun::http
