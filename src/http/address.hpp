// IP addresses and prefixes as binary values: the guard judges these, never text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace milkrun::http {

// An IPv4 or IPv6 address. IPv4 is kept as ::ffff:a.b.c.d, so a v4-mapped IPv6 address IS its IPv4 address.
class Address {
public:
  // "192.0.2.1" or "2001:db8::1"; no brackets, no zone, no other spelling.
  static std::optional<Address> parse(std::string_view text);
  // nullopt for families other than IPv4 and IPv6.
  static std::optional<Address> from(const sockaddr& socket_address);

  bool v4() const;
  std::string text() const; // dotted, or IPv6 without brackets
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  bool operator==(const Address&) const = default;

private:
  std::array<std::uint8_t, 16> bytes_{};
};

// A CIDR prefix. An IPv6 prefix never covers IPv4 addresses ("::/0" is all of IPv6 and nothing else).
class Prefix {
public:
  // "10.0.0.0/8", "fc00::/7"; a bare address is /32 or /128. nullopt when malformed or bits beyond the prefix are set.
  static std::optional<Prefix> parse(std::string_view text);
  bool contains(const Address& address) const;

private:
  Address base_;
  int bits_ = 128; // counted in the 128-bit form
};

// True for addresses of the public internet. False for every range that is private, local, shared, reserved,
// multicast, documentation or a transition mechanism (IANA special-purpose registries; RFC 6890 and updates), for
// the well-known metadata services of clouds, and for the addresses of this machine's own interfaces.
bool is_public(const Address& address);

} // namespace milkrun::http
