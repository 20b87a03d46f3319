// The decision table, row by row, with the services' own error bodies.
#include "providers/ai/errors.hpp"

#include "providers/ai/fixture_test.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

namespace {

struct Row {
  int status;
  std::string_view body;
  Fault fault;
  std::string_view reason;
  std::int64_t wait = -1; // ms; -1 = none
};

Error error_for(int status, std::string_view body, std::vector<http::Header> headers = {}) {
  test::FakeHttp http;
  http.answer(status, std::string(body), std::move(headers));
  const ai::Answer answer = test::write_with(http, test::openai_credential());
  REQUIRE_FALSE(answer.draft);
  CHECK(answer.usage.calls == 1);
  return answer.draft.error();
}

void check(std::span<const Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    const Error error = error_for(row.status, row.body);
    CHECK(error.fault == row.fault);
    CHECK(error.reason.code() == row.reason);
    CHECK((error.retry_after ? error.retry_after->count() : -1) == row.wait);
  }
}

} // namespace

TEST_CASE("an answer that is not understood is its text's trouble, a service in trouble all its callers'") {
  for (const int status : {400, 403, 404, 422}) {
    CAPTURE(status);
    const Error error = error_for(status, "");
    REQUIRE(error.parks.size() == 1);
    CHECK(error.parks[0].scope == ParkScope::page);
    CHECK(error.parks[0].rest == Millis(0));
  }
  for (const int status : {301, 408, 409, 500, 503, 529}) {
    CAPTURE(status);
    CHECK(error_for(status, "").parks.empty());
  }
}

TEST_CASE("every status has its fault even with an empty body") {
  constexpr Row rows[] = {
      {301, "", Fault::outage, "ai.request_refused"},     {400, "", Fault::outage, "ai.request_refused"},
      {401, "", Fault::setting, "ai.credential_refused"}, {402, "", Fault::setting, "ai.quota"},
      {403, "", Fault::outage, "ai.request_refused"},     {404, "", Fault::outage, "ai.request_refused"},
      {405, "", Fault::outage, "ai.request_refused"},     {408, "", Fault::outage, "ai.service_error"},
      {409, "", Fault::outage, "ai.service_error"},       {413, "", Fault::outage, "ai.request_refused"},
      {422, "", Fault::outage, "ai.request_refused"},     {429, "", Fault::rate_limited, "ai.rate_limited"},
      {500, "", Fault::outage, "ai.service_error"},       {502, "", Fault::outage, "ai.service_error"},
      {503, "", Fault::outage, "ai.overloaded"},          {504, "", Fault::outage, "ai.service_error"},
      {529, "", Fault::outage, "ai.overloaded"},
  };
  check(rows);
  CHECK(error_for(502, "<html><h1>Bad gateway</h1></html>").detail == "an HTML page");
  CHECK(error_for(502, "upstream\x1b[31m failed").detail == "upstream\\x1B[31m failed");
  CHECK(error_for(404, "").http_status == 404);
}

