// Reads every shape of error body seen from these services and from the gateways in front of them.
// Promises nothing about the words in it but that they are kept apart from ours.
#include "providers/ai/errors.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace milkrun::ai {
namespace {

const Json& first_of(const Json& body) { return body.is_array() && body.size() == 1 ? body[0] : body; }

// {"error": ...}, or (a router that lost its upstream below a 200) {"choices": [{"error": ...}]}.
const Json& error_in(const Json& root) {
  const Json& inner = member(element(member(root, "choices"), 0), "error");
  return inner.is_object() ? inner : member(root, "error");
}

void add_word(Problem& problem, const Json& value) {
  const std::string word = value.is_number_integer() ? std::to_string(count_of(value)) : text_of(value);
  if (word.empty() || word.size() > 100) return;
  if (problem.words.empty()) problem.words = " ";
  problem.words += text::lower(word) + " ";
}

// google.rpc details: how long to wait, which quota, why.
void read_details(Problem& problem, const Json& details) {
  if (!details.is_array()) return;
  for (const Json& detail : details) {
    add_word(problem, member(detail, "reason"));
    const std::string delay = text_of(member(detail, "retryDelay"));
    if (const auto wait = go_duration(delay)) problem.wait = wait;
    const Json& violations = member(detail, "violations");
    for (std::size_t i = 0; violations.is_array() && i < violations.size(); ++i) {
      const std::string quota = text_of(member(violations[i], "quotaId"));
      if (quota.find("PerDay") != quota.npos || quota.find("Daily") != quota.npos) add_word(problem, "per_day_quota");
    }
  }
}

// The members of an error object, or of a flat body.
void read_members(Problem& problem, const Json& error) {
  for (const char* key : {"type", "code", "status", "error_type"}) add_word(problem, member(error, key));
  add_word(problem, member(member(error, "innererror"), "code"));
  const Json& first = element(member(error, "errors"), 0);
  for (const Json* text : {&member(error, "message"), &member(error, "detail"), &first, &member(first, "message")}) {
    if (problem.message.empty()) problem.message = text_of(*text);
  }
  read_details(problem, member(error, "details"));
  // A router's moderation says what it saw in the text.
  const Json& reasons = member(member(error, "metadata"), "reasons");
  if (reasons.is_array() && !reasons.empty()) add_word(problem, "moderation_reasons");
}

std::optional<Millis> header_wait(const http::Response& response) {
  const auto exact = go_duration(std::string(text::trim(response.header("retry-after-ms"))) + "ms");
  if (exact) return exact;
  return http::retry_after(response);
}

// "Please retry in 12.3s." / "Please try again in 6m0s."
std::optional<Millis> message_wait(std::string_view message) {
  for (const std::string_view phrase : {"retry in ", "try again in "}) {
    const std::size_t at = message.find(phrase);
    if (at == message.npos) continue;
    std::string_view rest = message.substr(at + phrase.size());
    rest = rest.substr(0, rest.find_first_of(" ,;"));
    while (rest.ends_with('.')) rest.remove_suffix(1);
    if (const auto wait = go_duration(rest)) return wait;
  }
  return std::nullopt;
}

// The status an error below a 2xx would have had.
int implied_status(const Problem& problem) {
  constexpr std::pair<std::string_view, int> known[] = {
      {"overloaded", 529},        {"unavailable", 503},     {"rate_limit", 429},       {"resource_exhausted", 429},
      {"authentication", 401},    {"unauthenticated", 401}, {"permission", 403},       {"not_found", 404},
      {"request_too_large", 413}, {"invalid_request", 400}, {"invalid_argument", 400}, {"invalid_prompt", 400},
  };
  for (const std::string_view word : text::split(problem.words, ' ')) {
    const auto code = text::to_int(word);
    if (code && *code >= 400 && *code <= 599) return static_cast<int>(*code);
    for (const auto& [part, status] : known) {
      if (word.starts_with(part)) return status;
    }
  }
  return 500;
}

} // namespace

std::optional<Millis> go_duration(std::string_view s) {
  constexpr std::pair<std::string_view, double> units[] = {
      {"ms", 1}, {"us", 0.001}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};
  double total = 0;
  if (s.empty()) return std::nullopt;
  while (!s.empty()) {
    const std::size_t digits = s.find_first_not_of("0123456789.");
    if (digits == 0 || digits == s.npos || digits > 12) return std::nullopt;
    const std::string_view number = s.substr(0, digits);
    const auto whole = text::to_int(number.substr(0, number.find('.')));
    const std::string_view tail = number.find('.') == number.npos ? "" : number.substr(number.find('.') + 1);
    const auto fraction =
        text::to_int(std::string(tail.substr(0, 3)) + std::string(3 - std::min<std::size_t>(3, tail.size()), '0'));
    s.remove_prefix(digits);
    const auto unit = std::ranges::find_if(units, [&](const auto& u) { return s.starts_with(u.first); });
    if (!whole || !fraction || unit == std::end(units)) return std::nullopt;
    total += (static_cast<double>(*whole) + static_cast<double>(*fraction) / 1000) * unit->second;
    s.remove_prefix(unit->first.size());
  }
  if (total > 7 * 24 * 3'600'000.0) return std::nullopt;
  return Millis(std::llround(total));
}

bool holds_error(const Json& body) {
  const Json& root = first_of(body);
  const Json& error = error_in(root);
  return error.is_object() || (error.is_string() && !text_of(error).empty()) ||
         text_of(member(root, "type")) == "error" || text_of(member(root, "object")) == "error";
}

Problem problem_of(const http::Response& response, const std::optional<Json>& body) {
  Problem problem{.status = response.status, .message = "", .json = body.has_value(), .words = ""};
  if (body) {
    const Json& root = first_of(*body);
    const Json& error = error_in(root);
    problem.message = text_of(error);
    if (error.is_object()) read_members(problem, error);
    if (!error.is_object()) read_members(problem, root);
  } else {
    problem.message = text::trim(response.body).starts_with('<') ? "an HTML page" : response.body;
  }
  if (const auto wait = header_wait(response)) problem.wait = wait;
  if (!problem.wait) problem.wait = message_wait(problem.message);
  if (problem.status < 300) problem.status = implied_status(problem);
  return problem;
}

} // namespace milkrun::ai
