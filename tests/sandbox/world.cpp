// The world's reset and its report, and the one switch from a target to the service that plays it.
#include "world.hpp"

namespace milkrun::sandbox {

Json with_all_parts(Json state) {
  for (const char* part : {"portals", "sites", "feeds", "ai"})
    if (!state.contains(part)) state[part] = Json::object();
  return state;
}

void World::reset(Json new_state) {
  state = with_all_parts(std::move(new_state));
  sites.clear();
  callbacks.clear();
  bad_tries.clear();
  ai_calls.clear();
}

Json World::effects() const {
  Json posts = Json::object();
  Json terms = Json::object();
  for (const auto& [name, site] : sites) {
    posts[name] = site.posts;
    terms[name] = site.terms;
  }
  int calls = 0;
  for (const auto& [name, count] : ai_calls) calls += count;
  return {{"posts", posts}, {"terms", terms}, {"callbacks", callbacks}, {"ai_calls", calls}, {"ai", ai_calls}};
}

Answer play(World& world, const Ask& ask, const Target& target) {
  if (target.service == "portal") return play_portal(world, ask, target);
  if (target.service == "site") return play_site(world, ask, target);
  if (target.service == "feed") return play_feed(world, ask, target);
  if (target.service == "ai") return play_ai(world, ask, target);
  return {.status = 404, .type = "text/plain", .body = "nobody plays this address\n", .headers = {}};
}

} // namespace milkrun::sandbox
