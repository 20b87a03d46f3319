// AI providers as played: each one's shapes, keys, scripts and errors.
#include "fixture.hpp"

#include <doctest/doctest.h>

using namespace milkrun::sandbox::test;
using milkrun::sandbox::SandboxProcess;

namespace {

const std::string task = "Language: de\nTitle: Fish & Chips\nText: hot";

struct Provider {
  std::string name;
  std::string path;
  httplib::Headers headers;
  Json request;
  Json::json_pointer text;
  Json::json_pointer tokens;
  Json::json_pointer stop;
  std::string truncated;
};

std::vector<Provider> providers() {
  using Pointer = Json::json_pointer;
  const Json messages = {{{"role", "system"}, {"content", "S"}}, {{"role", "user"}, {"content", task}}};
  const Json user = {{{"role", "user"}, {"content", task}}};
  const Json contents = {{{"role", "user"}, {"parts", {{{"text", task}}}}}};
  return {{"openai",
           "/ai/openai/v1/chat/completions",
           {{"Authorization", "Bearer ai-key"}},
           {{"model", "m"}, {"messages", messages}},
           Pointer("/choices/0/message/content"),
           Pointer("/usage/completion_tokens"),
           Pointer("/choices/0/finish_reason"),
           "length"},
          {"anthropic",
           "/ai/anthropic/v1/messages",
           {{"x-api-key", "ai-key"}, {"anthropic-version", "2023-06-01"}},
           {{"model", "m"}, {"max_tokens", 9}, {"system", "S"}, {"messages", user}},
           Pointer("/content/1/text"),
           Pointer("/usage/output_tokens"),
           Pointer("/stop_reason"),
           "max_tokens"},
          {"gemini",
           "/ai/gemini/v1beta/models/m:generateContent",
           {{"x-goog-api-key", "ai-key"}},
           {{"contents", contents}},
           Pointer("/candidates/0/content/parts/1/text"),
           Pointer("/usageMetadata/candidatesTokenCount"),
           Pointer("/candidates/0/finishReason"),
           "MAX_TOKENS"},
          {"ollama",
           "/ai/ollama/api/chat",
           {{"Authorization", "Bearer ai-key"}},
           {{"model", "m"}, {"stream", false}, {"messages", messages}},
           Pointer("/message/content"),
           Pointer("/eval_count"),
           Pointer("/done_reason"),
           "length"}};
}

httplib::Result call(const SandboxProcess& sandbox, const Provider& provider) {
  auto http = client(sandbox);
  return post(http, provider.path, provider.request, provider.headers);
}

void plan(const SandboxProcess& sandbox, const std::string& name, const Json& script) {
  control(sandbox, "PATCH", "state", {{"ai", {{name, {{"script", script}}}}}});
}

} // namespace

TEST_CASE("every provider answers a valid draft that names title and language, the same one each time") {
  SandboxProcess& sandbox = fresh_sandbox();
  for (const Provider& provider : providers()) {
    INFO(provider.name);
    const auto result = call(sandbox, provider);
    REQUIRE(result);
    REQUIRE(result->status == 200);
    const Json answer = json_of(result);
    const Json draft = Json::parse(answer.at(provider.text).get<std::string>());
    CHECK(draft["title"] == "Fish & Chips (de)");
    CHECK(draft["body_markdown"].get<std::string>().find("Fish & Chips") != std::string::npos);
    CHECK(draft["excerpt"].is_string());
    CHECK(draft["tags"].is_array());
    CHECK(answer.at(provider.tokens).get<int>() > 0);
    CHECK(json_of(call(sandbox, provider)).at(provider.text) == answer.at(provider.text));
  }
  CHECK(control(sandbox, "GET", "effects")["ai_calls"] == 8);
}

TEST_CASE("every provider refuses a wrong key in its own words, and no call is counted") {
  SandboxProcess& sandbox = fresh_sandbox();
  for (Provider provider : providers()) {
    INFO(provider.name);
    provider.headers = {{"anthropic-version", "2023-06-01"}};
    const auto result = call(sandbox, provider);
    REQUIRE(result);
    CHECK(result->status == (provider.name == "gemini" ? 400 : 401));
    CHECK(json_of(result).contains("error"));
  }
  CHECK(control(sandbox, "GET", "effects")["ai_calls"] == 0);
}

