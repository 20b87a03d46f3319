// What a run tells, for people and for machines; hostile names and reasons stay one line.
#include "run/report.hpp"

#include <ostream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace milkrun;

namespace {

RunReport report() {
  RunReport r;
  r.run = {"r1"};
  r.job = "publish-feeds";
  r.started = from_ms(1'795'262'400'000);
  r.ended = r.started + Millis(1'500);
  r.ended_by = "finished";
  r.counts = {{.stage = "post", .outcome = "done", .reason = "", .items = 3, .next_at = {}},
              {.stage = "post", .outcome = "retry", .reason = "503\nforged: all good", .items = 1, .next_at = r.ended}};
  r.tenants = {{.tenant = {"a"}, .slug = "asha\x1b[2J", .got = 3, .story = "3 posts \xff", .next_at = {}}};
  r.notes = {{.text = "portal last read", .at = r.started, .items = 4}};
  r.held = 2;
  r.rescued = 1;
  return r;
}

} // namespace

TEST_CASE("the text says what came of each stage and tenant, in inert lines") {
  const std::string text = report_text(report());
  CHECK(text.find("publish-feeds: finished in 1500 ms, 1 rescued from a dead run\n") == 0);
  CHECK(text.find("(next 2026-11-21T12:00:01Z)") != std::string::npos);
  CHECK(text.find("held for an operator: 2") != std::string::npos);
  CHECK(text.find("note: portal last read 2026-11-21T12:00:00Z 4") != std::string::npos);
  CHECK(text.find("\nforged") == std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("an idle run says one line, and a second one when items wait for a person") {
  RunReport r;
  r.job = "publish-feeds";
  r.idle = true;
  CHECK(report_text(r) == "publish-feeds: nothing due\n");
  r.held = 2;
  CHECK(report_text(r) == "publish-feeds: nothing due\nheld for an operator: 2\n");
}

TEST_CASE("the JSON is one line with every figure, whatever bytes the reasons have") {
  const std::string line = report_json(report());
  CHECK(line.find('\n') == std::string::npos);
  const auto json = nlohmann::json::parse(line, nullptr, false);
  REQUIRE_FALSE(json.is_discarded());
  CHECK(json["job"] == "publish-feeds");
  CHECK(json["run"] == "r1");
  CHECK(json["duration_ms"] == 1'500);
  CHECK(json["rescued"] == 1);
  CHECK(json["held"] == 2);
  CHECK(json["dry_run"] == false);
  CHECK(json["counts"].size() == 2);
  CHECK(json["counts"][0]["items"] == 3);
  CHECK(json["counts"][0]["next_at"].is_null());
  CHECK(json["counts"][1]["reason"] == "503\nforged: all good");
  CHECK(json["tenants"][0]["got"] == 3);
  CHECK(json["notes"][0]["items"] == 4);
}
