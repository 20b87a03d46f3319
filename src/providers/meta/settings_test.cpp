// Settings, the life of a version, and times as the API writes them.
#include "base/instant.hpp"
#include "providers/meta/test_graph.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace {

using namespace milkrun;

TEST_CASE("settings take a version and an app id and nothing else") {
  for (const std::string good :
       {"", "{}", R"({"version":"v26.0"})", R"({"app_id":"123"})", R"({"version":"v25.0","app_id":"1"})"}) {
    CAPTURE(good);
    CHECK(meta::check_settings(good));
  }
  const std::pair<std::string, std::string> bad[] = {
      {"[]", "not a JSON object"},
      {"{", "not a JSON object"},
      {std::string(100'000, '['), "too much for settings: at most 1,000 values, 32 levels deep, and 64 KiB in a text"},
      {R"({"version":"25.0"})", "version must be like v25.0"},
      {R"({"version":"v25"})", "version must be like v25.0"},
      {R"({"version":"v25.0/me"})", "version must be like v25.0"},
      {R"({"version":"v.0"})", "version must be like v25.0"},
      {R"({"version":25})", "version must be like v25.0"},
      {R"({"app_id":123})", "app_id must be a text of digits"},
      {R"({"app_id":""})", "app_id must be a text of digits"},
      {R"({"app_id":"12a"})", "app_id must be a text of digits"},
      {R"({"token":"x"})", "unknown key token"},
  };
  for (const auto& [json, detail] : bad) {
    CAPTURE(json.substr(0, 50));
    const auto checked = meta::check_settings(json);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().fault == Fault::permanent);
    CHECK(checked.error().reason.code() == "meta.bad_settings");
    CHECK(checked.error().detail == detail);
  }
}

TEST_CASE("the days left of a version are counted to the changelog's date") {
  struct Row {
    std::string settings;
    std::optional<std::int64_t> days;
  };
  const Row rows[] = {
      {R"({"version":"v21.0"})", 60},  // 2027-01-21
      {R"({"version":"v25.0"})", 615}, // 2028-07-29
      {"{}", 615},
      {R"({"version":"v18.0"})", -300}, // 2026-01-26
      {R"({"version":"v19.0"})", -59},  // no later than v20.0: 2026-09-24
      {R"({"version":"v3.2"})", -300},
      {R"({"version":"v26.0"})", std::nullopt},
      {R"({"version":"x"})", std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(row.settings);
    CHECK(meta::days_left(row.settings, test::noon) == row.days);
  }
  const auto& ends = meta::version_ends();
  CHECK(std::ranges::is_sorted(ends, {}, &meta::VersionEnd::until));
}

TEST_CASE("a time of the API has an offset without a colon") {
  const Time t = from_ms(1'795'169'472'000); // 2026-11-20 10:11:12 UTC
  for (const std::string s : {"2026-11-20T10:11:12+0000", "2026-11-20T10:11:12Z", "2026-11-20T10:11:12+00:00",
                              "2026-11-20T12:41:12+0230", "2026-11-20T02:11:12-0800"}) {
    CAPTURE(s);
    CHECK(parse_instant(s) == t);
  }
  for (const std::string s :
       {"", "2026-11-20", "2026-11-20T10:11:12", "2026-11-20 10:11:12+0000", "2026-02-30T10:11:12+0000",
        "2026-11-20T24:11:12+0000", "2026-11-20T10:60:12+0000", "2026-11-20T10:11:12+000", "2026-11-20T10:11:12+9900",
        "2026-11-20T10:11:12+00000", "2026-1a-20T10:11:12+0000", "1795169472", "-026-11-20T10:11:12+0000"}) {
    CAPTURE(s);
    CHECK_FALSE(parse_instant(s));
  }
}

} // namespace
