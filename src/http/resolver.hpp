// Host names to addresses, without ever blocking the one who asks.
#pragma once

#include "base/error.hpp"
#include "http/address.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace milkrun::http {

// Every address of a host, in order of preference; or transient "network.name_not_found" (also when there is none).
using Addresses = Expected<std::vector<Address>>;
using Resolved = std::function<void(const Addresses&)>;

// Asks for a host. What is known comes back at once and `done` is dropped; otherwise nullopt, and `done` is called
// once, later, on some other thread.
using Resolve = std::function<std::optional<Addresses>(const std::string& host, Resolved done)>;

// A thread-safe resolver over a blocking lookup: at most 128 at a time, all who ask for one name share one, answers are
// kept 60 s, failures are not. Who waits must bring his own patience: a stuck lookup cannot be called off. The names
// below one domain hold at most 8 places, so that its name server, when it is slow, stops nobody else.
class Resolver {
public:
  using Lookup = std::function<Addresses(const std::string& host)>;
  Resolver();                       // getaddrinfo
  explicit Resolver(Lookup lookup); // for tests
  std::optional<Addresses> operator()(const std::string& host, Resolved done) const;

private:
  struct State;
  std::shared_ptr<State> state_; // outlives the resolver while a lookup is stuck
};

// The domain whose name server most likely answers for the host: "a.example.org" -> "example.org",
// "a.example.co.uk" -> "example.co.uk".
std::string_view domain_of(std::string_view host);

} // namespace milkrun::http
