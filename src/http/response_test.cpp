// What an answer asks for by Retry-After.
#include "http/client.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using std::chrono::hours;
using std::chrono::seconds;

TEST_CASE("Retry-After is seconds, or a date beside the answer's own Date, and at most a day") {
  struct Row {
    std::string asked, date;
    std::optional<Millis> rest;
  };
  const std::string now = "Fri, 27 Nov 2026 12:00:00 GMT";
  const Row rows[] = {
      {"120", "", seconds(120)},
      {" 120 ", "", seconds(120)},
      {"0", "", Millis(0)},
      {"86401", "", hours(24)},
      {"99999999999999999999", "", hours(24)},
      {"Fri, 27 Nov 2026 12:10:00 GMT", now, seconds(600)},
      {"Friday, 27-Nov-26 12:10:00 GMT", now, seconds(600)},
      {"Sun, 29 Nov 2026 12:00:00 GMT", now, hours(24)},
      {"Fri, 27 Nov 2026 12:00:00 GMT", now, Millis(0)},
      {"Fri, 27 Nov 2026 11:59:59 GMT", now, std::nullopt}, // over
      {"Fri, 27 Nov 2026 12:10:00 GMT", "", std::nullopt},  // no clock to compare with
      {"-5", now, std::nullopt},
      {"7200.5", "", Millis(7'200'500)},
      {"86400.5", "", hours(24)},
      {"1.", now, std::nullopt},
      {".5", now, std::nullopt},
      {"1.5s", now, std::nullopt},
      {"Fri, 27 Nov 2026 12:10:00 +0000", now, seconds(600)},
      {"Fri, 27 Nov 2026 14:10:00 +0200", "Fri, 27 Nov 2026 12:00:00 +0000", seconds(600)},
      {"soon", now, std::nullopt},
      {"", now, std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(row.asked);
    CHECK(http::retry_after({.status = 503, .headers = {{"retry-after", row.asked}, {"Date", row.date}}}) == row.rest);
  }
}
