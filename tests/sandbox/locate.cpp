// Finds out who is asked at addresses that do not name it: Graph and WhatsApp tell their accounts apart by credentials.
#include "account.hpp"
#include "graph.hpp"
#include "whatsapp.hpp"
#include "world.hpp"

namespace milkrun::sandbox {

namespace {

std::string token_owner(const World& world, const Ask& ask) {
  for (const auto& [name, account] : world.state.at("graph").items())
    if (bears(ask, setting(account, "token"))) return name;
  return "nobody";
}

std::string graph_action(const GraphPath& path) {
  if (path.parts.size() == 1) return "node";
  const std::string& edge = path.parts[1];
  return path.parts.size() == 2 && (edge == "comments" || edge == "followers") ? edge : "other";
}

} // namespace

Target locate(const World& world, const Ask& ask) {
  const Target named = target_of(ask);
  if (!named.service.empty()) return named;
  if (const auto kind = whatsapp_kind(world, ask); !kind.empty())
    return {.service = "whatsapp", .who = whatsapp_account(world, kind, ask), .action = "send", .rest = ask.path};
  if (const auto path = graph_path(ask.path))
    return {.service = "graph", .who = token_owner(world, ask), .action = graph_action(*path), .rest = ask.path};
  return {};
}

} // namespace milkrun::sandbox
