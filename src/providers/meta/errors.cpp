// The decision table: code and subcode say who has to act; HTTP status and words do not (Meta answers limits and dead
// tokens with 400, and rewrites its sentences). Only an answer without a code is judged by its status.
#include "providers/meta/errors.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace milkrun::meta {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

enum class Class { outage, rate, auth, perm, not_found, bad_request, policy, consent };

constexpr std::int64_t any = -1;
constexpr minutes hourly{15}, daily{60};

struct Row {
  std::int64_t first, last; // codes
  std::int64_t subcode;     // `any`, or exactly this one
  Class kind;
  ReasonCode reason;
  ParkScope scope = ParkScope::credential; // rate: what rests ...
  std::string_view type = "";              // ... by which rows of the usage header ("" = the app's) ...
  Millis least{0};                         // ... for how long at least
  std::string_view hint = "";
};

constexpr Row app_limit = {4, 4, any, Class::rate, "meta.app_limit", ParkScope::app, "", hourly};

constexpr ReasonCode missing = "meta.permission_missing", unseen = "meta.not_visible", refused = "meta.token_refused";

// The first row that fits is the one.
constexpr Row table[] = {
    {1, 1, any, Class::outage, "meta.unknown_error"},
    {2, 2, any, Class::outage, "meta.out_of_order"},
    {3, 3, any, Class::perm, "meta.app_lacks_capability"},
    app_limit,
    {10, 10, any, Class::perm, missing},
    {17, 17, any, Class::rate, "meta.user_limit", ParkScope::credential, "", hourly},
    {32, 32, any, Class::rate, "meta.page_limit", ParkScope::page, "pages", hourly, "use a Page token"},
    {100, 100, 33, Class::not_found, unseen},
    {100, 100, any, Class::bad_request, "meta.request_refused"},
    {104, 104, any, Class::auth, "meta.proof_refused"},
    {110, 110, 2207013, Class::not_found, unseen},
    {190, 190, 492, Class::perm, "meta.page_lost"},
    {102, 102, 458, Class::auth, "meta.app_removed"},
    {190, 190, 458, Class::auth, "meta.app_removed"},
    {102, 102, 459, Class::auth, "meta.signin_needed"},
    {190, 190, 459, Class::auth, "meta.signin_needed"},
    {102, 102, 460, Class::auth, "meta.password_changed"},
    {190, 190, 460, Class::auth, "meta.password_changed"},
    {102, 102, 463, Class::auth, "meta.token_expired"},
    {190, 190, 463, Class::auth, "meta.token_expired"},
    {102, 102, any, Class::auth, refused},
    {190, 190, any, Class::auth, refused},
    {230, 230, any, Class::consent, "meta.person_not_consented"},
    {200, 299, any, Class::perm, missing},
    {341, 341, any, Class::rate, "meta.app_limit", ParkScope::app, "", hourly},
    {368, 368, any, Class::policy, "meta.blocked_for_policy"},
    {613, 613, 1996, Class::rate, "meta.too_spiky", ParkScope::credential, "", hourly},
    {613, 613, any, Class::rate, "meta.endpoint_limit", ParkScope::credential, "", hourly},
    {803, 803, any, Class::not_found, unseen},
    {1705, 1705, any, Class::perm, "meta.wrong_token", ParkScope::credential, "", {}, "use a Page token"},
    {2500, 2500, any, Class::bad_request, "meta.request_refused"},
    {80001, 80001, any, Class::rate, "meta.page_limit", ParkScope::page, "pages", daily},
    {80002, 80002, any, Class::rate, "meta.account_limit", ParkScope::account, "instagram", daily},
    {80006, 80006, any, Class::rate, "meta.messaging_limit", ParkScope::page, "messenger", hourly},
    {80007, 80007, any, Class::rate, "meta.whatsapp_limit", ParkScope::account, "whatsapp", hourly},
    {80008, 80008, any, Class::rate, "meta.whatsapp_limit", ParkScope::account, "whatsapp_business_management", hourly},
};

constexpr Row row_without_code(int status) {
  if (status == 429) return app_limit;
  if (status >= 500) return {0, 0, any, Class::outage, "meta.service_error"};
  return {0, 0, any, Class::outage, "meta.unusable_answer"};
}

