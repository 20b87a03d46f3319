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
};

constexpr Row outcome_open{0, Kind::uncertain, "whatsapp.gateway_unsure"};
constexpr Row not_ready{0, Kind::not_ready, "whatsapp.account_not_ready", minutes(15)};
constexpr Row no_such_number{0, Kind::undeliverable, "whatsapp.undeliverable"};
constexpr Row bad_key{0, Kind::setting, "whatsapp.credential_refused"};

// In this order: what may have been sent comes first.
constexpr Phrase phrases[] = {
    {"promise was collected", outcome_open},
    {"evaluation failed", outcome_open},
    {"protocol error", outcome_open},
    {"target closed", outcome_open},
    {"timed out", outcome_open},
    {"timeout", outcome_open},
    {"connection closed", outcome_open},
    {"daily&limit", {0, Kind::not_ready, "whatsapp.daily_limit", hours(1)}},
    {"rate limit", {0, Kind::not_ready, "whatsapp.too_many_requests", minutes(1)}},
    {"whatsapp.too_many_requests", {0, Kind::not_ready, "whatsapp.too_many_requests", minutes(1)}},
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
    {"invalid api key", bad_key},
    {"invalid api_key", bad_key},
    {"invalid token", bad_key},
    {"unauthorized", bad_key},
    {"unauthenticated", bad_key},
};

bool holds(std::string_view text, std::string_view words) {
  return std::ranges::all_of(text::split(words, '&'),
                             [&](std::string_view part) { return text.find(part) != text.npos; });
}

std::string as_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("message")) return as_text(value["message"]);
  return value.is_structured() && !value.empty() ? to_text(value).substr(0, 2000) : "";
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

std::optional<Row> row_of_words(std::string_view said) {
  const std::string lower = text::lower(said);
  const auto* found = std::ranges::find_if(phrases, [&](const Phrase& p) { return holds(lower, p.words); });
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

Answer gateway_refusal(const Exchange& exchange, int status, const std::string& said) {
  if (const auto row = row_of_words(said)) return refused(*row, exchange, said);
  if (status >= 200 && status < 300)
    return refused({0, Kind::permanent, "whatsapp.refused_by_gateway"}, exchange, said);
  return refused(row_of_status(status), exchange, said);
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
