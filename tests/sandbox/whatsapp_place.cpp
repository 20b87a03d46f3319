// Finds the sender and the account of a WhatsApp request, by address and credential. Configured paths come first.
#include "graph.hpp"
#include "whatsapp.hpp"
#include "words.hpp"

#include <regex>

namespace milkrun::sandbox {

namespace {

// The first group, or "" when the path is of another shape.
std::string part_of(const std::string& path, const std::regex& shape) {
  std::smatch found;
  return std::regex_match(path, found, shape) ? found[1].str() : "";
}

std::string phone_of(const Ask& ask) {
  const auto path = graph_path(ask.path);
  const bool fits = path && path->parts.size() == 2 && path->parts[1] == "messages" && ask.method == "POST";
  return fits ? path->parts[0] : "";
}

std::string instance_of(const std::string& path) {
  static const std::regex shape("/api/v1/instances/([^/]+)/client/action/send-message");
  return part_of(path, shape);
}

std::string sid_of(const std::string& path) {
  static const std::regex shape("/2010-04-01/Accounts/([^/]+)/Messages\\.json");
  return part_of(path, shape);
}

std::string own_path(const Json& account) {
  const std::string kind = setting(account, "kind", "cloud");
  if (kind == "gateway") return setting(account, "path", "/messages/send");
  return kind == "bearer" || kind == "generic" ? setting(account, "path") : "";
}

std::string session_of(const Ask& ask) {
  const std::string asked = ask.header("x-session-id");
  return asked.empty() ? "default" : asked;
}

bool basic_fits(const Json& account, const Ask& ask) {
  const std::string credential = ask.header("authorization");
  if (!credential.starts_with("Basic ")) return false;
  const std::string user = setting(account, "api_key", setting(account, "sid"));
  return decode_base64(credential.substr(6)) == user + ":" + setting(account, "token");
}

// The secret may be in any header or in the body; an account without one is open.
bool secret_shown(const Json& account, const Ask& ask) {
  const std::string secret = setting(account, "secret");
  if (secret.empty() || ask.body.find(secret) != std::string::npos) return true;
  for (const auto& [name, value] : ask.headers)
    if (value.find(secret) != std::string::npos) return true;
  return false;
}

bool credential_fits(const Json& account, const std::string& kind, const Ask& ask) {
  if (kind == "gateway")
    return !setting(account, "token").empty() && ask.header("x-api-key") == setting(account, "token");
  if (kind == "twilio") return basic_fits(account, ask);
  if (kind == "generic") return own_path(account) == ask.path && secret_shown(account, ask);
  return bears(ask, setting(account, "token"));
}

} // namespace

std::string whatsapp_kind(const World& world, const Ask& ask) {
  for (const auto& [name, account] : world.state.at("whatsapp").items())
    if (own_path(account) == ask.path) return setting(account, "kind", "cloud");
  if (!phone_of(ask).empty()) return "cloud";
  if (!instance_of(ask.path).empty()) return "waapi";
  return sid_of(ask.path).empty() ? "" : "twilio";
}

bool at_own_place(const Json& account, const Ask& ask) {
  const std::string kind = setting(account, "kind", "cloud");
  if (kind == "cloud") return setting(account, "phone_id") == phone_of(ask);
  if (kind == "waapi") return setting(account, "instance") == instance_of(ask.path);
  if (kind == "twilio") return setting(account, "sid") == sid_of(ask.path);
  if (kind == "gateway" && setting(account, "session", "default") != session_of(ask)) return false;
  return own_path(account) == ask.path;
}

std::string whatsapp_account(const World& world, const std::string& kind, const Ask& ask) {
  std::string found = "nobody";
  for (const auto& [name, account] : world.state.at("whatsapp").items()) {
    if (setting(account, "kind", "cloud") != kind || !credential_fits(account, kind, ask)) continue;
    if (at_own_place(account, ask)) return name;
    found = name;
  }
  return found;
}

} // namespace milkrun::sandbox
