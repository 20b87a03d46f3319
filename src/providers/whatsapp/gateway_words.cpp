// The words are those of WhatsApp-Web gateways in use (Baileys, whatsapp-web.js, Evolution API, WAHA, MPWA). A word
// that leaves open whether the browser behind the gateway had sent already makes the message uncertain.
#include "providers/whatsapp/gateway_words.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace milkrun::whatsapp {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

struct Phrase {
  std::string_view words; // lower case; "&" between parts that must all be there
  Row row;
  bool of_refusals = false; // below a 5xx it says nothing: who failed there may have sent before
};

constexpr Row outcome_open{0, Kind::uncertain, "whatsapp.gateway_unsure"};
constexpr Row not_ready{0, Kind::not_ready, "whatsapp.account_not_ready"};
constexpr Row no_such_number{0, Kind::undeliverable, "whatsapp.undeliverable"};
constexpr Row too_long{0, Kind::permanent, "whatsapp.text_too_long"};
constexpr Row bad_key{0, Kind::setting, "whatsapp.credential_refused"};

// In this order: what may have been sent comes first.
constexpr Phrase phrases[] = {
    {"promise was collected", outcome_open},
    {"evaluation failed", outcome_open},
    {"protocol error", outcome_open},
    {"target closed", outcome_open},
    {"page has been closed", outcome_open},
    {"browser has disconnected", outcome_open},
    {"detached", outcome_open},
    {"context was destroyed", outcome_open},
    {"timed out", outcome_open},
    {"timeout", outcome_open},
    {"connection closed", outcome_open},
    {"connection&lost", outcome_open},
    {"connection terminated", outcome_open},
    {"hang up", outcome_open},
    {"econnreset", outcome_open},
    {"aborted", outcome_open},
    {"daily&limit", {0, Kind::enough, "whatsapp.daily_limit", hours(1)}},
    {"rate limit", {0, Kind::enough, "whatsapp.too_many_requests", minutes(1)}},
    {"too many requests", {0, Kind::enough, "whatsapp.too_many_requests", minutes(1)}},
    {"not ready", not_ready},
    {"ready status", not_ready},
    {"not connected", not_ready},
    {"disconnected", not_ready},
    {"not authenticated", not_ready},
    {"not logged in", not_ready},
    {"scan&qr", not_ready},
    {"\"exists\":false", no_such_number},
    {"not registered on whatsapp", no_such_number},
    {"not on whatsapp", no_such_number},
    {"no lid for user", no_such_number},
    {"invalid number", no_such_number},
    {"invalid phone", no_such_number},
    {"invalid recipient", no_such_number},
    {"invalid whatsapp number", no_such_number},
    {"number is invalid", no_such_number},
    {"number does not exist", no_such_number},
    {"recipient does not exist", no_such_number},
    {"message&too long", too_long},
    {"text&too long", too_long},
    {"invalid api key", bad_key},
    {"invalid api_key", bad_key},
    {"invalid token", bad_key},
    {"unauthorized", bad_key},
    {"unauthenticated", bad_key},
    // The account's state, of whatever makes it: a session, an instance, a device, a plan.
    {"session status", not_ready},
    {"session&starting", not_ready},
    {"session not found", not_ready},
    {"session&does not exist", not_ready},
    {"instance&does not exist", not_ready},
    {"not linked", not_ready},
    {"starting", not_ready, true},
    {"initializing", not_ready, true},
    {"initialising", not_ready, true},
    {"offline", not_ready, true},
    {"stopped", not_ready, true},
    {"closed", not_ready, true},
    {"paused", not_ready, true},
    {"expired", not_ready, true},
    {"has ended", not_ready, true},
    {"does not exist", not_ready, true},
};

bool holds(std::string_view text, std::string_view words) {
  return std::ranges::all_of(text::split(words, '&'),
                             [&](std::string_view part) { return text.find(part) != text.npos; });
}

std::string as_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("message")) return as_text(value["message"]);
  return value.is_structured() && !value.empty() ? to_text(value) : "";
}

std::string said_at(const Json& body) {
  std::string all;
  for (const char* key : {"message", "msg", "error", "explanation", "reason", "detail"}) {
    const std::string text = as_text(member(body, key));
    if (!text.empty() && all.find(text) == all.npos) all += (all.empty() ? "" : "; ") + text;
  }
  return all;
}

bool is_no(const Json& value) {
  constexpr std::array<std::string_view, 5> words{"error", "fail", "failed", "failure", "false"};
  if (value.is_boolean()) return !value.get<bool>();
  return value.is_string() && std::ranges::find(words, text::lower(text_of(value))) != words.end();
}

// "error": a text, an object, true, a list that is not empty.
bool is_error(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_string()) return !text_of(value).empty() && text::lower(text_of(value)) != "false";
  return (value.is_structured() && !value.empty()) || (value.is_number() && number_of(value) != 0);
}

Inner inner_at(const Json& object) {
  Inner out;
  for (const char* key : {"success", "status", "ok", "sent"}) out.refused |= is_no(member(object, key));
  for (const char* key : {"error", "errors"}) out.refused |= is_error(member(object, key));
  for (const char* key : {"status", "statusCode", "code"}) {
    const auto status = number_of(member(object, key));
    if (status && *status >= 400 && *status <= 599) out = {.refused = true, .status = *status};
  }
  return out;
}

} // namespace

std::optional<Row> row_of_words(std::string_view said, int status) {
  const std::string lower = text::lower(said);
  const auto* found = std::ranges::find_if(
      phrases, [&](const Phrase& p) { return holds(lower, p.words) && !(p.of_refusals && status >= 500); });
  if (found == std::end(phrases)) return std::nullopt;
  return found->row;
}

std::string said_in(const Json& body) {
  std::string all = said_at(body);
  for (const char* key : {"data", "response"}) {
    const std::string inner = said_at(member(body, key));
    if (!inner.empty() && all.find(inner) == all.npos) all += (all.empty() ? "" : "; ") + inner;
  }
  return all;
}

Inner inner_of(const Json& body) {
  const Inner outer = inner_at(body), data = inner_at(member(body, "data"));
  return {.refused = outer.refused || data.refused, .status = std::max(outer.status, data.status)};
}

Answer gateway_refusal(const Exchange& exchange, int status, const std::string& said, const std::string& id) {
  const Row row = [&]() -> Row {
    if (const auto known = row_of_words(said, status)) return *known;
    Row plain = row_of_status(status);
    // Whatever a gateway says no with and we do not know is its account's trouble, not the message's.
    if (status < 300) return {0, Kind::not_ready, "whatsapp.refused_by_gateway"};
    if (status == 400 || status == 422 || plain.kind == Kind::outage) plain.kind = Kind::not_ready;
    return plain;
  }();
  // It has a name for the message, so it may have taken it.
  if (row.kind == Kind::not_ready && !id.empty()) return unproven(exchange, said);
  return refused(row, exchange, said);
}

std::string id_of(const Json& value) {
  const std::string id = value.is_number_unsigned() ? std::to_string(value.get<std::uint64_t>()) : text_of(value);
  return is_id(id) ? id : "";
}

std::string id_in(const Json& body) {
  for (const char* pointer : {"/id", "/messageId", "/message_id", "/data/id", "/data/messageId", "/data/message_id",
                              "/key/id", "/data/key/id", "/id/_serialized", "/messages/0/id", "/message/id"}) {
    const Json* found = at_pointer(body, pointer);
    if (found == nullptr) continue;
    if (std::string id = id_of(*found); !id.empty()) return id;
  }
  return "";
}

} // namespace milkrun::whatsapp
