// A call that must not happen twice and leaves more than a second after its item was admitted: the rules are asked
// again.
#include "support/fake_job.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;

namespace {

constexpr Millis hour{3'600'000};

// Asks for a token, then posts.
Result token_then_post(const Item& item, const Credentials& c, const Outside& out) {
  const auto token = out.http.send({.url = item.row.text("url") + "?token"});
  if (!token) return {std::unexpected(token.error())};
  return test::fake::work(item, c, out);
}

struct World : FakeWorld {
  World() {
    tenant("asha");
    job.stages[0].work = token_then_post;
    job.stages[0].plan = [](const Item& item, Time now) {
      Plan p = test::fake::plan(item, now);
      p.quota = {{.meter = "posts", .period = "2026-11", .amount = 1, .limit = 5, .again = now + hour}};
      return p;
    };
    item("1");
  }
  // So long after the admission the token comes, and meanwhile the item's row is what `change` makes of it.
  RunReport run_with(Millis later, const char* change) {
    network.answer = [this, later, change](const http::Request& r) {
      if (r.url.ends_with("?token")) {
        clock.advance(later);
        test::change(database, change);
      }
      return http::Response{.status = 201};
    };
    return run();
  }
  bool sent() { return network.calls("https://h.example/1") == 1; }
  std::int64_t quota(const std::string& what) {
    return test::number(database, ("SELECT coalesce(sum(" + what + "), 0) AS n FROM usage").c_str());
  }
};

} // namespace

TEST_CASE("an item whose rules say no before its call leaves is not sent, and ends as if it had been judged so") {
  struct Row {
    const char* change;
    const char *state, *reason, *settled;
  };
  const Row table[] = {
      {"UPDATE feeds SET stop_reason = 'cancel'", "cancelled", "feed.stopped", "cancelled"},
      {"UPDATE feeds SET stop_reason = 'snooze'", "due", "tenant.inactive", "due"},
      {"UPDATE feeds SET stop_reason = 'throw'", "due", "bug", "due"},
      {"DELETE FROM feeds", "cancelled", "row_gone", ""},
  };
  for (const Row& row : table)
    for (const bool light : {false, true}) {
      CAPTURE(row.change);
      CAPTURE(light);
      World w;
      w.job.stages[0].light = light;
      const RunReport r = w.run_with(Millis(1'001), row.change);
      CHECK_FALSE(w.sent());
      CHECK(w.network.calls() == 1);
      CHECK(w.state("1") == row.state);
      CHECK(w.ledger_row("1").text("reason") == row.reason);
      CHECK(w.ledger_row("1").null("armed_at"));
      if (*row.settled != '\0') CHECK(w.feed("1").text("last_error") == row.settled);
      if (std::string_view(row.state) == "due") CHECK(w.ledger_row("1").integer("attempts") == 0);
      CHECK(w.quota("reserved") == 0);
      CHECK(w.quota("used") == 0);
      CHECK(r.ended_by == "finished");
    }
}

TEST_CASE("an item whose rules still say yes is sent, and so is one that was admitted a moment ago") {
  World unchanged;
  unchanged.run_with(hour, "UPDATE feeds SET moved_count = 0");
  CHECK(unchanged.sent());
  CHECK(unchanged.state("1") == "done");
  CHECK(unchanged.quota("used") == 1);
  World quick;
  quick.run_with(Millis(900), "UPDATE feeds SET stop_reason = 'cancel'");
  CHECK(quick.sent());
}

TEST_CASE("a row that changes between two calls does not change what is replayed") {
  World w;
  w.run_with(Millis(2'000), "UPDATE feeds SET url = 'https://h.example/other'");
  CHECK(w.sent());
  CHECK(w.state("1") == "done");
}
