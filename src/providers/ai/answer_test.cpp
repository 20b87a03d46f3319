// Every shape of a good, refused or truncated answer.
#include "base/text.hpp"
#include "providers/ai/fixture_test.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::Json;

namespace {

const std::string good = test::draft_json().dump();

struct Service {
  const char* adapter;
  const char* base_url;
  std::string answer;
};

ai::Answer write_once(const Service& service, std::vector<http::Header> headers = {}) {
  test::FakeHttp http;
  http.answer(200, service.answer, std::move(headers));
  return test::write_with(http, test::ai_credential(service.adapter, service.base_url));
}

Json text_block(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

std::string openai_message(Json message, Json reason) {
  Json answer = Json::parse(test::openai_answer("x"));
  answer["choices"][0]["message"] = std::move(message);
  answer["choices"][0]["finish_reason"] = std::move(reason);
  return answer.dump();
}

} // namespace

TEST_CASE("each service's complete answer becomes the draft, with tokens, model and id") {
  const Json thinking = {{"type", "thinking"}, {"thinking", "{\"title\": \"no\"}"}};
  const Json thought = {{"text", "{\"title\": \"no\"}"}, {"thought", true}};
  const Service services[] = {
      {"openai", "https://api.openai.com/v1", test::openai_answer(good)},
      {"anthropic", "https://api.anthropic.com", test::anthropic_answer({thinking, text_block(good)})},
      {"gemini", "https://g.example",
       test::gemini_answer({thought, {{"text", good.substr(0, 40)}}, {{"text", good.substr(40)}}})},
      {"ollama", "http://localhost:11434", test::ollama_answer(good)},
  };
  for (const Service& service : services) {
    CAPTURE(service.adapter);
    const ai::Answer answer = write_once(service, {{"X-Request-Id", "req-9"}});
    REQUIRE(answer.draft);
    CHECK(answer.draft->title == "Die Milch ist da");
    CHECK(answer.draft->excerpt == "Kurz gesagt.");
    CHECK(answer.draft->body_markdown.ends_with("darüber. 🥛"));
    CHECK(answer.draft->tags == std::vector<std::string>{"Milch", "Köln"});
    CHECK(answer.usage.tokens_in == 100);
    CHECK(answer.usage.tokens_out == 20);
    CHECK(answer.usage.calls == 1);
    CHECK(answer.model == "m-1-2026");
    CHECK(answer.request_id == "req-9");
  }
}

TEST_CASE("the request id comes from the header, else from the body") {
  const Service openai{"openai", "https://api.openai.com/v1", test::openai_answer(good)};
  const Service anthropic{"anthropic", "https://a.example", test::anthropic_answer(Json::array({text_block(good)}))};
  const Service gemini{"gemini", "https://g.example", test::gemini_answer(Json::array({Json{{"text", good}}}))};
  CHECK(write_once(openai).request_id == "chatcmpl-1");
  CHECK(write_once(anthropic, {{"request-id", "req_2\x1b"}}).request_id == "req_2\\x1B");
  CHECK(write_once(anthropic).request_id == "msg_1");
  CHECK(write_once(gemini).request_id == "r-1");
}

TEST_CASE("sloppy but whole answers of compatible services are taken") {
  const Json parts = {{{"type", "thinking"}, {"thinking", Json::array()}}, text_block(good)};
  const std::string answers[] = {
      openai_message({{"content", good}}, "eos"),
      openai_message({{"content", good}}, nullptr),
      openai_message({{"content", good}}, "some_new_reason"),
      openai_message({{"content", good}, {"reasoning", "hm {"}}, "stop"),
      openai_message({{"content", parts}}, "stop"),
      openai_message({{"content", "<think>{\"title\"</think>\n```json\n" + good + "\n```"}}, "stop"),
  };
  for (const std::string& answer : answers) {
    CAPTURE(answer);
    CHECK(write_once({"openai", "https://h.example/v1", answer}).draft);
  }
}

TEST_CASE("an answer in noise, or in a list of its own, is read") {
  const Service services[] = {
      {"openai", "https://h.example/v1", test::openai_answer(good)},
      {"anthropic", "https://h.example", test::anthropic_answer(Json::array({text_block(good)}))},
      {"gemini", "https://h.example", test::gemini_answer(Json::array({Json{{"text", good}}}))},
      {"ollama", "https://h.example", test::ollama_answer(good)},
  };
  for (const Service& service : services) {
    const std::string pretty = Json::parse(service.answer).dump(2);
    for (const std::string& answer :
         {": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n" + service.answer, "\n\n: keep\n" + pretty + "\n",
          "\xEF\xBB\xBF" + service.answer, "[" + service.answer + "]", ": ping\n\n[" + pretty + "]\n",
          "<br />\n<b>Notice</b>: Undefined index in <b>proxy.php</b>\n" + service.answer}) {
      CAPTURE(answer);
      CHECK(write_once({service.adapter, service.base_url, answer}).draft);
    }
    const ai::Answer two = write_once({service.adapter, service.base_url, "[" + service.answer + ",{}]"});
    CHECK_FALSE(two.draft);
    // An error behind the noise is the error it is.
    const ai::Answer limited = write_once({service.adapter, service.base_url,
                                           ": ping\n\n"
                                           R"([{"error":{"code":429,"message":"slow"}}])"});
    CHECK(limited.draft.error().reason.code() == "ai.rate_limited");
  }
}

TEST_CASE("an envelope with a slip of the gateway that made it is read") {
  const std::string whole = test::openai_answer(good), comma = whole.substr(0, whole.size() - 1) + ",}";
  for (const std::string& answer :
       {comma, Json(whole).dump(), "```json\n" + comma + "\n```", ": PROCESSING\n\n" + comma, "OK " + comma,
        text::replace_all(whole, "\\\\n", "\n"), text::replace_all(whole, "Kurz", "Ku\nrz")}) {
    CAPTURE(answer);
    CHECK(write_once({"openai", "https://h.example/v1", answer}).draft);
  }
  for (const std::string& answer : {comma.substr(0, comma.size() - 2), "<html><script>x = " + comma + "</script>"}) {
    CAPTURE(answer);
    CHECK(write_once({"openai", "https://h.example/v1", answer}).draft.error().reason.code() == "ai.unusable_answer");
  }
}

TEST_CASE("what a model cannot write, or declines without a reason, is no end of the text: it waits alone") {
  const auto blocked = [](const char* reason) {
    Json answer = Json::parse(test::gemini_answer(Json::array()));
    answer.erase("candidates");
    answer["promptFeedback"] = {{"blockReason", reason}};
    return answer.dump();
  };
  const std::pair<std::string, std::string_view> rows[] = {
      {test::gemini_answer(Json::array(), "LANGUAGE"), "LANGUAGE"},
      {test::gemini_answer(Json::array(), "OTHER"), "OTHER"},
      {blocked("OTHER"), "OTHER"},
      {blocked("BLOCK_REASON_UNSPECIFIED"), "BLOCK_REASON_UNSPECIFIED"},
      {blocked("SOMETHING_NEW"), "SOMETHING_NEW"},
  };
  for (const auto& [body, word] : rows) {
    CAPTURE(body);
    const ai::Answer answer = write_once({"gemini", "https://g.example", body});
    REQUIRE_FALSE(answer.draft);
    CHECK(answer.draft.error().fault == Fault::outage);
    CHECK(answer.draft.error().reason.code() == "ai.request_refused");
    CHECK(answer.draft.error().detail == word);
    REQUIRE(answer.draft.error().parks.size() == 1);
    CHECK(answer.draft.error().parks[0].scope == ParkScope::page);
    CHECK(answer.usage.tokens_in == 100);
  }
  for (const char* reason : {"SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "MODEL_ARMOR", "JAILBREAK", "IMAGE_SAFETY"})
    CHECK(write_once({"gemini", "https://g.example", blocked(reason)}).draft.error().fault == Fault::permanent);
}

TEST_CASE("a refusal is permanent, costs its tokens and says its category") {
  Json blocked = Json::parse(test::gemini_answer(Json::array()));
  blocked.erase("candidates");
  blocked["promptFeedback"] = {{"blockReason", "PROHIBITED_CONTENT"}};
  Json refused = Json::parse(test::anthropic_answer(Json::array(), "refusal"));
  refused["stop_details"] = {{"type", "refusal"}, {"category", "cyber"}, {"explanation", nullptr}};
  struct Row {
    Service service;
    std::string_view detail;
  };
  const Row rows[] = {
      {{"openai", "https://h.example/v1", openai_message({{"content", nullptr}, {"refusal", "I can't."}}, "stop")},
       "I can't."},
      {{"openai", "https://h.example/v1", test::openai_answer(good, "content_filter")}, "content_filter"},
      {{"anthropic", "https://h.example", refused.dump()}, "cyber"},
      {{"anthropic", "https://h.example", test::anthropic_answer(Json::array(), "refusal")}, ""},
      {{"gemini", "https://h.example", blocked.dump()}, "PROHIBITED_CONTENT"},
      {{"gemini", "https://h.example", test::gemini_answer(Json::array(), "RECITATION")}, "RECITATION"},
      {{"gemini", "https://h.example", test::gemini_answer(Json::array(), "SAFETY")}, "SAFETY"},
  };
  for (const auto& [service, detail] : rows) {
    CAPTURE(service.answer);
    const ai::Answer answer = write_once(service);
    REQUIRE_FALSE(answer.draft);
    CHECK(answer.draft.error().fault == Fault::permanent);
    CHECK(answer.draft.error().reason.code() == "ai.refused");
    CHECK(answer.draft.error().detail == detail);
    CHECK(answer.usage.calls == 1);
    CHECK(answer.usage.tokens_in == 100);
  }
}

TEST_CASE("a truncated answer is asked for once more with twice the cap, and never used") {
  Json no_parts = Json::parse(test::gemini_answer(Json::array(), "MAX_TOKENS"));
  no_parts["candidates"][0].erase("content");
  struct Row {
    const char* adapter;
    std::string cut, whole, cap_at;
  };
  const Row rows[] = {
      {"openai", test::openai_answer(good, "length"), test::openai_answer(good), "/max_tokens"},
      {"openai", test::openai_answer(good, "model_length"), test::openai_answer(good), "/max_tokens"},
      {"openai", openai_message({{"content", nullptr}}, "length"), test::openai_answer(good), "/max_tokens"},
      {"anthropic", test::anthropic_answer(Json::array({text_block(good)}), "max_tokens"),
       test::anthropic_answer(Json::array({text_block(good)})), "/max_tokens"},
      {"anthropic", test::anthropic_answer(Json::array(), "model_context_window_exceeded"),
       test::anthropic_answer(Json::array({text_block(good)})), "/max_tokens"},
      {"gemini", no_parts.dump(), test::gemini_answer(Json::array({Json{{"text", good}}})),
       "/generationConfig/maxOutputTokens"},
      {"ollama", test::ollama_answer(good, "length"), test::ollama_answer(good), "/options/num_predict"},
  };
  for (const auto& [adapter, cut, whole, cap_at] : rows) {
    CAPTURE(cut);
    const Credential credential = test::ai_credential(adapter, "https://h.example");
    test::FakeHttp once;
    once.answer(200, cut);
    once.answer(200, whole);
    const ai::Answer answer = test::write_with(once, credential);
    CHECK(answer.draft);
    CHECK(answer.usage.calls == 2);
    CHECK(answer.usage.tokens_out == 40);
    REQUIRE(once.sent.size() == 2);
    const Json::json_pointer cap(cap_at);
    CHECK(Json::parse(once.sent[0].body)[cap] == 12'000);
    CHECK(Json::parse(once.sent[1].body)[cap] == 24'000);

    test::FakeHttp twice;
    twice.answer(200, cut);
    twice.answer(200, cut);
    const ai::Answer given_up = test::write_with(twice, credential);
    REQUIRE_FALSE(given_up.draft);
    const bool has_text = cut.find("body_markdown") != std::string::npos;
    CHECK(given_up.draft.error().fault == (has_text ? Fault::outage : Fault::setting));
    CHECK(given_up.draft.error().reason.code() == (has_text ? "ai.answer_cut_off" : "ai.parameter_refused"));
    CHECK(given_up.usage.calls == 2);
  }
}

TEST_CASE("an answer of no known shape may be better next time") {
  for (const char* body : {"", "<html>gateway</html>", "null", "[]", "{}", R"({"choices": []})", R"({"choices": "x"})",
                           R"({"choices": [{"message": "x"}]})", "{\"choices\": [", "\"text\"", "[[[[1]]]]"}) {
    for (const char* adapter : {"openai", "anthropic", "gemini", "ollama"}) {
      CAPTURE(body);
      CAPTURE(adapter);
      const ai::Answer answer = write_once({adapter, "https://h.example", body});
      REQUIRE_FALSE(answer.draft);
      CHECK(answer.draft.error().fault == Fault::outage);
      CHECK(answer.draft.error().reason.code() == "ai.unusable_answer");
      CHECK(answer.draft.error().http_status == 200);
      // What the service itself may have said, and charged for, waits alone.
      const bool in_front = std::string_view(body).empty() || body[0] == '<';
      CHECK(answer.draft.error().parks.empty() == in_front);
    }
  }
  const ai::Answer deep = write_once({"openai", "https://h.example", std::string(1'000'000, '[')});
  CHECK(deep.draft.error().reason.code() == "ai.unusable_answer");
}

TEST_CASE("absurd token counts are not counted: the bytes are") {
  for (const char* count : {"-5", "1e30", "18446744073709551615", "\"12\"", "null", "{}"}) {
    CAPTURE(count);
    Json answer = Json::parse(test::openai_answer(good));
    answer["usage"] = {{"prompt_tokens", Json::parse(count)}};
    const ai::Answer written = write_once({"openai", "https://h.example", answer.dump()});
    CHECK(written.draft);
    CHECK(written.usage.tokens_in > 100); // by the bytes that were sent
    CHECK(written.usage.tokens_in < 2'000);
  }
}
