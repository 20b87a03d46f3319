// Everything the played services know: the configured state, and what requests have done to it.
#pragma once

#include "exchange.hpp"

#include <chrono>
#include <mutex>

namespace milkrun::sandbox {

// One WordPress: what was stored in it.
struct Site {
  std::vector<Json> posts; // as effects show them
  std::vector<Json> terms; // {id, taxonomy, name, slug}
  int next_id = 100;
};

// The portal's count of bad logins of one client at one endpoint.
struct BadTries {
  int count = 0;
  std::chrono::steady_clock::time_point last;
};

// Adds the parts of the state (portals, sites, feeds, ai) that are missing.
Json with_all_parts(Json state);

struct World {
  std::mutex lock; // held by whoever processes a request or looks in
  Json state = with_all_parts(Json::object());
  std::map<std::string, Site> sites;
  std::map<std::string, std::vector<Json>> callbacks; // per portal
  std::map<std::string, BadTries> bad_tries;
  std::map<std::string, int> ai_calls; // per AI account

  // A new state makes a new world; its deeds are forgotten.
  void reset(Json new_state);
  // The deeds: {"posts":{site:[...]}, "terms":{...}, "callbacks":{portal:[...]}, "ai_calls":N, "ai":{name:N}}.
  Json effects() const;
};

// The services. Each is called with the world's lock held.
Answer play_portal(World& world, const Ask& ask, const Target& target);
Answer play_site(World& world, const Ask& ask, const Target& target);
Answer play_feed(World& world, const Ask& ask, const Target& target);
Answer play_ai(World& world, const Ask& ask, const Target& target);
Answer play(World& world, const Ask& ask, const Target& target);

} // namespace milkrun::sandbox