Row row_for(std::int64_t code, std::int64_t subcode, bool passes, int status) {
  const auto found = std::ranges::find_if(table, [&](const Row& row) {
    return row.first <= code && code <= row.last && (row.subcode == any || row.subcode == subcode);
  });
  const bool known = found != std::end(table);
  // What waits, or what a person must mend, is not made a matter of seconds by this flag.
  const bool may_pass = !known || found->kind == Class::bad_request || found->kind == Class::not_found;
  if (passes && may_pass && status != 429) return {0, 0, any, Class::outage, "meta.service_error"};
  if (known) return *found;
  if (status == 429 || status >= 500) return row_without_code(status);
  return {0, 0, any, Class::outage, "meta.unknown_code"};
}

Fault fault_of(Class kind) {
  switch (kind) {
  case Class::outage: return Fault::outage;
  case Class::rate: return Fault::rate_limited;
  case Class::auth:
  case Class::perm:
  case Class::policy: return Fault::setting;
  case Class::not_found:
  case Class::bad_request:
  case Class::consent: break;
  }
  return Fault::permanent;
}

Millis asked_by_header(const http::Response& response) { return http::retry_after(response).value_or(Millis(0)); }

std::string park_id(ParkScope scope, const Quarters& quarters) {
  if (scope == ParkScope::app) return quarters.app;
  return scope == ParkScope::credential ? "" : quarters.account;
}

void add_rest(Error& error, const Row& row, const http::Response& response, const Quarters& quarters) {
  if (row.kind == Class::policy) {
    // More calls lengthen the block.
    error.parks.push_back({ParkScope::credential, "", hours(24), error.reason});
  } else if (row.kind == Class::rate) {
    const Millis rest =
        std::max({row.least, regain_of(response, row.type, quarters.account), asked_by_header(response)});
    error.retry_after = rest;
    error.parks.push_back({row.scope, park_id(row.scope, quarters), rest, error.reason});
  } else if (const Millis asked = asked_by_header(response); row.kind == Class::outage && asked > Millis(0)) {
    error.retry_after = asked;
  }
}

std::string detail_for(const http::Response& response, const Json& error, std::string_view hint) {
  std::string detail = fmt::format("HTTP {}", response.status);
  if (!error.is_object()) return fmt::format("{} {}", detail, response.header("Content-Type"));
  detail += fmt::format(" code {}/{}", count_of(member(error, "code")).value_or(0),
                        count_of(member(error, "error_subcode")).value_or(0));
  if (!hint.empty()) detail += fmt::format(" ({})", hint);
  for (const char* key : {"type", "message", "error_user_title", "error_user_msg"})
    if (const std::string said = text_of(member(error, key), std::string::npos); !said.empty()) detail += " " + said;
  return detail;
}

// An app may demand the proof of its secret: refused with the code of a malformed request, yet no item's fault. The
// name of the parameter, unlike the sentence around it, is part of the API.
bool is_about_proof(std::int64_t code, const Json& error) {
  return code == 100 && text_of(member(error, "message"), 2000).find("appsecret_proof") != std::string::npos;
}

} // namespace

bool is_refusal(const http::Response& response, const Json& body) {
  return response.status < 200 || response.status >= 300 || !body.is_object() || !member(body, "error").is_null();
}

Refusal refusal_of(const http::Response& response, const Json& body, const Quarters& quarters) {
  const Json& said = member(body, "error");
  const std::int64_t code = count_of(member(said, "code")).value_or(0);
  const std::int64_t subcode = count_of(member(said, "error_subcode")).value_or(0);
  const bool passes = member(said, "is_transient") == Json(true);
  Row row = code == 0 ? row_without_code(response.status) : row_for(code, subcode, passes, response.status);
  if (is_about_proof(code, said)) row = row_for(104, 0, false, response.status);
  Refusal refusal{.error = {.fault = fault_of(row.kind),
                            .reason = row.reason,
                            .detail = detail_for(response, said, row.hint),
                            .http_status = response.status},
                  .code = code,
                  .trace = text_of(member(said, "fbtrace_id"), std::string::npos)};
  add_rest(refusal.error, row, response, quarters);
  for (const char* name : {"x-fb-trace-id", "x-fb-request-id"})
    if (refusal.trace.empty()) refusal.trace = response.header(name);
  return refusal;
}

} // namespace milkrun::meta
