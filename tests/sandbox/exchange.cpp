// Finds out which played service a request is for, by its address alone.
#include "exchange.hpp"

#include "words.hpp"

#include <algorithm>

namespace milkrun::sandbox {

namespace {

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// The REST route behind /wp-json or in ?rest_route=; "" when the request is for a page.
std::string rest_route(const Ask& ask, const std::string& path) {
  const std::string asked = ask.param("rest_route");
  if (!asked.empty() && (path == "/" || path.empty() || path == "/index.php")) return without_trailing_slash(asked);
  if (path == "/wp-json" || path == "/wp-json/") return "/";
  if (path.starts_with("/wp-json/")) return without_trailing_slash(path.substr(8));
  return "";
}

std::string portal_action(const std::string& rest) {
  if (rest == "/ltl-saas/v1/make/tenants") return "tenants";
  if (rest == "/ltl-saas/v1/run-callback") return "callback";
  if (rest == "/ltl-saas/v1/health") return "health";
  return "other";
}

std::string posts_action(const std::string& method, bool one) {
  if (method == "DELETE") return "delete";
  const bool read = method == "GET" || method == "HEAD";
  if (one) return read ? "get" : "update";
  return read ? "find" : "create";
}

std::string site_action(const Ask& ask, const std::string& rest, const std::string& path) {
  if (rest == "/") return "root";
  if (rest == "/wp/v2/users/me") return "me";
  if (rest == "/wp/v2/posts") return posts_action(ask.method, false);
  if (rest.starts_with("/wp/v2/posts/")) return posts_action(ask.method, true);
  if (rest.starts_with("/wp/v2/tags") || rest.starts_with("/wp/v2/categories")) return "terms";
  if (rest == "/wp/v2/media") return "media";
  if (!rest.empty()) return "rest";
  if (path.ends_with("/feed") || path.ends_with("/feed/") || !ask.param("feed").empty()) return "feed";
  return path.empty() || path == "/" || path == "/index.php" ? "home" : "page";
}

} // namespace

std::string Ask::header(const std::string& lower_name) const {
  const auto at = headers.find(lower_name);
  return at == headers.end() ? "" : at->second;
}

std::string Ask::param(const std::string& name) const {
  const auto at = params.find(name);
  return at == params.end() ? "" : at->second;
}

std::string Target::key() const {
  std::string out = service + ":" + who;
  if (!action.empty()) out += ":" + action;
  return out;
}

Target target_of(const Ask& ask) {
  const auto name_at = ask.path.find('/', 1);
  if (name_at == ask.path.npos) return {};
  const auto rest_at = ask.path.find('/', name_at + 1);
  Target target{.service = ask.path.substr(1, name_at - 1),
                .who = ask.path.substr(name_at + 1, rest_at == ask.path.npos ? rest_at : rest_at - name_at - 1),
                .action = "",
                .rest = rest_at == ask.path.npos ? "" : ask.path.substr(rest_at)};
  if (target.service == "feed" || target.service == "ai" || target.service == "trap") return target;
  const std::string path = target.rest;
  if (target.service == "portal" || target.service == "site") target.rest = rest_route(ask, path);
  if (target.service == "portal")
    target.action = portal_action(target.rest);
  else if (target.service == "site")
    target.action = site_action(ask, target.rest, path);
  else
    return {};
  return target;
}

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

Answer json_answer(int status, const Json& value) { return {.status = status, .body = dump(value), .headers = {}}; }

} // namespace milkrun::sandbox
