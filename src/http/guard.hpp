// The address guard: tenants choose values, never destinations. It turns a URL into a Destination whose every
// address was judged; the transfer connects to those addresses and asks again before it sends.
#pragma once

#include "base/error.hpp"
#include "http/address.hpp"
#include "http/client.hpp"
#include "http/resolver.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace milkrun::http {

// An operator's exception ([[network.allow]]): these addresses are open to this tenant and service, by plain http
// and on any port too.
struct AllowEntry {
  Prefix prefix;
  std::string tenant;  // slug, or "*"
  std::string service; // "feed", "wordpress", ..., or "*"
};

// Fault::permanent with a detail that names the bad value.
Expected<AllowEntry> parse_allow(std::string_view cidr, std::string_view tenant, std::string_view service);

// Where a call may go. Only Guard makes one: locate(), then admit().
struct Destination {
  std::string url;  // in normal form: what the transfer must use
  std::string host; // as in the URL; IPv6 in brackets
  int port = 0;
  bool tls = false;
  bool literal = false; // the host is an address itself
  bool usual_port = true;
  bool entry_needed = false;      // plain http, an unusual port or a literal: every address needs an allow entry
  std::vector<Address> addresses; // judged; at least one after admit(); before it a literal's own
};

class Guard {
public:
  explicit Guard(std::vector<AllowEntry> allowed, std::vector<int> ports = {80, 443, 8080, 8443},
                 Resolve resolve = Resolver());

  // What the URL itself says: all of a destination but the addresses of a name. Permanent "network.bad_url".
  Expected<Destination> locate(std::string_view url) const;
  // The addresses of destination.host: as Resolve says. Not for a literal.
  std::optional<Addresses> look_up(const std::string& host, Resolved done) const {
    return resolve_(host, std::move(done));
  }
  // Judges all addresses and makes them the destination's. Permanent: "network.address_not_allowed" (the same for
  // every kind of closed address, so that nobody learns what listens where), "network.port_not_allowed",
  // "network.plain_http".
  Expected<void> admit(Destination& destination, std::vector<Address> addresses, const Caller& caller) const;

  // Public, or opened to this caller by an entry.
  bool address_allowed(const sockaddr& address, const Caller& caller) const;
  // The second check, on the address that is about to be used.
  bool permits(const Destination& destination, const Address& address, const Caller& caller) const;

private:
  bool covered(const Address& address, const Caller& caller) const;
  bool usual(int port) const;

  std::vector<AllowEntry> allowed_;
  std::vector<int> ports_;
  Resolve resolve_;
};

} // namespace milkrun::http
