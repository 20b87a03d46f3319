// The conversation as a whole: repair, the number of calls, and where the key goes.
#include "providers/ai/fixture_test.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::Json;

namespace {

const std::string good = test::draft_json().dump();

} // namespace

TEST_CASE("an answer that does not fit is repaired once, and told what was wrong") {
  test::FakeHttp http;
  http.answer(200, test::openai_answer(R"({"title": "only"})"));
  http.answer(200, test::openai_answer(good));
  const ai::Answer answer = test::write_with(http, test::openai_credential());
  CHECK(answer.draft);
  CHECK(answer.usage.calls == 2);
  CHECK(answer.usage.tokens_in == 200);
  CHECK(answer.usage.tokens_out == 40);
  REQUIRE(http.sent.size() == 2);
  const Json first = Json::parse(http.sent[0].body)["messages"];
  const Json second = Json::parse(http.sent[1].body)["messages"];
  REQUIRE(second.size() == 4);
  CHECK(second[0] == first[0]);
  CHECK(second[1] == first[1]);
  CHECK(second[2] == Json{{"role", "assistant"}, {"content", R"({"title": "only"})"}});
  CHECK(second[3]["content"].get<std::string>().find("body_markdown is missing") != std::string::npos);
}

TEST_CASE("an answer that says nothing of its cost, or less than nothing, is counted by its bytes") {
  for (const Json& usage : {Json(), Json{{"prompt_tokens", -5}, {"completion_tokens", "9"}}}) {
    test::FakeHttp http;
    Json said = Json::parse(test::openai_answer(good));
    said["usage"] = usage;
    http.answer(200, said.dump());
    const ai::Answer answer = test::write_with(http, test::openai_credential());
    CHECK(answer.draft);
    CHECK(answer.usage.tokens_in == static_cast<std::int64_t>(http.sent.at(0).body.size()) / 3);
    CHECK(answer.usage.tokens_out == static_cast<std::int64_t>(good.size()) / 3);
  }
}

TEST_CASE("a second answer that does not fit is the last") {
  test::FakeHttp http;
  http.answer(200, test::openai_answer("{}"));
  http.answer(200, test::openai_answer("no"));
  const ai::Answer answer = test::write_with(http, test::openai_credential());
  REQUIRE_FALSE(answer.draft);
  CHECK(answer.draft.error().fault == Fault::outage); // it waits alone: another day the model may do as it is told
  REQUIRE(answer.draft.error().parks.size() == 1);
  CHECK(answer.draft.error().parks[0].scope == ParkScope::page);
  CHECK(answer.draft.error().reason.code() == "ai.answer_misfit");
  CHECK(answer.draft.error().detail == "it is not one JSON object");
  CHECK(answer.usage.calls == 2);
}

