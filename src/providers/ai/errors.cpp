// The decision table: who has to act? Nobody (wait), the tenant (key, quota, model name, parameters), or no one can
// (the item). Whatever is the key's fault stops the key and keeps the items; what is not known is the service's
// trouble.
#include "providers/ai/errors.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace milkrun::ai {
namespace {

using Words = std::initializer_list<std::string_view>;

bool says(const Problem& problem, Words words) {
  return std::ranges::any_of(words, [&](std::string_view word) {
    return problem.words.find(" " + std::string(word) + " ") != std::string::npos;
  });
}

// Phrases in lower case: no two services write a sentence with the same capitals.
bool mentions(const Problem& problem, Words phrases) {
  const std::string message = text::lower(problem.message);
  return std::ranges::any_of(phrases,
                             [&](std::string_view phrase) { return message.find(phrase) != std::string::npos; });
}

// Money or a daily allowance is gone: no retry helps within the hour.
bool is_quota(const Problem& problem) {
  if (problem.status == 402) return true;
  if (says(problem, {"insufficient_quota", "billing_error", "billing_not_active", "billing_hard_limit_reached",
                     "insufficient_balance", "exceeded_current_quota_error", "failed_precondition", "per_day_quota"})) {
    return true;
  }
  return mentions(problem, {"credit balance is too low"}) ||
         (says(problem, {"resource_exhausted"}) && mentions(problem, {"limit: 0,", "limit: 0\n"}));
}

bool is_bad_key(const Problem& problem) {
  return problem.status == 401 || (problem.status == 403 && problem.json) ||
         says(problem, {"api_key_invalid", "invalid_api_key", "authentication_error", "permission_error"});
}

// A parameter that this model or service does not take: a setting, whatever the item.
bool is_parameter(const Problem& problem) {
  return says(problem, {"unsupported_parameter", "unsupported_value", "unknown_parameter"}) ||
         mentions(problem,
                  {"max_tokens", "max_completion_tokens", "temperature", "reasoning_effort", "response_format"});
}

// The model is a setting of the credential, so a wrong or withdrawn one is no item's fault. One address is called, the
// same for all items: whatever is not found or gone there, and is said in JSON, is that setting too.
bool is_unknown_model(const Problem& problem) {
  if (says(problem, {"model_not_found", "model_not_supported", "model_decommissioned", "invalid_model", "unknown_model",
                     "model_not_available", "model_deprecated", "model_retired", "deploymentnotfound"}))
    return true;
  const int status = problem.status;
  if (status == 404 || status == 410) return problem.json || mentions(problem, {"model"});
  if (mentions(problem, {"not a valid model", "no endpoints found", "invalid model", "unknown model", "no such model",
                         "unsupported model", "model not supported", "model is not supported"}))
    return true;
  return (status == 400 || status == 422) && mentions(problem, {"model"}) && !is_parameter(problem) &&
         mentions(problem, {"not exist", "not found", "not available", "no longer available", "decommissioned",
                            "deprecated", "been retired", "end of life", "failed to load", "unable to load",
                            "no models loaded", "no model loaded"});
}

// Of this very text. What is flagged may also be the whole account: that is no item's end.
bool is_refusal(const Problem& problem) {
  if (says(problem, {"content_filter", "content_policy_violation", "responsibleaipolicyviolation", "invalid_prompt",
                     "moderation_reasons"}))
    return true;
  return (problem.status == 400 || problem.status == 403 || problem.status == 422) &&
         mentions(problem,
                  {"input was flagged", "prompt was flagged", "content was flagged", "text was flagged",
                   "request was flagged", "rejected as a result of our safety system", "content management policy"}) &&
         !mentions(problem, {"account", "organization"});
}

// The number that stands behind, or in front of, one of these phrases.
std::optional<std::int64_t> number_behind(const std::string& message, Words phrases) {
  for (const std::string_view phrase : phrases)
    if (const std::size_t at = message.find(phrase); at != message.npos) {
      const std::size_t begin = at + phrase.size();
      const std::size_t end = std::min(message.find_first_not_of("0123456789", begin), message.size());
      if (const auto number = text::to_int(std::string_view(message).substr(begin, end - begin))) return number;
    }
  return std::nullopt;
}
std::optional<std::int64_t> number_before(const std::string& message, Words phrases) {
  for (const std::string_view phrase : phrases)
    if (const std::size_t end = message.find(phrase); end != message.npos) {
      std::size_t begin = end;
      while (begin > 0 && message[begin - 1] >= '0' && message[begin - 1] <= '9') --begin;
      if (const auto number = text::to_int(std::string_view(message).substr(begin, end - begin))) return number;
    }
  return std::nullopt;
}

// The text has room in the model, and the cap that we set beside it has not: it would be so with every text.
bool is_cap_too_large(const Problem& problem) {
  if (!says(problem, {"context_length_exceeded"}) && !mentions(problem, {"maximum context length", "context limit"}))
    return false;
  if (!mentions(problem, {"in the completion", "for the completion", "messages or completion", "in the output",
                          "max_tokens", "max_completion_tokens", "max_new_tokens"}))
    return false;
  const std::string message = text::lower(problem.message);
  const auto room = number_behind(message, {"context length is ", "context length of ", "limit is "});
  const auto taken = number_before(
      message, {" in the messages", " in your prompt", " in the prompt", " of text input", " input tokens"});
  return !room || !taken || *taken < *room;
}

// More tokens than the plan gives a minute, in this one request: no minute will do. Some say so with the code of those
// who asked too often.
bool is_plan_too_small(const Problem& problem) {
  const bool refused = problem.status == 400 || problem.status == 413 || problem.status == 422;
  return (refused && (says(problem, {"rate_limit_exceeded"}) || mentions(problem, {"tokens per min", "(tpm)"}))) ||
         (problem.status == 429 && mentions(problem, {"request too large"}));
}

bool is_too_long(const Problem& problem) {
  return (problem.status == 413 && problem.json) ||
         says(problem, {"context_length_exceeded", "request_too_large", "tokens_limit_reached"}) ||
         mentions(problem, {"prompt is too long", "maximum context length"});
}

Error of(Fault fault, ReasonCode reason) { return {.fault = fault, .reason = reason}; }

// Perhaps this very text's trouble: the others there are none the worse for it.
Error waits_alone(ReasonCode reason) {
  Error error = of(Fault::outage, reason);
  error.parks.push_back({.scope = ParkScope::page, .id = {}, .rest = Millis(0), .reason = error.reason});
  return error;
}

Error judge(const Problem& problem) {
  if (is_quota(problem)) {
    Error error = of(Fault::setting, "ai.quota");
    error.parks.push_back(
        {.scope = ParkScope::credential, .id = "", .rest = std::chrono::hours(1), .reason = "ai.quota"});
    return error;
  }
  if (is_refusal(problem)) return of(Fault::permanent, "ai.refused"); // some refuse a text with 403
  if (is_bad_key(problem)) return of(Fault::setting, "ai.credential_refused");
  if (is_unknown_model(problem)) return of(Fault::setting, "ai.unknown_model");
  if (is_cap_too_large(problem)) return of(Fault::setting, "ai.parameter_refused");
  // We clip every text: what is too long is so for the model, the plan or a gateway, which may be changed. Shorter ones
  // may pass meanwhile.
  if (is_plan_too_small(problem)) return waits_alone("ai.quota");
  if (is_too_long(problem)) return waits_alone("ai.input_too_long");
  const int status = problem.status;
  if (status == 429) return of(Fault::rate_limited, "ai.rate_limited");
  if (status == 503 || status == 529) return of(Fault::outage, "ai.overloaded");
  if (status == 408 || status == 409 || status >= 500) return of(Fault::outage, "ai.service_error");
  if (status == 400 && problem.json && is_parameter(problem)) return of(Fault::setting, "ai.parameter_refused");
  const bool redirected = status >= 300 && status < 400;
  return redirected ? of(Fault::outage, "ai.request_refused") : waits_alone("ai.request_refused");
}

} // namespace

Error error_of(const Problem& problem, const Secret& secret) {
  constexpr Millis long_wait = std::chrono::minutes(1);
  Error error = judge(problem);
  error.http_status = problem.status;
  error.detail = redact(problem.message, secret);
  if (error.fault == Fault::rate_limited || error.fault == Fault::outage) error.retry_after = problem.wait;
  // Limits are per key: the other items of this key would be told the same.
  if (error.fault == Fault::rate_limited && problem.wait && *problem.wait >= long_wait) {
    error.parks.push_back(
        {.scope = ParkScope::credential, .id = "", .rest = *problem.wait, .reason = "ai.rate_limited"});
  }
  return error;
}

} // namespace milkrun::ai
