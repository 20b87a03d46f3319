// Faults on demand: what goes wrong on which route, how often.
#pragma once

#include "exchange.hpp"

#include <list>
#include <mutex>
#include <optional>

namespace milkrun::sandbox {

struct Fault {
  std::string route;    // a target's key, or its beginning up to a colon: "site:asha" means all of that site
  std::string kind;     // see README.md
  std::string contains; // only requests whose path or body has this text; "" = all
  int times = 1;        // -1 = for ever
  int skip = 0;         // let so many matching requests pass first
  int status = 0;       // 0 = the kind's own
  int ms = 0;
  std::size_t bytes = 0; // 0 = the kind's own
  std::string body;
  std::string location;
  Json headers = Json::object();
  bool process = true; // does the effect take place?
  Json asked;          // as posted
};

class Faults {
public:
  // "" or what is wrong with the request. Takes one fault or an array of them.
  std::string add(const Json& asked);
  // The first fault that wants this request; counts it.
  std::optional<Fault> take(const std::string& key, const Ask& ask);
  Json all() const; // those still waiting
  void clear();

private:
  mutable std::mutex lock_;
  std::list<Fault> faults_;
};

// Changes status, type, headers or body as the fault says; kinds that act on the wire leave the answer as it is.
void bend(const Fault& fault, Answer& answer);

} // namespace milkrun::sandbox
