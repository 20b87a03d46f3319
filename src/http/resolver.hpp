// Host names to addresses, without ever blocking longer than the caller is willing to wait.
#pragma once

#include "base/error.hpp"
#include "http/address.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace milkrun::http {

// How long to wait for an answer, and who may call the wait off.
struct Patience {
  Millis at_most{10'000};
  std::stop_token stop = {};
};

// Every address of a host, in order of preference. Errors: outage "network.name_not_found" (also for an empty
// answer) or "network.lookup_timed_out", aborted "network.stopped".
using Resolve = std::function<Expected<std::vector<Address>>(const std::string& host, const Patience&)>;

// A thread-safe resolver over a blocking lookup: one thread a lookup (at most 64), shared by all who ask for the
// same name, answers kept 60 s, failures not kept. A stuck lookup costs its waiters their patience, nothing more.
class Resolver {
public:
  using Lookup = std::function<Expected<std::vector<Address>>(const std::string& host)>;
  Resolver();                       // getaddrinfo
  explicit Resolver(Lookup lookup); // for tests
  Expected<std::vector<Address>> operator()(const std::string& host, const Patience& patience) const;

private:
  struct State;
  std::shared_ptr<State> state_; // outlives the resolver while a lookup is stuck
};

} // namespace milkrun::http
