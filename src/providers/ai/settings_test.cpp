// Settings of an ai credential: what import lets in.
#include "providers/ai/settings.hpp"

#include "providers/ai/ai.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

TEST_CASE("settings with adapter and model are enough, and have defaults") {
  const auto settings = ai::read_settings(R"({"adapter": "openai", "model": "org/m:fastest"})");
  REQUIRE(settings);
  CHECK(settings->model == "org/m:fastest");
  CHECK(settings->max_tokens == 12'000);
  CHECK(settings->max_tokens_param.empty());
  CHECK(settings->schema_mode == ai::SchemaMode::json_schema);
  CHECK_FALSE(settings->temperature);
  CHECK(settings->effort.empty());
  CHECK(settings->headers.empty());
}

TEST_CASE("every setting is read") {
  const auto settings = ai::read_settings(
      R"({"adapter": "ollama", "model": "m", "max_tokens": 4096, "max_tokens_param": "max_tokens",
          "schema_mode": "none", "temperature": 0.5, "effort": "low", "headers": {"X-HF-Bill-To": "org"}})");
  REQUIRE(settings);
  CHECK(settings->vendor == ai::Vendor::ollama);
  CHECK(settings->max_tokens == 4096);
  CHECK(settings->max_tokens_param == "max_tokens");
  CHECK(settings->schema_mode == ai::SchemaMode::none);
  CHECK(settings->temperature == 0.5);
  CHECK(settings->effort == "low");
  REQUIRE(settings->headers.size() == 1);
  CHECK(settings->headers[0].name == "X-HF-Bill-To");
}

TEST_CASE("an unknown key or a bad value is permanent and named") {
  struct Row {
    std::string_view more, named;
  };
  constexpr Row rows[] = {
      {R"("modell": "x")", "unknown key modell"},
      {R"("max_tokens": "12000")", "max_tokens must"},
      {R"("max_tokens": 100)", "max_tokens must"},
      {R"("max_tokens": 1e9)", "max_tokens must"},
      {R"("max_tokens": 18446744073709551615)", "max_tokens must"},
      {R"("max_tokens_param": "tokens")", "max_tokens_param must"},
      {R"("schema_mode": true)", "schema_mode must"},
      {R"("temperature": 2.5)", "temperature must"},
      {R"("temperature": "hot")", "temperature must"},
      {R"("effort": "LOW")", "effort must"},
      {R"("headers": [])", "headers must"},
      {R"("headers": {"a b": "c"})", "headers has a bad name"},
      {R"("headers": {"Authorization": "Bearer x"})", "headers must not set Authorization"},
      {R"("headers": {"x-API-key": "x"})", "headers must not set x-API-key"},
      {R"("headers": {"X-A": "b\r\nX-B: c"})", "headers has a bad value for X-A"},
      {R"("headers": {"X-A": 1})", "headers has a bad value for X-A"},
      {R"("headers": {"X-Auth-Token": "b"})", "headers must not set X-Auth-Token: settings are not sealed"},
      {R"("headers": {"Helicone-Auth": "b"})", "headers must not set Helicone-Auth"},
  };
  for (const auto& [more, named] : rows) {
    CAPTURE(more);
    const auto result = ai::check_settings(R"({"adapter": "openai", "model": "m", )" + std::string(more) + "}");
    REQUIRE_FALSE(result);
    CHECK(result.error().fault == Fault::permanent);
    CHECK(result.error().reason.code() == "ai.bad_settings");
    CHECK(result.error().detail.starts_with(named));
  }
}

TEST_CASE("settings that are no object, or lack what is needed, are refused") {
  for (const char* json : {"", "[]", "null", "{", "{}", R"({"adapter": "openai"})", R"({"model": "m"})",
                           R"({"adapter": "skynet", "model": "m"})", R"({"adapter": "openai", "model": ""})",
                           R"({"adapter": "openai", "model": "a b"})", R"({"adapter": 1, "model": 2})"}) {
    CAPTURE(json);
    CHECK_FALSE(ai::check_settings(json));
  }
  CHECK_FALSE(ai::check_settings(std::string(100'000, '[')));
}
