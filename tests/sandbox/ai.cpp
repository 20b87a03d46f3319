// AI providers: key check, a script of planned answers, and a derived draft when the script is empty.
// Config: {"key":"...","script":[{"kind":"draft"|...,"times":1}],"reject":["temperature"]}; kinds are in README.md.
#include "ai.hpp"

#include "world.hpp"

#include <fmt/core.h>

namespace milkrun::sandbox {

namespace {

// What a model says that obeys an instruction hidden in the feed.
Json obedient_draft(const Prompt& prompt) {
  Json draft = draft_of(prompt);
  draft["title"] = "<script>alert(1)</script>" + draft["title"].get<std::string>();
  draft["excerpt"] = "<img src=x onerror=alert(2)> excerpt";
  draft["body_markdown"] = "<script>alert(3)</script>\n\n<iframe src=\"https://evil.example/\"></iframe>\n\n"
                           "[click](javascript:alert(4)) [ok](https://example.com/)\n\n"
                           "<!-- wp:html --><form action=\"https://evil.example/\"></form><!-- /wp:html -->\n\n"
                           "[gallery ids=\"1\"]\n\n" +
                           draft["body_markdown"].get<std::string>();
  return draft;
}

// nullopt for a kind that is not known.
std::optional<Reply> reply_of(const Json& entry, const Prompt& prompt) {
  const std::string kind = entry.value("kind", "draft");
  Json draft = kind == "injected" ? obedient_draft(prompt) : draft_of(prompt);
  for (const char* field : {"title", "excerpt", "body_markdown", "tags"})
    if (entry.contains(field)) draft[field] = entry[field];
  const std::string text = dump(draft);
  if (kind == "draft" || kind == "injected") return Reply{.text = text};
  if (kind == "text") return Reply{.text = entry.value("text", "")};
  if (kind == "empty") return Reply{};
  if (kind == "refusal") return Reply{.text = "", .stop = Stop::refused};
  if (kind == "blocked") return Reply{.text = "", .stop = Stop::blocked};
  if (kind == "truncated") return Reply{.text = text.substr(0, text.size() / 2), .stop = Stop::truncated};
  if (kind == "invalid_json") return Reply{.text = text.substr(0, text.size() / 2)};
  if (kind == "fenced") return Reply{.text = "```json\n" + text + "\n```"};
  if (kind == "prose") return Reply{.text = "Here is the article:\n" + text + "\nI hope it helps!"};
  if (kind == "wrong_schema") return Reply{.text = R"({"headline":"no such member","tags":"not a list"})"};
  return std::nullopt;
}

bool key_fits(Dialect dialect, const std::string& key, const Ask& ask) {
  if (key.empty()) return true;
  if (dialect == Dialect::anthropic) return ask.header("x-api-key") == key;
  if (dialect == Dialect::gemini) return ask.header("x-goog-api-key") == key;
  return ask.header("authorization") == "Bearer " + key;
}

Answer wrong_key(Dialect dialect) {
  if (dialect == Dialect::gemini)
    return error_answer(dialect, {.status = 400, .code = "API_KEY_INVALID", .message = "API key not valid."});
  return error_answer(dialect, {.status = 401, .code = "", .message = "Incorrect API key provided."});
}

// The next planned entry, taken off the script; a draft when there is none.
Json next_entry(Json& account) {
  Json& script = account["script"];
  if (!script.is_array() || script.empty()) return Json::object();
  const Json entry = script[0];
  const int times = entry.value("times", 1);
  if (times > 1)
    script[0]["times"] = times - 1;
  else if (times >= 0)
    script.erase(script.begin());
  return entry;
}

Answer bad_request(Dialect dialect, const std::string& message, const std::string& code = "") {
  return error_answer(dialect, {.status = 400, .code = code, .message = message});
}

} // namespace

Answer play_ai(World& world, const Ask& ask, const Target& target) {
  Json& accounts = world.state["ai"];
  const auto dialect = dialect_of(target.rest);
  if (!accounts.contains(target.who) || !dialect || ask.method != "POST")
    return {.status = 404, .type = "text/plain", .body = "no such AI route\n", .headers = {}};
  Json& account = accounts[target.who];
  if (!key_fits(*dialect, account.value("key", ""), ask)) return wrong_key(*dialect);
  if (*dialect == Dialect::anthropic && ask.header("anthropic-version").empty())
    return bad_request(*dialect, "anthropic-version: header is required");
  const Json body = Json::parse(ask.body, nullptr, false);
  if (!body.is_object()) return bad_request(*dialect, "We could not parse the JSON body of your request.");
  const auto prompt = read_prompt(*dialect, target.rest, body);
  if (!prompt) return bad_request(*dialect, "model, messages or max_tokens is missing");
  for (const Json& name : account.value("reject", Json::array()))
    if (body.contains(name.get<std::string>()))
      return bad_request(*dialect, "Unsupported parameter: " + name.get<std::string>(), "unsupported_parameter");
  const int call = ++world.ai_calls[target.who];
  const Json entry = next_entry(account);
  if (entry.value("kind", "") == "error")
    return error_answer(*dialect, {.status = entry.value("status", 500),
                                   .code = entry.value("code", ""),
                                   .message = entry.value("message", ""),
                                   .retry_after = entry.value("retry_after", 0)});
  const auto reply = reply_of(entry, *prompt);
  if (!reply)
    return {.status = 500, .type = "text/plain", .body = "sandbox: unknown kind in the AI script\n", .headers = {}};
  return reply_answer(*dialect, *prompt, *reply, call, body.value("stream", true));
}

} // namespace milkrun::sandbox