TEST_CASE("OpenAI's errors") {
  constexpr Row rows[] = {
      {401,
       R"({"error":{"message":"Incorrect API key","type":"invalid_request_error","param":null,"code":"invalid_api_key"}})",
       Fault::setting, "ai.credential_refused"},
      {403,
       R"({"error":{"message":"Country not supported","type":"request_forbidden","code":"unsupported_country_region_territory"}})",
       Fault::setting, "ai.credential_refused"},
      {404,
       R"({"error":{"message":"The model `m-1` does not exist","type":"invalid_request_error","code":"model_not_found"}})",
       Fault::setting, "ai.unknown_model"},
      {429,
       R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}})",
       Fault::setting, "ai.quota"},
      {429,
       R"({"error":{"message":"Rate limit reached. Please try again in 6m0.5s. Visit x","code":"rate_limit_exceeded"}})",
       Fault::rate_limited, "ai.rate_limited", 360'500},
      {400, R"({"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}})",
       Fault::outage, "ai.input_too_long"},
      {400,
       R"({"error":{"message":"This model's maximum context length is 8192 tokens. However, you requested 16300 tokens (300 in the messages, 16000 in the completion).","code":"context_length_exceeded"}})",
       Fault::setting, "ai.parameter_refused"},
      {400,
       R"({"error":{"message":"This model's maximum context length is 8192 tokens. However, you requested 26000 tokens (10000 in the messages, 16000 in the completion).","code":"context_length_exceeded"}})",
       Fault::outage, "ai.input_too_long"},
      {400,
       R"({"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.","code":"context_length_exceeded"}})",
       Fault::outage, "ai.input_too_long"},
      {400,
       R"({"error":{"message":"'max_tokens' or 'max_completion_tokens' is too large: 12000. This model's maximum context length is 8192 tokens and your request has 300 input tokens (12000 > 8192 - 300).","param":"max_tokens","code":400}})",
       Fault::setting, "ai.parameter_refused"},
      {400,
       R"({"error":{"message":"This endpoint's maximum context length is 8192 tokens. However, you requested about 12300 tokens (300 of text input, 12000 in the output).","code":400}})",
       Fault::setting, "ai.parameter_refused"},
      {400,
       R"({"error":{"message":"Unsupported parameter: 'temperature'","code":"unsupported_parameter","param":"temperature"}})",
       Fault::setting, "ai.parameter_refused"},
      {400,
       R"({"error":{"message":"filtered","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
       Fault::permanent, "ai.refused"},
      {400,
       R"({"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","type":"invalid_request_error","code":"invalid_prompt"}})",
       Fault::permanent, "ai.refused"},
      {503, R"({"error":{"message":"Slow down","type":"server_error","code":"slow_down"}})", Fault::outage,
       "ai.overloaded"},
  };
  check(rows);
}

TEST_CASE("what is too long for a model, a plan or a gateway waits alone, and ends no item") {
  struct Row {
    int status;
    std::string_view body, reason;
  };
  constexpr Row rows[] = {
      {413,
       R"({"error":{"message":"Request too large for model `m` in organization `o` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 12510, please reduce your message size and try again.","type":"tokens","code":"rate_limit_exceeded"}})",
       "ai.quota"},
      {400, R"({"error":{"message":"Too many tokens per min requested","code":"bad_request"}})", "ai.quota"},
      {429,
       R"({"error":{"message":"Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 10000, Requested 12510.","type":"tokens","code":"rate_limit_exceeded"}})",
       "ai.quota"},
      {413,
       R"({"error":{"code":"tokens_limit_reached","message":"Request body too large for m model. Max size: 8000 tokens."}})",
       "ai.input_too_long"},
      {400, R"({"error":{"code":"tokens_limit_reached","message":"Max size: 8000 tokens."}})", "ai.input_too_long"},
      {413, R"({"message":"Payload Too Large"})", "ai.input_too_long"},
      {413, R"({"type":"error","error":{"type":"request_too_large","message":"x"}})", "ai.input_too_long"},
      {400,
       R"({"object":"error","message":"Prompt contains 9000 tokens and 0 draft tokens, too large for model with 8192 maximum context length","code":"3051"})",
       "ai.input_too_long"},
      {413, "<html>413 Request Entity Too Large", "ai.request_refused"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    const Error error = error_for(row.status, row.body);
    CHECK(error.fault == Fault::outage);
    CHECK(error.reason.code() == row.reason);
    REQUIRE(error.parks.size() == 1);
    CHECK(error.parks[0].scope == ParkScope::page);
  }
  // Where our own cap is counted in, it is the setting.
  const Error cap = error_for(
      400,
      R"({"error":{"message":"Please reduce the length of the messages or completion. Current length is 12510 while limit is 8192","code":"context_length_exceeded"}})");
  CHECK(cap.fault == Fault::setting);
  CHECK(cap.reason.code() == "ai.parameter_refused");
}

TEST_CASE("Anthropic's errors") {
  constexpr Row rows[] = {
      {400,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"messages: bad"},"request_id":"req_1"})",
       Fault::outage, "ai.request_refused"},
      {400,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access"}})",
       Fault::setting, "ai.quota"},
      {400, R"({"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 2 > 1"}})",
       Fault::outage, "ai.input_too_long"},
      {401, R"({"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}})", Fault::setting,
       "ai.credential_refused"},
      {402, R"({"type":"error","error":{"type":"billing_error","message":"x"}})", Fault::setting, "ai.quota"},
      {403, R"({"type":"error","error":{"type":"permission_error","message":"x"}})", Fault::setting,
       "ai.credential_refused"},
      {404, R"({"type":"error","error":{"type":"not_found_error","message":"model: m-1"}})", Fault::setting,
       "ai.unknown_model"},
      {413, R"({"type":"error","error":{"type":"request_too_large","message":"x"}})", Fault::outage,
       "ai.input_too_long"},
      {429, R"({"type":"error","error":{"type":"rate_limit_error","message":"x"}})", Fault::rate_limited,
       "ai.rate_limited"},
      {500, R"({"type":"error","error":{"type":"api_error","message":"x"}})", Fault::outage, "ai.service_error"},
      {504, R"({"type":"error","error":{"type":"timeout_error","message":"x"}})", Fault::outage, "ai.service_error"},
      {529, R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})", Fault::outage, "ai.overloaded"},
      {200, R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})", Fault::outage, "ai.overloaded"},
  };
  check(rows);
}

