// The Graph API: whose token it is, whether it is alive, proven and within its limit, and what it may then see.
// A foreign object and an object that does not exist look the same, as they do to a real token.
#include "graph.hpp"

#include "account.hpp"
#include "words.hpp"
#include "world.hpp"

#include <fmt/core.h>
#include <openssl/hmac.h>
#include <regex>

namespace milkrun::sandbox {

namespace {

Answer bad_token(const std::string& message, int subcode) {
  return graph_error({.code = 190, .subcode = subcode, .message = message, .details = ""});
}

std::string proof_of(const std::string& secret, const std::string& token) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest, &size);
  std::string out;
  for (unsigned int i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

std::optional<Answer> unproven(const Ask& ask, const Json& account) {
  const std::string secret = setting(account, "app_secret");
  if (secret.empty()) return std::nullopt;
  const std::string sent = ask.param("appsecret_proof");
  if (sent == proof_of(secret, setting(account, "token"))) return std::nullopt;
  return graph_error({.code = 100,
                      .message = sent.empty() ? "API calls from the server require an appsecret_proof argument"
                                              : "Invalid appsecret_proof provided in the API argument",
                      .details = ""});
}

// Code 4 belongs to the app: calls of all its accounts count, and all its accounts are refused.
std::optional<Answer> over_limit(const World& world, const std::string& who) {
  const Json& accounts = world.state.at("graph");
  const std::string app = setting(accounts[who], "app_id");
  for (const auto& [name, account] : accounts.items()) {
    if (!account.contains("limit")) continue;
    const int code = account["limit"].value("code", 4);
    const bool shared = code == 4 && !app.empty() && setting(account, "app_id") == app;
    if (name != who && !shared) continue;
    int calls = 0;
    for (const auto& [caller, count] : world.graph_calls)
      if (caller == who || (shared && setting(accounts.value(caller, Json::object()), "app_id") == app)) calls += count;
    if (calls > account["limit"].value("after", 0))
      return graph_error(
          {.code = code, .message = "(#" + std::to_string(code) + ") request limit reached", .details = ""});
  }
  return std::nullopt;
}

std::optional<Answer> refused(World& world, const Ask& ask, const std::string& who, const GraphPath& path) {
  Json& account = world.state["graph"][who];
  if (!path.host.empty() && path.host != setting(account, "host", "graph.facebook.com"))
    return bad_token("Invalid OAuth access token - Cannot parse access token", 0);
  if (account.contains("dead") && account["dead"] != false)
    return bad_token("Error validating access token: Session has expired",
                     account["dead"].is_number() ? account["dead"].get<int>() : 463);
  if (auto refusal = unproven(ask, account)) return refusal;
  if (auto refusal = over_limit(world, who)) return refusal;
  if (const auto planned = next_planned(account, ask)) return planned_graph_error(*planned);
  return std::nullopt;
}

Answer edge_of(const GraphVisit& visit) {
  const std::string& id = visit.path.parts[0];
  const std::string& edge = visit.path.parts[1];
  const bool own = id == "me" || id == setting(visit.account, "id");
  const Json objects = visit.account.value("objects", Json::object());
  if (!own && !objects.contains(id)) return no_such_object(id);
  const bool blind = visit.account.value("missing_scope", false);
  if (edge == "comments" && !own)
    return blind ? json_answer(200, {{"data", Json::array()}}) : comments_of(visit, objects[id]);
  if (edge != "followers" || !own || !visit.account.contains("followers")) return no_such_field(edge);
  if (blind) return json_answer(200, {{"data", Json::array()}});
  return page_answer(visit, visit.account["followers"].get<std::vector<Json>>(), 100, true,
                     [](const Json& follower) { return follower; });
}

Answer answered(World& world, const Ask& ask, const std::string& who, const GraphPath& path) {
  if (auto refusal = refused(world, ask, who, path)) return *refusal;
  const auto fields = read_fields(ask.param("fields"));
  if (!fields) return graph_error({.code = 2500, .message = "Syntax error in fields", .details = ""});
  if (ask.method != "GET") return graph_error({.code = 100, .message = "Unsupported request method", .details = ""});
  const GraphVisit visit{ask, who, world.state["graph"][who], path, *fields};
  if (path.parts.size() == 1) return node_of(visit);
  if (path.parts.size() == 2) return edge_of(visit);
  return graph_error({.code = 2500, .message = "Unknown path components: " + ask.path, .details = ""});
}

} // namespace

std::optional<GraphPath> graph_path(const std::string& path) {
  static const std::regex shape("(?:/(graph\\.(?:facebook|instagram)\\.com))?/(v[0-9]+\\.[0-9]+)/([^/].*?)/?");
  std::smatch found;
  if (!std::regex_match(path, found, shape)) return std::nullopt;
  return GraphPath{.host = found[1], .version = found[2], .parts = split(found[3].str(), '/')};
}

Answer play_graph(World& world, const Ask& ask, const Target& target) {
  const GraphPath path = graph_path(ask.path).value();
  if (!world.state["graph"].contains(target.who))
    return ask.header("authorization").empty()
               ? graph_error(
                     {.code = 2500,
                      .message = "An active access token must be used to query information about the current user.",
                      .details = ""})
               : bad_token("Invalid OAuth access token - Cannot parse access token", 0);
  ++world.graph_calls[target.who];
  Answer answer = answered(world, ask, target.who, path);
  const Json& account = world.state["graph"][target.who];
  answer.headers.emplace_back("facebook-api-version", setting(account, "answers_as", path.version));
  const Json usage = account.value("usage", Json::object());
  for (const auto& [name, value] : usage.items())
    answer.headers.emplace_back(name, value.is_string() ? value.get<std::string>() : dump(value));
  return answer;
}

} // namespace milkrun::sandbox
