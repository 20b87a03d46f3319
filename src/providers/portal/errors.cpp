// Tells the portal's refusals apart. Its 429 is no matter of speed: it means wrong secrets lately, blocks the
// address for 15 minutes and starts anew with each further try, so all of these park the portal for as long.
#include "providers/portal/errors.hpp"

#include "base/mask.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <string>

namespace milkrun::portal {
namespace {

using std::chrono::minutes;

constexpr Millis block = minutes(15);

struct Row {
  Fault fault;
  ReasonCode reason;
  Millis rest{0}; // of the whole portal
};

Row refused_secret(const nlohmann::json& body, int status, Call call) {
  if (!body.is_object() && status == 403) return {Fault::outage, "portal.blocked_by_firewall", block};
  if (call == Call::report) return {Fault::setting, "portal.key_refused", block};
  if (text_of(body, "message").find("HTTPS required") != std::string_view::npos)
    return {Fault::setting, "portal.https_required", block};
  return {Fault::setting, "portal.token_refused", block};
}

// What the portal, or the WordPress it runs on, says of this very callback. Any other 400 is a word that nobody knows,
// perhaps of a plugin in front: a callback counts a post, so it is told until somebody does know.
bool is_malformed(const nlohmann::json& body) {
  const std::string_view code = text_of(body, "code");
  return text_of(body, "error") == "Missing tenant_id or status" || code == "rest_invalid_json" ||
         code == "rest_invalid_param";
}

Row row_for(int status, const nlohmann::json& body, Call call) {
  const bool report = call == Call::report;
  if (status >= 500)
    return {Fault::outage, status == 503 ? ReasonCode("portal.not_available") : ReasonCode("portal.server_error")};
  if (status < 300)
    return {Fault::outage, report ? ReasonCode("portal.answer_not_receipt") : ReasonCode("portal.answer_not_list")};
  if (status < 400) return {Fault::setting, "portal.redirects"};
  switch (status) {
  case 401:
  case 403: return refused_secret(body, status, call);
  case 404:
    if (text_of(body, "code") == "rest_no_route")
      return {Fault::outage, "portal.plugin_missing"}; // off while it is updated
    return {Fault::setting, "portal.no_api"};
  case 408: return {Fault::outage, "portal.request_timed_out"};
  case 429:
    return {Fault::rate_limited,
            report ? ReasonCode("portal.blocked_after_wrong_keys") : ReasonCode("portal.blocked_after_wrong_tokens"),
            block};
  default: break;
  }
  if (report && text_of(body, "error") == "unknown_tenant") return {Fault::permanent, "portal.unknown_tenant"};
  if (report && status == 400 && is_malformed(body)) return {Fault::permanent, "portal.callback_refused"};
  return {Fault::outage, report ? ReasonCode("portal.callback_refused") : ReasonCode("portal.request_refused")};
}

// A cut may leave half of a secret, which no mask knows: hidden first, cut afterwards.
std::string detail_of(const http::Response& response, const nlohmann::json& body, const Secret& secret) {
  std::string detail = "HTTP " + std::to_string(response.status);
  for (const char* key : {"code", "error", "message"})
    if (const auto said = text_of(body, key); !said.empty())
      detail.append(" ").append(text::clip(hide(std::string(said), {secret}), 400));
  if (body.is_discarded()) detail.append(" ").append(hide(std::string(response.header("Content-Type")), {secret}));
  if (response.status >= 300 && response.status < 400) {
    const std::string target = http::resolve_url(response.url, response.header("Location"));
    detail += hide(" to " + target.substr(0, target.find(':')) + "://" + http::host_of(target), {secret});
  }
  return text::one_line(text::trim(detail), 300);
}

} // namespace

std::string_view text_of(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? std::string_view(found->get_ref<const std::string&>())
                                                     : std::string_view();
}

Error refusal(const http::Response& response, const nlohmann::json& body, Call call, const Secret& secret) {
  Row row = row_for(response.status, body, call);
  Error error{.fault = row.fault,
              .reason = row.reason,
              .detail = detail_of(response, body, secret),
              .http_status = response.status};
  if (const auto asked = http::retry_after(response); response.status == 503 && asked) {
    row.rest = *asked;
    error.retry_after = row.rest;
  }
  if (row.rest > Millis(0)) {
    if (row.fault == Fault::rate_limited) error.retry_after = row.rest;
    error.parks.push_back({ParkScope::portal, "", row.rest, error.reason});
  }
  // Of this callback, perhaps: the others do not wait for it.
  if (call == Call::report && response.status == 400 && row.fault == Fault::outage)
    error.parks.push_back({ParkScope::page, "", Millis(0), error.reason});
  return error;
}

} // namespace milkrun::portal
