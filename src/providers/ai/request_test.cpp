// What each service is sent, byte for byte but for the order of keys.
#include "providers/ai/adapter.hpp"
#include "providers/ai/fixture_test.hpp"
#include "providers/ai/schema.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::Json;

namespace {

const ai::Talk talk{
    .system = "S",
    .turns = {{ai::Turn::Who::user, "U\n\"ü\""}, {ai::Turn::Who::assistant, "A"}, {ai::Turn::Who::user, "V"}}};

http::Request request(const Credential& credential, int cap = 12'000) {
  const auto settings = ai::read_settings(credential.settings);
  REQUIRE(settings);
  return ai::request_for(*settings, credential, talk, cap, std::chrono::minutes(5));
}

Json body(const Credential& credential) { return Json::parse(request(credential).body); }

std::string headers_of(const http::Request& request) {
  std::string out;
  for (const auto& [name, value] : request.headers) out += name + ": " + value + "\n";
  for (const auto& secret : request.secret_headers) {
    out += secret.name + "@" + secret.host + ": " + std::string(secret.value.reveal()) + "\n";
  }
  return out;
}

const std::string plain = "Content-Type: application/json\nAccept: application/json\n";
const std::string key{test::canary};

const Json schema = Json::parse(R"({"type": "object", "additionalProperties": false,
  "required": ["title", "excerpt", "body_markdown", "tags"],
  "properties": {"title": {"type": "string"}, "excerpt": {"type": "string"}, "body_markdown": {"type": "string"},
                 "tags": {"type": "array", "items": {"type": "string"}}}})");
const Json turns = Json::parse(R"([{"role": "user", "content": "U\n\"ü\""}, {"role": "assistant", "content": "A"},
                                   {"role": "user", "content": "V"}])");
const Json turns_with_system = [] {
  Json out = turns;
  out.insert(out.begin(), Json{{"role", "system"}, {"content", "S"}});
  return out;
}();

} // namespace

TEST_CASE("every request is a repeatable POST of the tenant, capped and without redirects") {
  for (const char* adapter : {"openai", "anthropic", "gemini", "ollama"}) {
    CAPTURE(adapter);
    const http::Request sent = request(test::ai_credential(adapter, "https://ai.example"));
    CHECK(sent.method == "POST");
    CHECK(sent.effect == http::Effect::repeatable);
    CHECK(sent.caller.tenant == "asha");
    CHECK(sent.caller.service == "ai");
    CHECK(sent.timeout == std::chrono::minutes(5));
    CHECK(sent.max_body == 2 * 1024 * 1024);
    CHECK(sent.max_redirects == 0);
    CHECK_FALSE(sent.stall_guard);
    REQUIRE(sent.secret_headers.size() == 1);
    CHECK(sent.secret_headers[0].host == "ai.example");
    CHECK(http::host_of(sent.url) == "ai.example");
    CHECK(sent.url.find(key) == std::string::npos);
    CHECK(sent.body.find(key) == std::string::npos);
  }
}

TEST_CASE("the schema is the strict common subset") { CHECK(ai::draft_schema() == schema); }

