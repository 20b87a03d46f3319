// Everything the played services know: the configured state, and what requests have done to it.
#pragma once

#include "exchange.hpp"

#include <array>
#include <chrono>
#include <mutex>

namespace milkrun::sandbox {

// One WordPress: what was stored in it.
struct Site {
  std::vector<Json> posts; // as effects show them
  std::vector<Json> terms; // {id, taxonomy, name, slug}
  std::vector<Json> media; // {id, slug, alt_text, mime_type, source_url, bytes}
  int next_id = 100;
};

// The portal's count of bad logins of one client at one endpoint.
struct BadTries {
  int count = 0;
  std::chrono::steady_clock::time_point last;
};

inline constexpr std::array state_parts = {"portals", "sites", "feeds", "ai", "graph", "whatsapp"};

// Adds the parts of the state that are missing.
Json with_all_parts(Json state);

struct World {
  std::mutex lock; // held by whoever processes a request or looks in
  Json state = with_all_parts(Json::object());
  std::map<std::string, Site> sites;
  std::map<std::string, std::vector<Json>> callbacks; // per portal
  std::map<std::string, BadTries> bad_tries;
  std::map<std::string, int> ai_calls;    // per AI account
  std::map<std::string, int> graph_calls; // per Graph account; refused ones too
  std::vector<Json> messages;             // accepted by WhatsApp senders, in order

  // A new state makes a new world; its deeds are forgotten.
  void reset(Json new_state);
  // The deeds: {"posts":{site:[...]}, "terms":{...}, "media":{...}, "callbacks":{portal:[...]}, "ai_calls":N,
  // "ai":{name:N}, "graph_calls":{name:N}, "messages":[...], "doubles":[{"to","key","text","times"}]}.
  Json effects() const;
};

// The services. Each is called with the world's lock held.
Answer play_portal(World& world, const Ask& ask, const Target& target);
Answer play_site(World& world, const Ask& ask, const Target& target);
Answer play_feed(World& world, const Ask& ask, const Target& target);
Answer play_ai(World& world, const Ask& ask, const Target& target);
Answer play_graph(World& world, const Ask& ask, const Target& target);
Answer play_whatsapp(World& world, const Ask& ask, const Target& target);
Answer play(World& world, const Ask& ask, const Target& target);

// Finds out who is asked, also where only the credential says it. With the lock held, too.
Target locate(const World& world, const Ask& ask);

} // namespace milkrun::sandbox
