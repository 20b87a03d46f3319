// One shape each, and only days that exist.
#include "base/instant.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

namespace {
constexpr std::int64_t noon = 1'795'780'800'000; // 2026-11-27T12:00:00Z
std::int64_t ms(const std::optional<Time>& t) { return t ? to_ms(*t) : -1; }
} // namespace

TEST_CASE("an instant has a date, a time and a zone") {
  CHECK(ms(parse_instant("2026-11-27T12:00:00Z")) == noon);
  CHECK(ms(parse_instant("2026-11-27T12:00:00+0000")) == noon);
  CHECK(ms(parse_instant("2026-11-27T13:00:00+01:00")) == noon);
  CHECK(ms(parse_instant("2026-11-27T06:30:00-0530")) == noon);
  CHECK(ms(parse_instant("2026-11-27T12:00:00.5Z")) == noon + 500);
  CHECK(ms(parse_instant("2026-11-27T12:00:00.123456789Z")) == noon + 123);
  for (const char* bad :
       {"", "2026-11-27", "2026-11-27T12:00:00", "2026-11-27 12:00:00Z", "2026-11-31T12:00:00Z", "2026-13-01T12:00:00Z",
        "2026-00-10T12:00:00Z", "2026-11-27T24:00:00Z", "2026-11-27T12:60:00Z", "2026-11-27T12:00:60Z",
        "2026-11-27T12:00:00.Z", "2026-11-27T12:00:00+1", "2026-11-27T12:00:00+15:00", "2026-11-27T12:00:00+00:60",
        "2026-11-27T12:00:00Zx", "2026-11-27t12:00:00Z", "2026-1-27T12:00:00Z"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_instant(bad));
  }
}

TEST_CASE("a date of a header has one of the three forms of HTTP") {
  CHECK(ms(parse_http_date("Fri, 27 Nov 2026 12:00:00 GMT")) == noon);
  CHECK(ms(parse_http_date("Friday, 27-Nov-26 12:00:00 GMT")) == noon);
  CHECK(ms(parse_http_date("Fri Nov 27 12:00:00 2026")) == noon);
  CHECK(ms(parse_http_date("Sun Nov  6 08:49:37 1994")) == 784'111'777'000);
  CHECK(ms(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT")) == 784'111'777'000);
  for (const char* zone : {"+0000", "-0000", "UTC"}) {
    CAPTURE(zone);
    CHECK(ms(parse_http_date(std::string("Fri, 27 Nov 2026 12:00:00 ") + zone)) == noon);
  }
  CHECK(ms(parse_http_date("Fri, 27 Nov 2026 07:00:00 -0500")) == noon);
  for (const char* bad :
       {"", "0", "Fri, 27 Nov 2026 12:00:00 ", "Fri, 27 Nov 2026 12:00:00 +00", "Fri, 27 Nov 2026 12:00:00 CET",
        "Fri, 31 Nov 2026 12:00:00 GMT", "Fri, 27 Nod 2026 12:00:00 GMT", "Fri, 27 Nov 2026 24:00:00 GMT",
        "27 Nov 2026 12:00:00 GMT", "Fri, 27-Nov-26 12:00:00 GMT"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_http_date(bad));
  }
}
