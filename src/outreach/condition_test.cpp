// Conditions: each word, what they are made of, and what is refused.
#include "outreach/condition.hpp"

#include <ostream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

using namespace milkrun::outreach;

namespace {

std::string wrong(const char* json) { return check_condition(nlohmann::json::parse(json, nullptr, false)); }

} // namespace

TEST_CASE("each word says what is known of the person, and its opposite") {
  struct Row {
    const char *yes, *no; // with nothing known, the second holds
    void (*make)(Facts&);
  };
  const Row rows[] = {
      {R"("replied")", R"("not_replied")", [](Facts& f) { f.replied = true; }},
      {R"("delivered")", R"({"not":"delivered"})", [](Facts& f) { f.delivered = true; }},
      {R"("read")", R"({"not":"read"})", [](Facts& f) { f.read = true; }},
      {R"("clicked")", R"({"not":"clicked"})", [](Facts& f) { f.clicked = true; }},
      {R"("engaged_since_previous_step")", R"("not_engaged_since_previous_step")", [](Facts& f) { f.engaged = true; }},
      {R"("invoice_paid")", R"({"not":"invoice_paid"})", [](Facts& f) { f.paid_since = true; }},
      {R"({"has_tag":"vip"})", R"({"not":{"has_tag":"vip"}})", [](Facts& f) { f.tags = {"new", "vip"}; }},
      {R"({"language_is":"de"})", R"({"not":{"language_is":"de"}})", [](Facts& f) { f.language = "de_AT"; }},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.yes));
    CHECK(wrong(row.yes) == "");
    CHECK(wrong(row.no) == "");
    Facts facts;
    CHECK(!holds(row.yes, facts));
    CHECK(holds(row.no, facts));
    row.make(facts);
    CHECK(holds(row.yes, facts));
    CHECK(!holds(row.no, facts));
  }
  CHECK(holds("", Facts{}));
  CHECK(!holds(R"({"language_is":"de"})", Facts{.language = "den"}));
  CHECK(!holds(R"({"has_tag":"vip"})", Facts{.tags = {"VIP"}}));
}

TEST_CASE("all, any and not are made of conditions, in any depth up to eight") {
  const Facts facts{.read = true, .tags = {"vip"}};
  CHECK(holds(R"({"all":["read",{"has_tag":"vip"}]})", facts));
  CHECK(!holds(R"({"all":["read","clicked"]})", facts));
  CHECK(holds(R"({"any":["clicked","read"]})", facts));
  CHECK(!holds(R"({"any":["clicked","replied"]})", facts));
  CHECK(holds(R"({"not":{"any":["clicked",{"all":["read","replied"]}]}})", facts));
}

TEST_CASE("what is no condition is refused, with what there is") {
  for (const char* bad : {R"("opened")", R"({"opened":true})", "true", "[]", "{}", R"({"all":[]})", R"({"all":"read"})",
                          R"({"has_tag":""})", R"({"has_tag":1})", R"({"language_is":"xx!"})", R"({"language_is":"d"})",
                          R"({"read":true})", R"({"invoice_paid":"N-1"})", R"({"not":"opened"})",
                          R"({"all":["read"],"any":["read"]})", R"({"all":["read",7]})", "{"}) {
    CAPTURE(std::string(bad));
    CHECK(wrong(bad) != "");
    CHECK_THROWS_AS(holds(bad, Facts{}), std::invalid_argument);
  }
  CHECK(wrong(R"("opened")").find("engaged_since_previous_step") != std::string::npos);
  std::string deep = "\"read\"";
  for (int i = 0; i < 7; ++i) deep = R"({"not":)" + deep + "}";
  CHECK(wrong(deep.c_str()) == "");
  deep = R"({"not":)" + deep + "}";
  CHECK(wrong(deep.c_str()).find("8 levels") != std::string::npos);
  std::string wide = "\"read\"";
  for (int i = 0; i < 50; ++i) wide += ",\"read\"";
  CHECK(wrong((R"({"all":[)" + wide + "]}").c_str()).find("50 words") != std::string::npos);
}