TEST_CASE("OpenAI is sent a chat completion") {
  const http::Request sent = request(test::openai_credential());
  CHECK(sent.url == "https://api.openai.com/v1/chat/completions");
  CHECK(headers_of(sent) == plain + "Authorization@api.openai.com: Bearer " + key + "\n");
  const Json format = {{"type", "json_schema"},
                       {"json_schema", {{"name", "post"}, {"strict", true}, {"schema", schema}}}};
  CHECK(Json::parse(sent.body) == Json{{"model", "m-1"},
                                       {"messages", turns_with_system},
                                       {"max_completion_tokens", 12'000},
                                       {"response_format", format}});
}

TEST_CASE("other OpenAI-compatible hosts get max_tokens, and what the settings say") {
  const auto with = [](Json more) {
    return test::ai_credential("openai", "http://127.0.0.1:8080/v1/", std::move(more));
  };
  const http::Request sent = request(with({{"schema_mode", "json_object"},
                                           {"temperature", 0.25},
                                           {"effort", "low"},
                                           {"headers", {{"X-HF-Bill-To", "org"}}}}));
  CHECK(sent.url == "http://127.0.0.1:8080/v1/chat/completions");
  CHECK(headers_of(sent) == plain + "X-HF-Bill-To: org\nAuthorization@127.0.0.1:8080: Bearer " + key + "\n");
  CHECK(Json::parse(sent.body) == Json{{"model", "m-1"},
                                       {"messages", turns_with_system},
                                       {"max_tokens", 12'000},
                                       {"response_format", {{"type", "json_object"}}},
                                       {"temperature", 0.25},
                                       {"reasoning_effort", "low"}});
  CHECK_FALSE(body(with({{"schema_mode", "none"}})).contains("response_format"));
  CHECK(body(with({{"max_tokens_param", "max_completion_tokens"}})).contains("max_completion_tokens"));
  Credential without_key = with(Json::object());
  without_key.secret = Secret();
  CHECK(request(without_key).secret_headers.empty());
}

TEST_CASE("Anthropic is sent a message without prefill, thinking or temperature") {
  const http::Request sent = request(test::ai_credential("anthropic", "https://api.anthropic.com"));
  CHECK(sent.url == "https://api.anthropic.com/v1/messages");
  CHECK(headers_of(sent) == plain + "anthropic-version: 2023-06-01\nx-api-key@api.anthropic.com: " + key + "\n");
  const Json format = {{"type", "json_schema"}, {"schema", schema}};
  CHECK(Json::parse(sent.body) == Json{{"model", "m-1"},
                                       {"max_tokens", 12'000},
                                       {"system", "S"},
                                       {"messages", turns},
                                       {"output_config", {{"format", format}}}});
  CHECK(request(test::ai_credential("anthropic", "https://a.example/v1/")).url == "https://a.example/v1/messages");
  const Json more = body(test::ai_credential("anthropic", "https://a.example",
                                             {{"schema_mode", "none"}, {"effort", "max"}, {"temperature", 1}}));
  CHECK(more["output_config"] == Json{{"effort", "max"}});
  CHECK(more["temperature"] == 1.0);
}

TEST_CASE("Gemini is sent its key in a header only") {
  const Credential credential = test::ai_credential("gemini", "https://generativelanguage.googleapis.com");
  const http::Request sent = request(credential);
  CHECK(sent.url == "https://generativelanguage.googleapis.com/v1beta/models/m-1:generateContent");
  CHECK(headers_of(sent) == plain + "x-goog-api-key@generativelanguage.googleapis.com: " + key + "\n");
  CHECK(Json::parse(sent.body) == Json::parse(R"({"systemInstruction": {"parts": [{"text": "S"}]},
    "contents": [{"role": "user", "parts": [{"text": "U\n\"ü\""}]}, {"role": "model", "parts": [{"text": "A"}]},
                 {"role": "user", "parts": [{"text": "V"}]}],
    "generationConfig": {"maxOutputTokens": 12000, "responseMimeType": "application/json", "responseJsonSchema": )" +
                                              schema.dump() + "}}"));
  const Credential other = test::ai_credential("gemini", "https://g.example/v1beta/",
                                               {{"model", "models/a b?"}, {"schema_mode", "json_object"}});
  CHECK_FALSE(ai::read_settings(other.settings));
  const Credential odd = test::ai_credential(
      "gemini", "https://g.example/v1beta/",
      {{"model", "models/a?key=1/.."}, {"schema_mode", "json_object"}, {"effort", "low"}, {"temperature", 0}});
  CHECK(request(odd).url == "https://g.example/v1beta/models/a%3Fkey%3D1%2F..:generateContent");
  CHECK(body(odd)["generationConfig"] == Json{{"maxOutputTokens", 12'000},
                                              {"responseMimeType", "application/json"},
                                              {"thinkingConfig", {{"thinkingLevel", "LOW"}}},
                                              {"temperature", 0.0}});
}

TEST_CASE("Ollama is sent no stream and a context that holds prompt and answer") {
  const http::Request sent = request(test::ai_credential("ollama", "http://localhost:11434"), 4096);
  CHECK(sent.url == "http://localhost:11434/api/chat");
  CHECK(Json::parse(sent.body) == Json{{"model", "m-1"},
                                       {"messages", turns_with_system},
                                       {"stream", false},
                                       {"format", schema},
                                       {"options", {{"num_ctx", 8192}, {"num_predict", 4096}}}});
  const auto with = [](Json more) {
    return body(test::ai_credential("ollama", "http://h.example/api", std::move(more)));
  };
  CHECK(with({{"schema_mode", "json_object"}})["format"] == "json");
  CHECK(with({{"effort", "none"}})["think"] == false);
  CHECK(with({{"effort", "high"}})["think"] == "high");
  CHECK(with({{"effort", "max"}})["think"] == true);
  CHECK(with({{"temperature", 0.5}})["options"]["temperature"] == 0.5);
  CHECK(with(Json::object())["options"]["num_ctx"] == 16'384);
}
