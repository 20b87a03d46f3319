// How each provider asks and answers: OpenAI chat completions, Anthropic messages, Gemini generateContent, Ollama chat.
#include "ai.hpp"
#include "words.hpp"

#include <fmt/core.h>

namespace milkrun::sandbox {

namespace {

int tokens(const std::string& text) { return static_cast<int>(text.size() / 4) + 1; }

// Content as a string or as parts with a "text".
std::string text_in(const Json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string out;
  if (content.is_array())
    for (const Json& part : content) out += part.value("text", "");
  return out;
}

std::string parts_in(const Json& holder) { return text_in(holder.value("parts", Json::array())); }

Json openai(const Prompt& prompt, const Reply& reply, int call) {
  const bool refused = reply.stop == Stop::refused || reply.stop == Stop::blocked;
  const Json message{{"role", "assistant"},
                     {"content", refused ? Json() : Json(reply.text)},
                     {"refusal", refused ? Json("I'm sorry, I can't help with that.") : Json()}};
  const char* reason = reply.stop == Stop::truncated ? "length"
                       : reply.stop == Stop::blocked ? "content_filter"
                                                     : "stop";
  const int in = tokens(prompt.system + prompt.user);
  const int out = tokens(reply.text);
  return {{"id", fmt::format("chatcmpl-{}", call)},
          {"object", "chat.completion"},
          {"created", 1'795'262'400},
          {"model", prompt.model},
          {"choices", {{{"index", 0}, {"message", message}, {"finish_reason", reason}}}},
          {"usage", {{"prompt_tokens", in}, {"completion_tokens", out}, {"total_tokens", in + out}}}};
}

Json anthropic(const Prompt& prompt, const Reply& reply, int call) {
  const bool refused = reply.stop == Stop::refused || reply.stop == Stop::blocked;
  Json content = Json::array();
  if (!refused) content = {{{"type", "thinking"}, {"thinking", "hm"}}, {{"type", "text"}, {"text", reply.text}}};
  Json out{{"id", fmt::format("msg_{}", call)}, {"type", "message"}, {"role", "assistant"}, {"model", prompt.model}};
  out["content"] = content;
  out["stop_reason"] = refused ? "refusal" : reply.stop == Stop::truncated ? "max_tokens" : "end_turn";
  out["stop_sequence"] = nullptr;
  out["stop_details"] =
      refused ? Json{{"type", "refusal"}, {"category", "general_harms"}, {"explanation", nullptr}} : Json();
  out["usage"] = {{"input_tokens", tokens(prompt.system + prompt.user)},
                  {"output_tokens", tokens(reply.text)},
                  {"cache_creation_input_tokens", 0},
                  {"cache_read_input_tokens", 0}};
  return out;
}

Json gemini(const Prompt& prompt, const Reply& reply, int call) {
  const int in = tokens(prompt.system + prompt.user);
  const int out = tokens(reply.text);
  Json answer{
      {"usageMetadata", {{"promptTokenCount", in}, {"candidatesTokenCount", out}, {"totalTokenCount", in + out}}},
      {"modelVersion", prompt.model},
      {"responseId", fmt::format("resp-{}", call)}};
  if (reply.stop == Stop::blocked) {
    answer["promptFeedback"] = {{"blockReason", "PROHIBITED_CONTENT"}};
    return answer;
  }
  Json candidate{{"index", 0}, {"finishReason", "STOP"}};
  if (reply.stop == Stop::truncated) candidate["finishReason"] = "MAX_TOKENS";
  if (reply.stop == Stop::refused)
    candidate["finishReason"] = "SAFETY";
  else
    candidate["content"] = {{"role", "model"},
                            {"parts", {{{"text", "hm"}, {"thought", true}}, {{"text", reply.text}}}}};
  answer["candidates"] = Json::array({candidate});
  return answer;
}

Json ollama(const Prompt& prompt, const Reply& reply) {
  const bool refused = reply.stop == Stop::refused || reply.stop == Stop::blocked;
  return {{"model", prompt.model},
          {"created_at", "2026-11-21T12:00:00Z"},
          {"message", {{"role", "assistant"}, {"content", refused ? "I cannot help with that." : reply.text}}},
          {"done", true},
          {"done_reason", reply.stop == Stop::truncated ? "length" : "stop"},
          {"total_duration", 1'000'000},
          {"prompt_eval_count", tokens(prompt.system + prompt.user)},
          {"eval_count", tokens(reply.text)}};
}

void read_messages(const Json& messages, Prompt& prompt) {
  for (const Json& message : messages) {
    const std::string role = message.value("role", "");
    const std::string text = text_in(message.value("content", Json()));
    if (role == "user")
      prompt.user += text + "\n";
    else if (role != "assistant")
      prompt.system += text + "\n";
  }
}

} // namespace

std::optional<Dialect> dialect_of(const std::string& rest) {
  if (rest.ends_with("/chat/completions")) return Dialect::openai;
  if (rest.ends_with("/messages")) return Dialect::anthropic;
  if (rest.find("/models/") != rest.npos && rest.ends_with(":generateContent")) return Dialect::gemini;
  if (rest.ends_with("/api/chat")) return Dialect::ollama;
  return std::nullopt;
}

std::optional<Prompt> read_prompt(Dialect dialect, const std::string& rest, const Json& body) {
  Prompt prompt;
  if (dialect == Dialect::gemini) {
    const auto at = rest.find("/models/") + 8;
    prompt.model = rest.substr(at, rest.rfind(':') - at);
    prompt.system = parts_in(body.value("systemInstruction", Json::object()));
    for (const Json& turn : body.value("contents", Json::array()))
      if (turn.value("role", "user") == "user") prompt.user += parts_in(turn) + "\n";
  } else {
    prompt.model = body.value("model", "");
    prompt.system = text_in(body.value("system", Json("")));
    read_messages(body.value("messages", Json::array()), prompt);
    if (dialect == Dialect::anthropic && !body.contains("max_tokens")) return std::nullopt;
  }
  if (prompt.model.empty() || trim(prompt.user).empty()) return std::nullopt;
  return prompt;
}

Answer reply_answer(Dialect dialect, const Prompt& prompt, const Reply& reply, int call, bool streamed) {
  Answer answer{.type = "application/json", .body = "", .headers = {}};
  if (dialect == Dialect::openai) {
    answer.body = dump(openai(prompt, reply, call));
    answer.headers.emplace_back("x-request-id", fmt::format("req_{}", call));
  } else if (dialect == Dialect::anthropic) {
    answer.body = dump(anthropic(prompt, reply, call));
    answer.headers.emplace_back("request-id", fmt::format("req_{}", call));
  } else if (dialect == Dialect::gemini) {
    answer.body = dump(gemini(prompt, reply, call));
  } else {
    answer.body = dump(ollama(prompt, reply));
    if (streamed) { // what a caller gets who forgot "stream": false
      const Json first{{"model", prompt.model}, {"message", {{"role", "assistant"}, {"content", ""}}}, {"done", false}};
      answer.body = dump(first) + "\n" + answer.body + "\n";
      answer.type = "application/x-ndjson";
    }
  }
  return answer;
}

} // namespace milkrun::sandbox