TEST_CASE("one doubling and one repair are all there is") {
  test::FakeHttp http;
  http.answer(200, test::openai_answer("", "length"));
  http.answer(200, test::openai_answer("no"));
  http.answer(200, test::openai_answer(good, "length"));
  const ai::Answer answer = test::write_with(http, test::openai_credential());
  REQUIRE_FALSE(answer.draft);
  CHECK(answer.draft.error().reason.code() == "ai.answer_cut_off");
  CHECK(answer.draft.error().fault == Fault::outage); // it waits alone: a raised cap lets it through
  REQUIRE(answer.draft.error().parks.size() == 1);
  CHECK(answer.draft.error().parks[0].scope == ParkScope::page);
  CHECK(answer.usage.calls == 3);
  CHECK(answer.usage.tokens_out == 60);
  CHECK(Json::parse(http.sent[2].body)["max_completion_tokens"] == 24'000);
}

TEST_CASE("a repair may be refused or fail like any call") {
  test::FakeHttp refused;
  refused.answer(200, test::openai_answer("no"));
  refused.answer(200, test::openai_answer("", "content_filter"));
  CHECK(test::write_with(refused, test::openai_credential()).draft.error().reason.code() == "ai.refused");
  test::FakeHttp busy;
  busy.answer(200, test::openai_answer("no"));
  busy.answer(429, "");
  const ai::Answer answer = test::write_with(busy, test::openai_credential());
  CHECK(answer.draft.error().fault == Fault::rate_limited);
  CHECK(answer.usage.tokens_in == 100);
}

TEST_CASE("a service that breaks off in the middle is in trouble; only its word for a full cap is a cut") {
  for (const char* reason : {"error", "insufficient_system_resource", "network_error", "", "tool_calls"}) {
    CAPTURE(reason);
    test::FakeHttp http;
    http.answer(200, test::openai_answer(R"({"title": "On)", reason));
    const ai::Answer answer = test::write_with(http, test::openai_credential());
    REQUIRE_FALSE(answer.draft);
    CHECK(answer.draft.error().fault == Fault::outage);
    CHECK(answer.draft.error().reason.code() == "ai.unusable_answer");
    CHECK(answer.usage.calls == 1);
    test::FakeHttp whole;
    whole.answer(200, test::openai_answer(good, reason));
    CHECK(test::write_with(whole, test::openai_credential()).draft);
  }
}

TEST_CASE("what says nothing is empty, however it is spelled") {
  for (const char* text :
       {" \u200b\n\ufeff", "<think>What shall I say?</think>", "null", "<think>and so on", "\u00a0"}) {
    CAPTURE(text);
    test::FakeHttp http;
    http.answer(200, test::openai_answer(text));
    const ai::Answer answer = test::write_with(http, test::openai_credential());
    REQUIRE_FALSE(answer.draft);
    CHECK(answer.draft.error().fault == Fault::outage);
    CHECK(answer.draft.error().reason.code() == "ai.empty_answer");
  }
  test::FakeHttp http;
  const std::string fields = R"({"title": "", "excerpt": " ", "body_markdown": "", "tags": []})";
  http.answer(200, test::openai_answer(fields));
  http.answer(200, test::openai_answer(fields));
  CHECK(test::write_with(http, test::openai_credential()).draft.error().reason.code() == "ai.empty_answer");
}

TEST_CASE("a text that is no object of ours twice over is the service's trouble, and waits alone") {
  for (const char* text : {"The service is temporarily unavailable. Please try again later.", R"({"title": "On)"}) {
    CAPTURE(text);
    test::FakeHttp http;
    http.answer(200, test::openai_answer(text));
    http.answer(200, test::openai_answer(text));
    const ai::Answer answer = test::write_with(http, test::openai_credential());
    REQUIRE_FALSE(answer.draft);
    CHECK(answer.draft.error().fault == Fault::outage);
    CHECK(answer.draft.error().reason.code() == "ai.unusable_answer");
    REQUIRE(answer.draft.error().parks.size() == 1);
    CHECK(answer.draft.error().parks[0].scope == ParkScope::page);
    CHECK(answer.usage.calls == 2);
  }
}

TEST_CASE("a cap the model does not take is a cut-off answer, and none is raised beyond 64000") {
  test::FakeHttp http;
  http.answer(200, test::openai_answer("{", "length"));
  http.answer(400, R"({"error": {"message": "max_tokens is too large"}})");
  const Error refused = test::write_with(http, test::openai_credential()).draft.error();
  CHECK(refused.reason.code() == "ai.answer_cut_off");
  CHECK(refused.fault == Fault::outage);
  test::FakeHttp high;
  high.answer(200, test::openai_answer("", "length"));
  high.answer(200, test::openai_answer(good));
  CHECK(test::write_with(high, test::openai_credential({{"max_tokens", 40'000}})).draft);
  CHECK(Json::parse(high.sent.at(1).body)["max_completion_tokens"] == 64'000);
  test::FakeHttp full;
  full.answer(200, test::openai_answer("{", "length"));
  const ai::Answer answer = test::write_with(full, test::openai_credential({{"max_tokens", 64'000}}));
  CHECK(answer.draft.error().reason.code() == "ai.answer_cut_off");
  CHECK(answer.draft.error().fault == Fault::outage);
  CHECK(answer.usage.calls == 1);
}

TEST_CASE("an answer with nothing in it says nothing about the item") {
  const std::string upstream = R"({"model":"m","choices":[{"index":0,"finish_reason":"error",
    "error":{"code":502,"message":"Upstream closed"},"message":{"role":"assistant","content":""}}]})";
  struct Row {
    const char *adapter, *base;
    std::string body, reason;
  };
  const Row rows[] = {
      {"openai", "https://h.example/v1", test::openai_answer(""), "ai.empty_answer"},
      {"openai", "https://h.example/v1", test::openai_answer(" \n", "odd"), "ai.empty_answer"},
      {"openai", "https://h.example/v1", upstream, "ai.service_error"},
      {"gemini", "https://h.example", R"({"candidates":[{"content":{"role":"model"},"finishReason":"STOP"}]})",
       "ai.empty_answer"},
      {"ollama", "https://h.example", test::ollama_answer("", "load"), "ai.empty_answer"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    test::FakeHttp http;
    http.answer(200, row.body);
    const ai::Answer answer = test::write_with(http, test::ai_credential(row.adapter, row.base));
    REQUIRE_FALSE(answer.draft);
    CHECK(answer.draft.error().fault == Fault::outage);
    CHECK(answer.draft.error().reason.code() == row.reason);
    CHECK(http.sent.size() == 1);
  }
}

TEST_CASE("a cap that leaves no room for a first word is the credential's setting, and no item ends by it") {
  test::FakeHttp http;
  http.answer(200, test::openai_answer("", "length"));
  SUBCASE("it stays too small when it is doubled") { http.answer(200, test::openai_answer("", "length")); }
  SUBCASE("and may not be doubled") { http.answer(400, R"({"error": {"message": "max_tokens is too large"}})"); }
  const ai::Answer answer = test::write_with(http, test::openai_credential());
  REQUIRE_FALSE(answer.draft);
  CHECK(answer.draft.error().fault == Fault::setting);
  CHECK(answer.draft.error().reason.code() == "ai.parameter_refused");
}

TEST_CASE("an object without any of what was asked for is as empty as no text, also when it is asked again") {
  test::FakeHttp http;
  http.answer(200, test::openai_answer("{}"));
  http.answer(200, test::openai_answer(R"({"answer": ""})"));
  const ai::Answer answer = test::write_with(http, test::openai_credential());
  REQUIRE_FALSE(answer.draft);
  CHECK(answer.draft.error().fault == Fault::outage);
  CHECK(answer.draft.error().reason.code() == "ai.empty_answer");
  CHECK(answer.usage.calls == 2);
}

TEST_CASE("a token cap that is refused by its name is sent under the other one, once") {
  const std::string refusal =
      R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}})";
  const Credential other = test::ai_credential("openai", "https://h.example/v1");
  test::FakeHttp http;
  http.answer(400, refusal);
  http.answer(200, test::openai_answer(good));
  CHECK(test::write_with(http, other).draft);
  REQUIRE(http.sent.size() == 2);
  CHECK(Json::parse(http.sent[0].body).contains("max_tokens"));
  CHECK(Json::parse(http.sent[1].body)["max_completion_tokens"] == 12'000);
  CHECK_FALSE(Json::parse(http.sent[1].body).contains("max_tokens"));
  test::FakeHttp twice;
  twice.answer(400, refusal);
  twice.answer(400, refusal);
  const ai::Answer answer = test::write_with(twice, other);
  CHECK(answer.draft.error().fault == Fault::setting);
  CHECK(answer.draft.error().reason.code() == "ai.parameter_refused");
  CHECK(twice.sent.size() == 2);
  // Another parameter is no matter of the cap's name.
  test::FakeHttp warm;
  warm.answer(400, R"({"error":{"message":"temperature is not supported","code":"unsupported_value"}})");
  CHECK(test::write_with(warm, other).draft.error().reason.code() == "ai.parameter_refused");
  CHECK(warm.sent.size() == 1);
}

TEST_CASE("bad settings or a missing key stop the credential before any call") {
  test::FakeHttp http;
  Credential broken = test::openai_credential();
  broken.settings = R"({"adapter": "openai", "model": "m", "x": 1})";
  const ai::Answer answer = test::write_with(http, broken);
  CHECK(answer.draft.error().fault == Fault::setting);
  CHECK(answer.draft.error().reason.code() == "ai.bad_settings");
  CHECK(answer.draft.error().detail == "unknown key x");
  for (const char* adapter : {"anthropic", "gemini"}) {
    Credential keyless = test::ai_credential(adapter, "https://h.example");
    keyless.secret = Secret();
    CHECK(test::write_with(http, keyless).draft.error().reason.code() == "ai.no_key");
  }
  CHECK(http.sent.empty());
}

TEST_CASE("the key is in its header and nowhere else, in no request and no error") {
  for (const char* adapter : {"openai", "anthropic", "gemini", "ollama"}) {
    CAPTURE(adapter);
    test::FakeHttp http;
    http.otherwise = [](const http::Request&) -> Expected<http::Response> {
      const std::string message = "{\"error\": {\"message\": \"bad " + std::string(test::canary) + "\"}}";
      return http::Response{.status = 500, .body = message};
    };
    const ai::Answer answer = test::write_with(http, test::ai_credential(adapter, "https://h.example"));
    REQUIRE(http.sent.size() == 1);
    const http::Request& sent = http.sent[0];
    std::string everything = sent.url + sent.body + sent.method + sent.caller.tenant + sent.caller.service;
    for (const auto& [name, value] : sent.headers) everything += name + value;
    everything += answer.draft.error().reason.text() + answer.draft.error().detail + answer.model + answer.request_id;
    CHECK(everything.find(test::canary) == std::string::npos);
    REQUIRE(sent.secret_headers.size() == 1);
    CHECK(sent.secret_headers[0].host == "h.example");
    CHECK(sent.secret_headers[0].value.reveal().ends_with(test::canary));
  }
}
