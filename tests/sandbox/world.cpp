// The world's reset and its report, and the one switch from a target to the service that plays it.
#include "world.hpp"

namespace milkrun::sandbox {

namespace {

// The same key to the same recipient, whoever sent it; without a key, the same content from the same account.
Json doubles_of(const std::vector<Json>& messages) {
  std::map<Json, Json> groups;
  for (const Json& message : messages) {
    Json same = {message["to"], message["key"]};
    if (message["key"] == "") same = {message["to"], message["account"], message["text"], message["template"]};
    Json& group = groups[same];
    const int times = group.is_null() ? 1 : group["times"].get<int>() + 1;
    group = {{"to", message["to"]}, {"key", message["key"]}, {"text", message["text"]}, {"times", times}};
  }
  Json out = Json::array();
  for (const auto& [same, group] : groups)
    if (group["times"] > 1) out.push_back(group);
  return out;
}

} // namespace

Json with_all_parts(Json state) {
  for (const char* part : state_parts)
    if (!state.contains(part)) state[part] = Json::object();
  return state;
}

void World::reset(Json new_state) {
  state = with_all_parts(std::move(new_state));
  sites.clear();
  callbacks.clear();
  bad_tries.clear();
  ai_calls.clear();
  graph_calls.clear();
  messages.clear();
}

Json World::effects() const {
  Json posts = Json::object();
  Json terms = Json::object();
  Json media = Json::object();
  for (const auto& [name, site] : sites) {
    posts[name] = site.posts;
    terms[name] = site.terms;
    media[name] = site.media;
  }
  int calls = 0;
  for (const auto& [name, count] : ai_calls) calls += count;
  return {{"posts", posts},
          {"terms", terms},
          {"media", media},
          {"callbacks", callbacks},
          {"ai_calls", calls},
          {"ai", ai_calls},
          {"graph_calls", graph_calls},
          {"messages", messages},
          {"doubles", doubles_of(messages)}};
}

Answer play(World& world, const Ask& ask, const Target& target) {
  if (target.service == "portal") return play_portal(world, ask, target);
  if (target.service == "site") return play_site(world, ask, target);
  if (target.service == "feed") return play_feed(world, ask, target);
  if (target.service == "ai") return play_ai(world, ask, target);
  if (target.service == "graph") return play_graph(world, ask, target);
  if (target.service == "whatsapp") return play_whatsapp(world, ask, target);
  return {.status = 404, .type = "text/plain", .body = "nobody plays this address\n", .headers = {}};
}

} // namespace milkrun::sandbox
