// For tests: a credential of each kind, a brief, and each service's answer around a text.
#pragma once

#include "providers/ai/ai.hpp"
#include "tests/support/fakes.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace milkrun::test {

using Json = nlohmann::json;

inline constexpr std::string_view canary = "canary-7f3a91-secret";

inline Credential ai_credential(std::string adapter, std::string base_url, Json more = Json::object()) {
  Json settings = {{"adapter", std::move(adapter)}, {"model", "m-1"}};
  settings.update(more);
  Credential out;
  out.id = CredentialId{"c0"};
  out.service = "ai";
  out.tenant = "asha";
  out.base_url = std::move(base_url);
  out.host = http::host_of(out.base_url);
  out.secret = Secret(std::string(canary));
  out.settings = settings.dump();
  return out;
}

inline Credential openai_credential(Json more = Json::object()) {
  return ai_credential("openai", "https://api.openai.com/v1", std::move(more));
}

inline ai::Brief ai_brief() {
  return {.language = "de",
          .tone = "freundlich",
          .title = "Molkerei öffnet 🥛",
          .text = "Die Molkerei in Köln öffnet am Montag.",
          .url = "https://news.example/1",
          .site = "News"};
}

inline Json draft_json() {
  return {{"title", "Die Milch ist da"},
          {"excerpt", "Kurz gesagt."},
          {"body_markdown", "## Köln\n\nAm Montag öffnet die Molkerei, und alle freuen sich darüber. 🥛"},
          {"tags", {"Milch", "Köln"}}};
}

// A complete chat completion whose model wrote `text`.
inline std::string openai_answer(const std::string& text, const std::string& reason = "stop") {
  const Json message = {{"role", "assistant"}, {"content", text}, {"refusal", nullptr}};
  return Json{{"id", "chatcmpl-1"},
              {"object", "chat.completion"},
              {"model", "m-1-2026"},
              {"choices", Json::array({Json{{"index", 0}, {"message", message}, {"finish_reason", reason}}})},
              {"usage", {{"prompt_tokens", 100}, {"completion_tokens", 20}, {"total_tokens", 120}}}}
      .dump();
}

inline std::string anthropic_answer(const Json& content, const std::string& reason = "end_turn") {
  return Json{{"id", "msg_1"},
              {"type", "message"},
              {"role", "assistant"},
              {"model", "m-1-2026"},
              {"content", content},
              {"stop_reason", reason},
              {"stop_details", nullptr},
              {"usage",
               {{"input_tokens", 90},
                {"cache_creation_input_tokens", 7},
                {"cache_read_input_tokens", 3},
                {"output_tokens", 20}}}}
      .dump();
}

inline std::string gemini_answer(const Json& parts, const std::string& reason = "STOP") {
  const Json candidate = {{"index", 0}, {"content", {{"role", "model"}, {"parts", parts}}}, {"finishReason", reason}};
  return Json{{"candidates", Json::array({candidate})},
              {"usageMetadata", {{"promptTokenCount", 100}, {"candidatesTokenCount", 15}, {"thoughtsTokenCount", 5}}},
              {"modelVersion", "m-1-2026"},
              {"responseId", "r-1"}}
      .dump();
}

inline std::string ollama_answer(const std::string& text, const std::string& reason = "stop") {
  return Json{{"model", "m-1-2026"},
              {"message", {{"role", "assistant"}, {"content", text}, {"thinking", "hm {"}}},
              {"done", true},
              {"done_reason", reason},
              {"prompt_eval_count", 100},
              {"eval_count", 20}}
      .dump();
}

inline ai::Answer write_with(FakeHttp& http, const Credential& credential) {
  return ai::write(http, credential, ai_brief(), std::chrono::minutes(5));
}

} // namespace milkrun::test