TEST_CASE("Gemini's errors, also as a one-element array") {
  constexpr Row rows[] = {
      {429, R"({"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED","details":[
        {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.07s"}]}})",
       Fault::rate_limited, "ai.rate_limited", 34'070},
      {429,
       R"([{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"900ms"}]}}])",
       Fault::rate_limited, "ai.rate_limited", 900},
      {429, R"({"error":{"code":429,"message":"Please retry in 12.3s.","status":"RESOURCE_EXHAUSTED"}})",
       Fault::rate_limited, "ai.rate_limited", 12'300},
      {429, R"({"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED","details":[{"violations":[
        {"quotaId":"GenerateRequestsPerDayPerProjectPerModel","quotaMetric":"m"}]},{"retryDelay":"34s"}]}})",
       Fault::setting, "ai.quota"},
      {429, R"({"error":{"code":429,"message":"Quota exceeded, limit: 0, model: m","status":"RESOURCE_EXHAUSTED"}})",
       Fault::setting, "ai.quota"},
      {400, R"({"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT","details":[
        {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}})",
       Fault::setting, "ai.credential_refused"},
      {400, R"({"error":{"code":400,"message":"location not supported","status":"FAILED_PRECONDITION"}})",
       Fault::setting, "ai.quota"},
      {400, R"({"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}})", Fault::outage,
       "ai.request_refused"},
      {404, R"({"error":{"code":404,"message":"models/m-1 is not found","status":"NOT_FOUND"}})", Fault::setting,
       "ai.unknown_model"},
      {500, R"({"error":{"code":500,"message":"x","status":"INTERNAL"}})", Fault::outage, "ai.service_error"},
      {503, R"({"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}})", Fault::outage, "ai.overloaded"},
      {504, R"({"error":{"code":504,"message":"x","status":"DEADLINE_EXCEEDED"}})", Fault::outage, "ai.service_error"},
      {200, R"([{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}])", Fault::outage, "ai.overloaded"},
  };
  check(rows);
}

