// What a cut leaves of a key is in nobody's list of keys: hidden first, cut afterwards.
#include "providers/ai/errors.hpp"
#include "providers/ai/fixture_test.hpp"

#include <ostream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace milkrun;

TEST_CASE("no place where an AI's words are cut leaves the beginning of a key") {
  const Secret secret{std::string(test::canary)};
  const std::string begin(test::canary.substr(0, 8));
  for (std::size_t before : {80UL, 92UL, 190UL, 400UL, 500UL, 505UL, 511UL, 4'080UL, 4'090UL}) {
    CAPTURE(before);
    const std::string said = std::string(before, 'x') + " " + std::string(test::canary);
    for (const std::string& body : {said, nlohmann::json{{"error", {{"message", said}}}}.dump()}) {
      test::FakeHttp http;
      http.answer(500, body);
      const ai::Answer answer = test::write_with(http, test::openai_credential());
      REQUIRE_FALSE(answer.draft);
      CHECK_FALSE(answer.draft.error().detail.contains(begin));
    }
    test::FakeHttp http;
    http.answer(200, said, {{"x-request-id", said}});
    const ai::Answer answer = test::write_with(http, test::openai_credential());
    REQUIRE_FALSE(answer.draft);
    CHECK_FALSE(answer.draft.error().detail.contains(begin));
    CHECK_FALSE(answer.request_id.contains(begin));
  }
  std::string many; // what was hidden makes room for what stood behind the cut
  while (many.size() < 40'000) many += test::canary;
  for (std::size_t i = 0; i < test::canary.size(); ++i)
    CHECK_FALSE(ai::redact(std::string(i, 'x') + many, secret).contains(begin));
}
