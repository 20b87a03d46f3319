// OpenAI chat completions, as OpenAI, the Hugging Face router, OpenRouter, Mistral, Ollama's /v1 and many others
// speak it (platform.openai.com/docs/api-reference/chat). The base URL ends in the version ("https://h/v1").
#include "providers/ai/adapter.hpp"
#include "providers/ai/schema.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::ai {
namespace {

std::string url(const Settings&, std::string_view base_url) { return http::join_url(base_url, "chat/completions"); }

// OpenAI's reasoning models refuse max_tokens; most others know nothing else.
std::string cap_name(const Settings& settings, const Credential& credential) {
  if (!settings.max_tokens_param.empty()) return settings.max_tokens_param;
  return credential.host == "api.openai.com" ? "max_completion_tokens" : "max_tokens";
}

Json body(const Settings& settings, const Credential& credential, const Talk& talk, int cap) {
  Json messages = plain_turns(talk);
  messages.insert(messages.begin(), Json{{"role", "system"}, {"content", talk.system}});
  Json out = {{"model", settings.model}, {"messages", messages}, {cap_name(settings, credential), cap}};
  if (settings.schema_mode == SchemaMode::json_schema) {
    const Json named = {{"name", "post"}, {"strict", true}, {"schema", draft_schema()}};
    out["response_format"] = {{"type", "json_schema"}, {"json_schema", named}};
  } else if (settings.schema_mode == SchemaMode::json_object) {
    out["response_format"] = {{"type", "json_object"}};
  }
  if (settings.temperature) out["temperature"] = *settings.temperature;
  if (!settings.effort.empty()) out["reasoning_effort"] = settings.effort;
  return out;
}

// A string, or (Mistral's thinking models) a list of parts of which only the text ones count.
std::string content_text(const Json& content) {
  std::string out = text_of(content);
  if (!content.is_array()) return out;
  for (const Json& part : content) {
    if (text_of(member(part, "type")) == "text") out += text_of(member(part, "text"));
  }
  return out;
}

Stop stop_of(const std::string& reason) {
  if (reason == "stop" || reason == "eos") return Stop::end;
  if (reason == "length" || reason == "model_length") return Stop::cut;
  return reason == "content_filter" ? Stop::refused : Stop::unknown;
}

std::optional<Reply> read(const Json& answer) {
  const Json& choice = element(member(answer, "choices"), 0);
  const Json& message = member(choice, "message");
  if (!message.is_object()) return std::nullopt;
  const std::string refusal = text_of(member(message, "refusal"));
  const std::string reason = text_of(member(choice, "finish_reason"));
  const Json& usage = member(answer, "usage");
  Reply reply{.text = content_text(member(message, "content")), .stop = stop_of(reason)};
  if (!refusal.empty()) reply.stop = Stop::refused;
  if (reply.stop == Stop::refused) reply.why = refusal.empty() ? reason : refusal;
  reply.usage.tokens_in = count_of(member(usage, "prompt_tokens"));
  reply.usage.tokens_out = count_of(member(usage, "completion_tokens"));
  reply.model = text_of(member(answer, "model"));
  reply.id = text_of(member(answer, "id"));
  return reply;
}

} // namespace

std::string other_cap_name(const Settings& settings, const Credential& credential) {
  return cap_name(settings, credential) == "max_tokens" ? "max_completion_tokens" : "max_tokens";
}

const Adapter openai{url, body, read, "Authorization", "Bearer ", false, {}};

} // namespace milkrun::ai
