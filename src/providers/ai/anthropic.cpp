// Anthropic Messages (platform.claude.com/docs/en/api/messages). No prefill and no thinking parameter: newer models
// refuse both. A refusal is a 200 whose content may be empty.
#include "providers/ai/adapter.hpp"
#include "providers/ai/schema.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::ai {
namespace {

std::string url(const Settings&, std::string_view base_url) {
  return http::join_url(base_without(base_url, "/v1"), "v1/messages");
}

Json body(const Settings& settings, const Credential&, const Talk& talk, int cap) {
  Json out = {{"model", settings.model}, {"max_tokens", cap}, {"system", talk.system}, {"messages", plain_turns(talk)}};
  if (settings.schema_mode == SchemaMode::json_schema) {
    out["output_config"]["format"] = {{"type", "json_schema"}, {"schema", draft_schema()}};
  }
  if (!settings.effort.empty()) out["output_config"]["effort"] = settings.effort;
  if (settings.temperature) out["temperature"] = *settings.temperature;
  return out;
}

Stop stop_of(const std::string& reason) {
  if (reason == "end_turn" || reason == "stop_sequence") return Stop::end;
  if (reason == "max_tokens" || reason == "model_context_window_exceeded") return Stop::cut;
  return reason == "refusal" ? Stop::refused : Stop::unknown;
}

std::optional<Reply> read(const Json& answer) {
  const Json& content = member(answer, "content");
  if (!content.is_array()) return std::nullopt;
  Reply reply{.text = "", .stop = stop_of(text_of(member(answer, "stop_reason")))};
  for (const Json& block : content) {
    if (text_of(member(block, "type")) == "text") reply.text += text_of(member(block, "text"));
  }
  if (reply.stop == Stop::refused) reply.why = text_of(member(member(answer, "stop_details"), "category"));
  const Json& usage = member(answer, "usage");
  reply.usage.tokens_in = count_of(member(usage, "input_tokens")) +
                          count_of(member(usage, "cache_creation_input_tokens")) +
                          count_of(member(usage, "cache_read_input_tokens"));
  reply.usage.tokens_out = count_of(member(usage, "output_tokens"));
  reply.model = text_of(member(answer, "model"));
  reply.id = text_of(member(answer, "id"));
  return reply;
}

} // namespace

const Adapter anthropic{url, body, read, "x-api-key", "", true, {{"anthropic-version", "2023-06-01"}}};

} // namespace milkrun::ai