TEST_CASE("errors of gateways and local servers, also below a 200") {
  constexpr Row rows[] = {
      {404, R"({"error":"model 'm-1' not found, try pulling it first"})", Fault::setting, "ai.unknown_model"},
      {503, R"({"error":"server busy, please try again. maximum pending requests exceeded"})", Fault::outage,
       "ai.overloaded"},
      {503, R"({"error":"Model is overloaded","error_type":"overloaded"})", Fault::outage, "ai.overloaded"},
      {400, R"({"error":{"message":"not supported by provider","code":"model_not_supported"}})", Fault::setting,
       "ai.unknown_model"},
      {422, R"({"object":"error","message":"bad","type":"invalid_request_error","param":null,"code":"1300"})",
       Fault::outage, "ai.request_refused"},
      {422, R"({"detail":"bad"})", Fault::outage, "ai.request_refused"},
      {400, R"({"error":{"message":"The model `old` has been decommissioned","code":"model_decommissioned"}})",
       Fault::setting, "ai.unknown_model"},
      {400, R"({"object":"error","message":"Invalid model: old","type":"invalid_model","code":"1500"})", Fault::setting,
       "ai.unknown_model"},
      {400, R"({"error":{"message":"acme/old is not a valid model ID","code":400}})", Fault::setting,
       "ai.unknown_model"},
      {404, R"({"error":{"message":"No endpoints found for acme/old:free.","code":404}})", Fault::setting,
       "ai.unknown_model"},
      {403, "<html>Just a moment</html>", Fault::outage, "ai.request_refused"}, // a bot check, not the service
      {400, R"({"errors":["bad"]})", Fault::outage, "ai.request_refused"},
      {400, R"({"errors":[{"message":"bad"}]})", Fault::outage, "ai.request_refused"},
      {200, R"({"error":{"message":"more credits","code":402,"metadata":{}},"user_id":"u"})", Fault::setting,
       "ai.quota"},
      {200, R"({"error":{"message":"x","code":"rate_limit_exceeded"}})", Fault::rate_limited, "ai.rate_limited"},
      {200, R"({"error":{"message":"x","code":"invalid_api_key"}})", Fault::setting, "ai.credential_refused"},
      {200, R"({"error":{"message":"x","type":"invalid_request_error"}})", Fault::outage, "ai.request_refused"},
      {200, R"({"error":"an error was encountered while running the model"})", Fault::outage, "ai.service_error"},
      {200, R"({"object":"error","message":"x","type":"unavailable"})", Fault::outage, "ai.overloaded"},
  };
  check(rows);
  CHECK(error_for(422, R"({"detail":"bad \u202e"})").detail.starts_with("bad"));
  CHECK(error_for(400, R"({"errors":[{"message":"bad"}]})").detail == "bad");
}

TEST_CASE("a model that is not there is the setting in any service's words") {
  constexpr Row rows[] = {
      {400, R"({"error":{"message":"Model Not Exist","type":"invalid_request_error","code":"invalid_request_error"}})",
       Fault::setting, "ai.unknown_model"},
      {404, R"({"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource is not there."}})",
       Fault::setting, "ai.unknown_model"},
      {404,
       R"({"error":{"code":404,"message":"Publisher Model `x` was not found or your project has no access to it.","status":"NOT_FOUND"}})",
       Fault::setting, "ai.unknown_model"},
      {404, R"({"error":{"message":"Model not found, inaccessible, and/or not deployed","code":"NOT_FOUND"}})",
       Fault::setting, "ai.unknown_model"},
      {404, R"({"detail":"Not Found"})", Fault::setting, "ai.unknown_model"},
      {410, R"({"type":"about:blank","detail":"The model 'x' has reached its end of life on 2026-08-01."})",
       Fault::setting, "ai.unknown_model"},
      {410, R"({"error":{"code":"gone"}})", Fault::setting, "ai.unknown_model"},
      {400, R"({"error":"Failed to load model "x". Error: no such file"})", Fault::setting, "ai.unknown_model"},
      {422, R"({"error":{"message":"This MODEL has been retired."}})", Fault::setting, "ai.unknown_model"},
      {400, R"({"error":{"message":"'temperature' is deprecated for this model"}})", Fault::setting,
       "ai.parameter_refused"},
      {400, R"({"error":{"message":"the model found your text odd"}})", Fault::outage, "ai.request_refused"},
      {410, "<html>gone</html>", Fault::outage, "ai.request_refused"},
  };
  check(rows);
}

TEST_CASE(
    "a text that a moderation refuses ends by itself, also by 403; a key or an account that is refused does not") {
  constexpr Row rows[] = {
      {403,
       R"({"error":{"code":403,"message":"Your chosen model requires moderation on X and your input was flagged for \"violence\".","metadata":{"reasons":["violence"],"flagged_input":"x"}}})",
       Fault::permanent, "ai.refused"},
      {403, R"({"error":{"code":403,"message":"no","metadata":{"reasons":["hate"]}}})", Fault::permanent, "ai.refused"},
      {403, R"({"error":{"message":"The input was flagged"}})", Fault::permanent, "ai.refused"},
      {200, R"({"error":{"code":403,"message":"x","metadata":{"reasons":["hate"]}}})", Fault::permanent, "ai.refused"},
      {403, R"({"error":{"code":403,"message":"Key limit exceeded","metadata":{"reasons":[]}}})", Fault::setting,
       "ai.credential_refused"},
      {403, R"({"error":{"message":"Your account was suspended: its content was flagged"}})", Fault::setting,
       "ai.credential_refused"},
  };
  check(rows);
}

