// Classified by code and never by words or status (developers.facebook.com/docs/whatsapp/cloud-api, error codes; the
// envelope is the Graph API's): several codes that refuse come below a 500 or a 503. Promise: a 5xx is only ever
// believed when its code says that nothing was processed.
#include "providers/whatsapp/cloud_errors.hpp"

#include <fmt/format.h>

namespace milkrun::whatsapp {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr ReasonCode refused_key = "whatsapp.credential_refused", no_permission = "whatsapp.permission_missing",
                     service_down = "whatsapp.service_down", bad_request = "whatsapp.request_refused",
                     not_registered = "whatsapp.number_not_registered", misfit = "whatsapp.template_misfit";

constexpr Row codes[] = {
    {0, Kind::setting, refused_key},
    {1, Kind::outage, service_down},
    {2, Kind::outage, service_down},
    {3, Kind::setting, no_permission},
    {4, Kind::app, "whatsapp.app_limit", minutes(15)},
    {10, Kind::setting, no_permission},
    {33, Kind::setting, "whatsapp.unknown_number_id"},
    {100, Kind::permanent, bad_request},
    {190, Kind::setting, refused_key},
    {368, Kind::policy, "whatsapp.blocked_for_policy", hours(1)},
    {470, Kind::window_closed, "whatsapp.window_closed"},
    {80007, Kind::account, "whatsapp.account_limit", minutes(15)},
    {80008, Kind::account, "whatsapp.account_limit", minutes(15)},
    {130429, Kind::sender, "whatsapp.sender_throughput", minutes(1)},
    {130472, Kind::permanent, "whatsapp.in_experiment"},
    {130497, Kind::permanent, "whatsapp.country_not_allowed"}, // of this recipient: the sender goes on elsewhere
    {131000, Kind::uncertain, "whatsapp.service_unsure"},
    {131005, Kind::setting, no_permission},
    {131008, Kind::permanent, bad_request},
    {131009, Kind::permanent, bad_request},
    {131016, Kind::outage, service_down},
    {131021, Kind::permanent, "whatsapp.sender_is_recipient"},
    {131026, Kind::undeliverable, "whatsapp.undeliverable"},
    {131030, Kind::setting, "whatsapp.test_number"},
    {131031, Kind::policy, "whatsapp.account_locked", hours(1)},
    {131037, Kind::setting, "whatsapp.display_name_not_approved"},
    {131042, Kind::policy, "whatsapp.payment_problem", hours(1)},
    {131045, Kind::setting, not_registered},
    {131047, Kind::window_closed, "whatsapp.window_closed"},
    {131048, Kind::policy, "whatsapp.sender_limited_as_spam", hours(1)},
    {131049, Kind::defer, "whatsapp.withheld", hours(24)},
    {131050, Kind::no_marketing, "whatsapp.opted_out"},
    {131051, Kind::permanent, bad_request},
    {131052, Kind::permanent, "whatsapp.media_refused"},
    {131053, Kind::permanent, "whatsapp.media_refused"},
    {131056, Kind::pair, "whatsapp.too_many_to_recipient", minutes(1)},
    {131057, Kind::outage, "whatsapp.sender_maintenance", minutes(1)},
    {132000, Kind::wording, misfit},
    {132001, Kind::tmpl, "whatsapp.template_missing", hours(1)},
    {132005, Kind::wording, misfit},
    {132007, Kind::tmpl, "whatsapp.template_against_policy", hours(1)},
    {132012, Kind::wording, misfit},
    {132015, Kind::tmpl, "whatsapp.template_paused", hours(3)},
    {132016, Kind::tmpl, "whatsapp.template_disabled", hours(1)},
    {132018, Kind::wording, misfit},
    {132068, Kind::permanent, "whatsapp.flow_refused"},
    {132069, Kind::permanent, "whatsapp.flow_refused"},
    {133004, Kind::outage, service_down},
    {133005, Kind::setting, not_registered},
    {133006, Kind::setting, not_registered},
    {133008, Kind::setting, not_registered},
    {133009, Kind::setting, not_registered},
    {133010, Kind::setting, not_registered},
    {133015, Kind::setting, not_registered},
    {133016, Kind::setting, not_registered},
    {135000, Kind::permanent, bad_request},
};

Row row_for(const Json& error, int status) {
  const auto code = number_of(member(error, "code"));
  if (!code) return row_of_status(status);
  if (*code == 100 && number_of(member(error, "error_subcode")) == 33) return *row_of(codes, 33);
  if (*code >= 200 && *code <= 299) return {*code, Kind::setting, no_permission};
  const Row* row = row_of(codes, *code);
  if (row != nullptr) return *row;
  if (status >= 500) return row_of_status(status);
  // Whether a code we do not know may have sent is only clear when it says that it is no refusal.
  if (member(error, "is_transient") == Json(true)) return {*code, Kind::uncertain, "whatsapp.unknown_error"};
  return status == 401 || status == 429 ? row_of_status(status) : Row{*code, Kind::outage, "whatsapp.unknown_error"};
}

// A usage object of percentages: has any of them reached 100?
bool is_full(const Json& usage) {
  for (const char* key : {"call_count", "total_cputime", "total_time"}) {
    if (number_of(member(usage, key)).value_or(0) >= 100) return true;
  }
  return false;
}

// {"waba id": [{"type": "whatsapp", "call_count": 97, ..., "estimated_time_to_regain_access": minutes}]}
std::optional<Millis> business_rest(const Json& usage) {
  std::optional<Millis> rest;
  if (!usage.is_object()) return rest;
  for (const Json& rows : usage) {
    for (std::size_t i = 0; rows.is_array() && i < rows.size() && i < 32; ++i) {
      if (text_of(member(rows[i], "type")) != "whatsapp") continue;
      const int wait = std::min(number_of(member(rows[i], "estimated_time_to_regain_access")).value_or(0), 24 * 60);
      if (is_full(rows[i]) || wait > 0) rest = std::max<Millis>(rest.value_or(minutes(15)), minutes(wait));
    }
  }
  return rest;
}

} // namespace

Answer cloud_refusal(const Exchange& exchange) {
  if (!exchange.body) return refused(row_of_status(exchange.response.status), exchange, "");
  const Json& error = member(*exchange.body, "error");
  std::string said = text_of(member(error, "message"));
  if (said.empty()) said = text_of(error);
  if (const auto code = number_of(member(error, "code"))) said = fmt::format("code {}: {}", *code, said);
  if (const auto more = text_of(member(member(error, "error_data"), "details")); !more.empty()) said += "; " + more;
  if (const auto trace = text_of(member(error, "fbtrace_id")); is_word(trace, 40)) said += " (trace " + trace + ")";
  return refused(row_for(error, exchange.response.status), exchange, said);
}

std::vector<Park> cloud_usage(const Exchange& exchange) {
  std::vector<Park> parks;
  const auto header = [&](std::string_view name) {
    return parse_json(exchange.response.header(name)).value_or(Json());
  };
  if (is_full(header("X-App-Usage")))
    parks.push_back(owned_park(ParkScope::app, exchange, minutes(15), "whatsapp.app_usage_full"));
  if (const auto rest = business_rest(header("X-Business-Use-Case-Usage")))
    parks.push_back(owned_park(ParkScope::account, exchange, *rest, "whatsapp.account_usage_full"));
  return parks;
}

} // namespace milkrun::whatsapp
