// What each class of refusal does: to the item, to whatever rests, and to what is known about the recipient. Promise:
// nothing that may have been sent is ever called anything but uncertain.
#include "providers/whatsapp/verdict.hpp"

#include "base/mask.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace milkrun::whatsapp {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

Fault fault_of(Kind kind) {
  switch (kind) {
  case Kind::outage:
  case Kind::not_ready: return Fault::outage;
  case Kind::uncertain: return Fault::uncertain;
  case Kind::setting:
  case Kind::wording:
  case Kind::tmpl:
  case Kind::policy: return Fault::setting;
  case Kind::enough:
  case Kind::app:
  case Kind::account:
  case Kind::sender:
  case Kind::host:
  case Kind::pair:
  case Kind::defer: return Fault::rate_limited;
  default: return Fault::permanent;
  }
}

Also also_of(Kind kind) {
  switch (kind) {
  case Kind::opted_out: return Also::opted_out;
  case Kind::no_marketing: return Also::no_marketing;
  case Kind::undeliverable: return Also::undeliverable;
  case Kind::window_closed: return Also::window_closed;
  default: return Also::nothing;
  }
}

// What rests, when the kind has something that does.
std::optional<ParkScope> scope_of(Kind kind) {
  switch (kind) {
  case Kind::not_ready:
  case Kind::enough: return ParkScope::credential;
  case Kind::app: return ParkScope::app;
  case Kind::account: return ParkScope::account;
  case Kind::sender:
  case Kind::policy: return ParkScope::sender;
  case Kind::host: return ParkScope::host;
  case Kind::tmpl: return ParkScope::template_;
  default: return std::nullopt;
  }
}

std::string detail_of(const Exchange& exchange, std::string_view said) {
  const std::string_view type = exchange.response.header("Content-Type");
  std::string detail = fmt::format("HTTP {}", exchange.response.status);
  if (!said.empty())
    detail.append(": ").append(said);
  else if (!exchange.body)
    detail.append(exchange.response.body.empty() ? ", empty" : ", no JSON").append(" ").append(type);
  return hide(detail, exchange.request, exchange.credential, 400);
}

} // namespace

bool is_owner(std::string_view host) { return host == "graph.facebook.com" || host == "api.twilio.com"; }

const Row* row_of(std::span<const Row> table, int code) {
  const auto found = std::ranges::find(table, code, &Row::code);
  return found == table.end() ? nullptr : &*found;
}

Row row_of_status(int status) {
  if (status >= 500 || status == 408) return {0, Kind::uncertain, "whatsapp.service_failed_after_send"};
  if (status < 300) return {0, Kind::uncertain, "whatsapp.answer_no_receipt"};
  if (status < 400) return {0, Kind::setting, "whatsapp.redirects"};
  switch (status) {
  case 401:
  case 403: return {0, Kind::setting, "whatsapp.credential_refused"};
  case 402: return {0, Kind::policy, "whatsapp.payment_missing", hours(1)};
  case 404:
  case 405:
  case 410: return {0, Kind::setting, "whatsapp.no_endpoint"};
  case 425:
  case 429: return {0, Kind::sender, "whatsapp.too_many_requests", minutes(1)};
  // Without a word of the service's own it may be anybody's on the way, 400, 413 and 422 too.
  default: return {0, Kind::outage, "whatsapp.request_refused"};
  }
}

Answer refused(const Row& row, const Exchange& exchange, std::string_view said) {
  Error error{.fault = fault_of(row.kind),
              .reason = row.reason,
              .detail = detail_of(exchange, said),
              .http_status = exchange.response.status};
  error.item_only = row.kind == Kind::wording || row.kind == Kind::tmpl;
  Millis rest = row.rest;
  const bool waits = error.fault == Fault::rate_limited || error.fault == Fault::outage;
  if (waits || row.kind == Kind::policy)
    rest = std::max(rest, http::retry_after(exchange.response).value_or(Millis(0)));
  if (waits && rest > Millis(0)) error.retry_after = rest;
  // The rests of an outage are the breaker's.
  if (const auto scope = scope_of(row.kind))
    error.parks.push_back(owned_park(*scope, exchange, row.kind == Kind::not_ready ? Millis(0) : rest, error.reason));
  Answer answer{.receipt = std::unexpected(std::move(error)), .also = also_of(row.kind)};
  if (row.kind == Kind::defer) answer.not_before = rest;
  return answer;
}

Park owned_park(ParkScope scope, const Exchange& exchange, Millis rest, Reason reason) {
  // Whose template it was, the caller knows.
  if (scope == ParkScope::host || scope == ParkScope::template_) return {scope, "", rest, std::move(reason)};
  const std::string& id = scope == ParkScope::app ? exchange.settings.app_id : exchange.credential.account;
  if (scope == ParkScope::credential || id.empty() || !is_owner(exchange.credential.host))
    return {ParkScope::credential, "", rest, std::move(reason)};
  return {scope, id, rest, std::move(reason)};
}

Answer unproven(const Exchange& exchange, std::string_view said) {
  return refused({0, Kind::uncertain, "whatsapp.answer_no_receipt"}, exchange, said);
}

Answer taken(std::string id, std::string_view recipient, std::string_view status) {
  return {.receipt = Receipt{.id = std::move(id), .recipient = to_e164(recipient), .status = std::string(status)}};
}

bool is_id(std::string_view id) { return is_word(id, 256); }

std::string hide(std::string_view text, const http::Request& request, const Credential& credential,
                 std::size_t max_bytes) {
  std::vector<Secret> secrets = {credential.secret};
  for (const http::SecretHeader& header : request.secret_headers) {
    const std::string_view value = header.value.reveal();
    secrets.emplace_back(std::string(value.substr(value.find(' ') + 1))); // behind "Bearer " or "Basic "
  }
  return text::one_line(milkrun::hide(std::string(text), secrets), max_bytes);
}

} // namespace milkrun::whatsapp
