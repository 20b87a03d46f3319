// The two calls of the portal's REST plugin. Promise: the token and the key leave in their secret header only, and
// only 200 with the expected JSON counts as an answer.
#include "providers/portal/portal.hpp"

#include "base/json.hpp"
#include "base/mask.hpp"
#include "base/text.hpp"
#include "providers/portal/errors.hpp"
#include "providers/portal/tenant_list.hpp"

#include <algorithm>

namespace milkrun::portal {
namespace {

using nlohmann::json;

constexpr std::size_t max_list = std::size_t{16} * 1024 * 1024; // some 30,000 tenants
constexpr std::size_t max_receipt = std::size_t{64} * 1024;

// A receipt or a refusal; both are short, and what is not is looked into by nobody.
json parse(const std::string& body) {
  constexpr JsonLimits limits{.levels = 16, .values = 1'000};
  if (body.size() > max_receipt) return json(json::value_t::discarded);
  auto found = parse_noisy_json(body, limits);
  return found ? std::move(found->value) : json(json::value_t::discarded);
}

// Works for a portal with plain permalinks too, when its base address says "?rest_route=".
std::string route(const std::string& base, std::string_view name) {
  if (base.find("?rest_route=") != std::string::npos)
    return base.substr(0, base.find("?rest_route=")) + "?rest_route=/ltl-saas/v1/" + std::string(name);
  return http::join_url(base, "/wp-json/ltl-saas/v1/" + std::string(name));
}

std::string body_of(const Callback& callback) {
  // A number where it is one: the portal's own ids are integers.
  const auto number = text::to_int(callback.tenant_id);
  json body{{"tenant_id", number ? json(*number) : json(callback.tenant_id)},
            {"status", callback.status},
            {"execution_id", callback.execution_id},
            {"posts_created", callback.posts_created},
            {"attempts", std::clamp<std::int64_t>(callback.attempts, 1, 127)}, // a TINYINT column
            {"retry_backoff_ms", std::clamp<std::int64_t>(callback.retry_backoff_ms, 0, 2'147'483'647)}};
  if (!callback.started_at.empty()) body["started_at"] = callback.started_at;
  if (!callback.finished_at.empty()) body["finished_at"] = callback.finished_at;
  if (!callback.error_message.empty()) body["error_message"] = text::one_line(callback.error_message, 500);
  if (callback.last_http_status > 0 && callback.last_http_status < 1000)
    body["last_http_status"] = callback.last_http_status;
  if (callback.wp_post_id > 0) body["wp_post_id"] = callback.wp_post_id;
  // The portal keeps 8 kB of the whole object and shows its head: a longer address would only push the rest out.
  if (!callback.rss_item_url.empty() && callback.rss_item_url.size() <= 2048)
    body["rss_item_url"] = callback.rss_item_url;
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool clean_part(std::string_view part, std::size_t max_bytes) {
  return !part.empty() && part.size() <= max_bytes && std::ranges::all_of(part, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

std::string part_of(std::string_view part) {
  constexpr std::size_t max_bytes = 64;
  if (clean_part(part, max_bytes)) return std::string(part);
  std::string cleaned;
  for (const char c : text::lower(part.substr(0, 40))) cleaned += clean_part({&c, 1}, 1) ? c : '-';
  return cleaned + "-" + text::sha256_hex(part).substr(0, 16);
}

} // namespace

Client::Client(http::Client& http, const Credential& credential, Millis timeout)
    : http_(http), base_(text::trim(credential.base_url)), host_(credential.host), tenant_(credential.tenant),
      secret_(credential.secret), timeout_(timeout) {}

Expected<TenantList> Client::tenants() {
  if (secret_.empty()) return fail(Fault::setting, "portal.no_token");
  const http::Request request{.url = route(base_, "make/tenants"),
                              .headers = {{"Accept", "application/json"}},
                              .secret_headers = {{"X-LTL-SAAS-TOKEN", secret_, host_}},
                              .caller = {"operator", "portal"},
                              .timeout = timeout_,
                              .max_body = max_list,
                              .shared_host = true};
  http::Response response = TRY(http_.send(request));
  if (response.url.empty()) response.url = request.url;
  if (response.status == 200) {
    auto list = read_tenants(response.body);
    // Address and name become a credential's, which is stored as it is.
    Mask token;
    token.add(secret_);
    if (list)
      for (Tenant& tenant : list->tenants) {
        tenant.site_url = token.masked(std::move(tenant.site_url));
        tenant.wp_username = token.masked(std::move(tenant.wp_username));
      }
    if (list || list.error().reason.is("portal.list_too_long")) return list;
  }
  return std::unexpected(refusal(response, parse(response.body), Call::tenants, secret_));
}

Expected<Receipt> Client::report(const Callback& callback) {
  if (secret_.empty()) return fail(Fault::setting, "portal.no_key");
  const http::Request request{.method = "POST",
                              .url = route(base_, "run-callback"),
                              .headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}},
                              .secret_headers = {{"X-LTL-API-Key", secret_, host_}},
                              .body = body_of(callback),
                              .effect = http::Effect::repeatable,
                              .caller = {tenant_, "portal"},
                              .timeout = timeout_,
                              .max_body = max_receipt,
                              .may_be_cut = true,
                              .shared_host = true};
  http::Response response = TRY(http_.send(request));
  if (response.url.empty()) response.url = request.url;
  const json body = parse(response.body);
  const auto is_true = [&](const char* key) { return body.is_object() && body.value(key, json()) == json(true); };
  if (response.status == 200 && is_true("ok")) return Receipt{.repeated = is_true("idempotent")};
  return std::unexpected(refusal(response, body, Call::report, secret_));
}

std::string execution_id(std::string_view tenant_ref, std::string_view item_hash, std::string_view outcome) {
  const std::size_t colon = outcome.find(':');
  std::string id = "pf:" + part_of(tenant_ref) + ":" + part_of(item_hash) + ":" + part_of(outcome.substr(0, colon));
  if (colon != std::string_view::npos) id += ":" + part_of(outcome.substr(colon + 1));
  return id.size() <= 200 ? id : "pf:" + text::sha256_hex(id);
}

} // namespace milkrun::portal
