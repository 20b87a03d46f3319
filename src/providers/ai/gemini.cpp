// Google Gemini generateContent (ai.google.dev/api/generate-content). The key goes into a header: in the query it
// would land in logs. A blocked prompt is a 200 without candidates.
#include "providers/ai/adapter.hpp"
#include "providers/ai/schema.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace milkrun::ai {
namespace {

std::string url(const Settings& settings, std::string_view base_url) {
  std::string_view model = settings.model;
  if (model.starts_with("models/")) model.remove_prefix(7);
  const std::string base = base_without(base_url, "/v1beta");
  return http::join_url(base, "v1beta/models/" + text::percent_encode(model) + ":generateContent");
}

Json one_part(const std::string& text) { return Json::array({Json{{"text", text}}}); }

std::string upper(std::string s) {
  std::ranges::transform(s, s.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return s;
}

Json body(const Settings& settings, const Credential&, const Talk& talk, int cap) {
  Json contents = Json::array();
  for (const Turn& turn : talk.turns) {
    contents.push_back({{"role", turn.who == Turn::Who::user ? "user" : "model"}, {"parts", one_part(turn.text)}});
  }
  Json config = {{"maxOutputTokens", cap}};
  if (settings.schema_mode != SchemaMode::none) config["responseMimeType"] = "application/json";
  if (settings.schema_mode == SchemaMode::json_schema) config["responseJsonSchema"] = draft_schema();
  if (settings.temperature) config["temperature"] = *settings.temperature;
  if (!settings.effort.empty()) config["thinkingConfig"] = {{"thinkingLevel", upper(settings.effort)}};
  return {
      {"systemInstruction", {{"parts", one_part(talk.system)}}}, {"contents", contents}, {"generationConfig", config}};
}

// Of this very text, by the service's own word. A language that the model does not write, or no reason at all, is the
// model's trouble.
bool is_about_text(std::string_view reason) {
  constexpr auto reasons = std::to_array<std::string_view>(
      {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "MODEL_ARMOR", "JAILBREAK"});
  return std::ranges::find(reasons, reason) != reasons.end();
}

Stop stop_of(std::string_view reason) {
  if (reason == "STOP") return Stop::end;
  if (reason == "MAX_TOKENS") return Stop::cut;
  if (reason == "LANGUAGE" || reason == "OTHER") return Stop::declined;
  return is_about_text(reason) ? Stop::refused : Stop::unknown;
}

std::optional<Reply> read(const Json& answer) {
  const Json& candidate = element(member(answer, "candidates"), 0);
  const std::string blocked = text_of(member(member(answer, "promptFeedback"), "blockReason"));
  if (!candidate.is_object() && blocked.empty()) return std::nullopt;
  const std::string reason = text_of(member(candidate, "finishReason"));
  Reply reply{.text = "", .stop = stop_of(reason)};
  if (!blocked.empty()) reply.stop = is_about_text(blocked) ? Stop::refused : Stop::declined;
  if (reply.stop == Stop::refused || reply.stop == Stop::declined) reply.why = blocked.empty() ? reason : blocked;
  const Json& parts = member(member(candidate, "content"), "parts");
  for (std::size_t i = 0; parts.is_array() && i < parts.size(); ++i) {
    if (member(parts[i], "thought") != true) reply.text += text_of(member(parts[i], "text"));
  }
  const Json& usage = member(answer, "usageMetadata");
  reply.usage.tokens_in = count_of(member(usage, "promptTokenCount"));
  reply.usage.tokens_out =
      count_of(member(usage, "candidatesTokenCount")) + count_of(member(usage, "thoughtsTokenCount"));
  reply.model = text_of(member(answer, "modelVersion"));
  reply.id = text_of(member(answer, "responseId"));
  return reply;
}

} // namespace

const Adapter gemini{url, body, read, "x-goog-api-key", "", true, {}};

} // namespace milkrun::ai