TEST_CASE("how long to wait is read from headers first") {
  const auto wait = [](std::vector<http::Header> headers, std::string_view body = "") {
    const Error error = error_for(429, body, std::move(headers));
    return error.retry_after ? error.retry_after->count() : -1;
  };
  CHECK(wait({{"Retry-After", "20"}}) == 20'000);
  CHECK(wait({{"retry-after", " 1.5 "}}) == 1'500);
  CHECK(wait({{"retry-after", "20"}, {"retry-after-ms", "250"}}) == 250);
  CHECK(wait({{"retry-after", "5"}}, R"({"error":{"message":"Please retry in 9s"}})") == 5'000);
  CHECK(wait({{"retry-after", "9999999"}}) == 86'400'000); // at most a day
  CHECK(wait({{"retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"}, {"date", "Wed, 21 Oct 2026 07:27:00 GMT"}}) == 60'000);
  for (const char* odd : {"", "-1", "soon", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    CAPTURE(odd);
    CHECK(wait({{"retry-after", odd}}) == -1);
  }
  CHECK(error_for(503, "", {{"retry-after", "7"}}).retry_after == Millis(7'000));
  CHECK_FALSE(error_for(401, "", {{"retry-after", "7"}}).retry_after);
}

TEST_CASE("spent quota parks the credential for an hour, a long wait for as long as it lasts") {
  const Error quota = error_for(402, "");
  REQUIRE(quota.parks.size() == 1);
  CHECK(quota.parks[0].scope == ParkScope::credential);
  CHECK(quota.parks[0].id.empty());
  CHECK(quota.parks[0].rest == std::chrono::hours(1));
  CHECK(quota.parks[0].reason.code() == "ai.quota");
  const Error slow = error_for(429, "", {{"retry-after", "90"}});
  REQUIRE(slow.parks.size() == 1);
  CHECK(slow.parks[0].rest == std::chrono::seconds(90));
  CHECK(error_for(429, "", {{"retry-after", "20"}}).parks.empty());
  CHECK(error_for(401, "").parks.empty());
}

TEST_CASE("errors of the connection are passed on as they are") {
  for (const Fault fault : {Fault::outage, Fault::permanent, Fault::aborted}) {
    test::FakeHttp http;
    http.answers.push_back(fail(fault, "network.transfer_failed", "y"));
    const ai::Answer answer = test::write_with(http, test::openai_credential());
    REQUIRE_FALSE(answer.draft);
    CHECK(answer.draft.error().fault == fault);
    CHECK(answer.draft.error().reason.code() == "network.transfer_failed");
    CHECK(answer.usage.calls == 1);
    CHECK(answer.model == "m-1");
  }
}

TEST_CASE("whatever looks like a key is blotted out of details") {
  const Secret secret{std::string(test::canary)};
  CHECK(ai::redact("Incorrect API key provided: sk-proj-ab12****9z. See x", secret) ==
        "Incorrect API key provided: *** See x");
  CHECK(ai::redact("token hf_AbCd and AIzaSyD-x_1", secret) == "token *** and ***");
  CHECK(ai::redact("Authorization: bearer abc.def-1", secret) == "Authorization: ***");
  CHECK(ai::redact("?key=AIzaX&sk-1", secret) == "?key=***&***");
  CHECK(ai::redact("\"" + std::string(test::canary) + "\"", secret) == "\"***\"");
  CHECK(ai::redact("task-force at risk-free rates", secret) == "task-force at risk-free rates");
  CHECK(ai::redact("a\nb\x1b", secret) == "a\\x0Ab\\x1B");
  CHECK(ai::redact(std::string(5'000, 'x'), Secret()).size() <= 512);
  const Error error = error_for(401, R"({"error":{"message":"bad key )" + std::string(test::canary) + R"("}})");
  CHECK(error.detail == "bad key ***");
}
