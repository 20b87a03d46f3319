// The providers' error envelopes, with the codes each uses for a status.
#include "ai.hpp"

#include <fmt/core.h>
#include <map>

namespace milkrun::sandbox {

namespace {

using Names = std::map<int, std::string>;

std::string name_of(const AiError& error, const Names& names, const char* otherwise) {
  if (!error.code.empty()) return error.code;
  const auto at = names.find(error.status);
  return at == names.end() ? otherwise : at->second;
}

Json openai(const AiError& error) {
  const Names codes = {{400, "invalid_value"},
                       {401, "invalid_api_key"},
                       {402, "insufficient_quota"},
                       {404, "model_not_found"},
                       {429, "rate_limit_exceeded"}};
  const std::string code = name_of(error, codes, "server_error");
  const std::string type = code == "insufficient_quota" ? code
                           : error.status >= 500        ? "server_error"
                                                        : "invalid_request_error";
  return {{"error", {{"message", error.message}, {"type", type}, {"param", nullptr}, {"code", code}}}};
}

Json anthropic(const AiError& error) {
  const Names types = {{400, "invalid_request_error"}, {401, "authentication_error"}, {402, "billing_error"},
                       {403, "permission_error"},      {404, "not_found_error"},      {413, "request_too_large"},
                       {429, "rate_limit_error"},      {504, "timeout_error"},        {529, "overloaded_error"}};
  return {{"type", "error"},
          {"error", {{"type", name_of(error, types, "api_error")}, {"message", error.message}}},
          {"request_id", "req_error"}};
}

Json gemini(const AiError& error) {
  const Names names = {{400, "INVALID_ARGUMENT"}, {401, "UNAUTHENTICATED"},    {403, "PERMISSION_DENIED"},
                       {404, "NOT_FOUND"},        {429, "RESOURCE_EXHAUSTED"}, {503, "UNAVAILABLE"},
                       {504, "DEADLINE_EXCEEDED"}};
  Json details = Json::array();
  const bool key = error.code == "API_KEY_INVALID";
  if (key) details.push_back({{"@type", "type.googleapis.com/google.rpc.ErrorInfo"}, {"reason", "API_KEY_INVALID"}});
  if (error.retry_after > 0)
    details.push_back(
        {{"@type", "type.googleapis.com/google.rpc.RetryInfo"}, {"retryDelay", fmt::format("{}s", error.retry_after)}});
  const std::string status = key ? "INVALID_ARGUMENT" : name_of(error, names, "INTERNAL");
  return {{"error", {{"code", error.status}, {"message", error.message}, {"status", status}, {"details", details}}}};
}

} // namespace

Answer error_answer(Dialect dialect, const AiError& asked) {
  AiError error = asked;
  if (error.message.empty()) error.message = fmt::format("sandbox: planned error {}", error.status);
  Json body{{"error", error.message}};
  if (dialect == Dialect::openai) body = openai(error);
  if (dialect == Dialect::anthropic) body = anthropic(error);
  if (dialect == Dialect::gemini) body = gemini(error);
  Answer answer = json_answer(error.status, body);
  if (error.retry_after > 0 && dialect != Dialect::gemini)
    answer.headers.emplace_back("retry-after", std::to_string(error.retry_after));
  return answer;
}

} // namespace milkrun::sandbox
