// Ollama's own /api/chat (docs.ollama.com/api/chat). Only here can the context be sized: by default it is 4k tokens
// and a longer prompt is silently cut. Streaming is its default and is switched off.
#include "providers/ai/adapter.hpp"
#include "providers/ai/schema.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::ai {
namespace {

std::string url(const Settings&, std::string_view base_url) {
  return http::join_url(base_without(base_url, "/api"), "api/chat");
}

// Room for prompt (at most a token for two bytes) and answer, in steps: a new size makes Ollama load the model anew.
std::size_t context_size(const Talk& talk, int cap) {
  constexpr std::size_t step = 8192;
  std::size_t bytes = talk.system.size();
  for (const Turn& turn : talk.turns) bytes += turn.text.size();
  return (static_cast<std::size_t>(cap) + bytes / 2 + step) / step * step;
}

// Only some models know levels; all that think can be told not to.
Json think_of(const std::string& effort) {
  if (effort == "none") return false;
  return effort == "low" || effort == "medium" || effort == "high" ? Json(effort) : Json(true);
}

Json body(const Settings& settings, const Credential&, const Talk& talk, int cap) {
  Json messages = plain_turns(talk);
  messages.insert(messages.begin(), Json{{"role", "system"}, {"content", talk.system}});
  Json options = {{"num_ctx", context_size(talk, cap)}, {"num_predict", cap}};
  if (settings.temperature) options["temperature"] = *settings.temperature;
  Json out = {{"model", settings.model}, {"messages", messages}, {"stream", false}, {"options", options}};
  if (settings.schema_mode == SchemaMode::json_schema) out["format"] = draft_schema();
  if (settings.schema_mode == SchemaMode::json_object) out["format"] = "json";
  if (!settings.effort.empty()) out["think"] = think_of(settings.effort);
  return out;
}

Stop stop_of(const std::string& reason) {
  if (reason == "stop") return Stop::end;
  return reason == "length" ? Stop::cut : Stop::unknown;
}

std::optional<Reply> read(const Json& answer) {
  const Json& message = member(answer, "message");
  if (!message.is_object()) return std::nullopt;
  Reply reply{.text = text_of(member(message, "content")), .stop = stop_of(text_of(member(answer, "done_reason")))};
  reply.usage.tokens_in = count_of(member(answer, "prompt_eval_count"));
  reply.usage.tokens_out = count_of(member(answer, "eval_count"));
  reply.model = text_of(member(answer, "model"));
  return reply;
}

} // namespace

const Adapter ollama{url, body, read, "Authorization", "Bearer ", false, {}};

} // namespace milkrun::ai