TEST_CASE("every provider can cut its answer short and say so") {
  SandboxProcess& sandbox = fresh_sandbox();
  for (const Provider& provider : providers()) {
    INFO(provider.name);
    plan(sandbox, provider.name, {{{"kind", "truncated"}}});
    const Json answer = json_of(call(sandbox, provider));
    CHECK(answer.at(provider.stop) == provider.truncated);
    CHECK(Json::parse(answer.at(provider.text).get<std::string>(), nullptr, false).is_discarded());
  }
}

TEST_CASE("refusals have the provider's shape") {
  SandboxProcess& sandbox = fresh_sandbox();
  std::map<std::string, Json> answers;
  for (const Provider& provider : providers()) {
    plan(sandbox, provider.name, {{{"kind", "refusal"}}});
    answers[provider.name] = json_of(call(sandbox, provider));
  }
  CHECK(answers["openai"]["choices"][0]["message"]["refusal"].is_string());
  CHECK(answers["openai"]["choices"][0]["message"]["content"].is_null());
  CHECK(answers["anthropic"]["stop_reason"] == "refusal");
  CHECK(answers["gemini"]["candidates"][0]["finishReason"] == "SAFETY");
  CHECK(answers["ollama"]["message"]["content"] == "I cannot help with that.");
  plan(sandbox, "gemini", {{{"kind", "blocked"}}});
  CHECK_FALSE(json_of(call(sandbox, providers()[2])).contains("candidates"));
}

TEST_CASE("planned errors have the provider's envelope, status and delay") {
  SandboxProcess& sandbox = fresh_sandbox();
  const std::map<std::string, std::string> words = {{"openai", "rate_limit_exceeded"},
                                                    {"anthropic", "rate_limit_error"},
                                                    {"gemini", "RESOURCE_EXHAUSTED"},
                                                    {"ollama", "planned error"}};
  for (const Provider& provider : providers()) {
    INFO(provider.name);
    plan(sandbox, provider.name, {{{"kind", "error"}, {"status", 429}, {"retry_after", 7}}});
    const auto result = call(sandbox, provider);
    CHECK(result->status == 429);
    CHECK(result->body.find(words.at(provider.name)) != std::string::npos);
    CHECK((result->get_header_value("retry-after") == "7" || result->body.find("\"7s\"") != std::string::npos));
  }
  plan(sandbox, "anthropic", {{{"kind", "error"}, {"status", 529}}});
  CHECK(json_of(call(sandbox, providers()[1]))["error"]["type"] == "overloaded_error");
  plan(sandbox, "openai", {{{"kind", "error"}, {"status", 429}, {"code", "insufficient_quota"}}});
  CHECK(json_of(call(sandbox, providers()[0]))["error"]["type"] == "insufficient_quota");
}

TEST_CASE("a script is played in order, as often as it says, then the draft comes again") {
  SandboxProcess& sandbox = fresh_sandbox();
  const Provider openai = providers()[0];
  plan(sandbox, "openai",
       {{{"kind", "error"}, {"status", 500}, {"times", 2}},
        {{"kind", "invalid_json"}},
        {{"kind", "injected"}},
        {{"kind", "fenced"}},
        {{"kind", "draft"}, {"title", "Mine"}}});
  CHECK(call(sandbox, openai)->status == 500);
  CHECK(call(sandbox, openai)->status == 500);
  const auto text = [&] { return json_of(call(sandbox, openai)).at(openai.text).get<std::string>(); };
  CHECK(Json::parse(text(), nullptr, false).is_discarded());
  CHECK(Json::parse(text())["body_markdown"].get<std::string>().find("<script>") != std::string::npos);
  CHECK(text().starts_with("```json"));
  CHECK(Json::parse(text())["title"] == "Mine");
  CHECK(Json::parse(text())["title"] == "Fish & Chips (de)");
}

TEST_CASE("requests that a provider would not take are refused") {
  SandboxProcess& sandbox = fresh_sandbox();
  Provider anthropic = providers()[1];
  anthropic.request.erase("max_tokens");
  CHECK(call(sandbox, anthropic)->status == 400);
  anthropic = providers()[1];
  anthropic.headers.erase("anthropic-version");
  CHECK(call(sandbox, anthropic)->status == 400);
  control(sandbox, "PATCH", "state", {{"ai", {{"openai", {{"reject", {"temperature"}}}}}}});
  Provider openai = providers()[0];
  openai.request["temperature"] = 0.7;
  CHECK(json_of(call(sandbox, openai))["error"]["code"] == "unsupported_parameter");
  Provider ollama = providers()[3];
  ollama.request.erase("stream");
  CHECK(call(sandbox, ollama)->get_header_value("Content-Type") == "application/x-ndjson");
}
