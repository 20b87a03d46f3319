// A run that is stopped past its lease and taken for dead wakes up again, at each moment around the call that must not
// happen twice. The second run is one of the same job, under the lock that both know.
#include "e2e/database.hpp"
#include "e2e/kill_campaign.hpp"
#include "e2e/report.hpp"

#include <ostream>

#include <csignal>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace milkrun::e2e;

namespace {

constexpr std::size_t benches = 4;
constexpr int locked = 75; // "another run has the job": of one that is too early, and of the one that wakes up too late

// Which request of a run creates the post: with one tenant and one in flight it is always the same.
int create_request(const Bench& bench) {
  bench.fresh();
  REQUIRE(sentences(bench.bring_home()) == "");
  const Json journal = Json::parse(bench.sandbox().control("GET", "journal"));
  for (std::size_t i = 0; i < journal.size(); ++i)
    if (journal[i]["route"] == "site:chai:create") return static_cast<int>(i) + 1;
  FAIL("no post was created");
  return 0;
}

// A second run that takes over as soon as the lease is over, and not before.
Complaints take_over(const Bench& bench) {
  const DatabaseFile db(bench.database());
  Complaints wrong;
  const bool done = eventually([&] {
    const Finished end = bench.start(1).wait();
    const bool rescued = db.number("SELECT count(*) FROM runs WHERE ended_by = 'rescued'") == 1;
    if (end.code != (rescued ? 0 : locked)) wrong = {fmt::format("a second run ended with {}: {}", end.code, end.err)};
    return !wrong.empty() ||
           (rescued && db.number("SELECT count(*) FROM ledger WHERE state IN ('due', 'uncertain', 'running')") == 0);
  });
  if (!done) wrong.emplace_back("no second run took over");
  return wrong;
}

Complaints freeze_at(const Bench& bench, const std::string& point) {
  bench.fresh();
  Child frozen = bench.start(1, {{"MILKRUN_TEST_STOP", point}});
  if (!eventually([&] { return frozen.stopped() || !frozen.running(); }) || !frozen.running())
    return {"the point was not reached"};
  if (const Complaints wrong = take_over(bench); !wrong.empty()) return wrong;
  frozen.signal(SIGCONT);
  if (const Finished woken = frozen.wait(); woken.code != locked)
    return {fmt::format("the frozen run ended with {}: {}", woken.code, woken.err)};
  if (const Complaints wrong = bench.bring_home(); !wrong.empty()) return wrong;
  return bench.judged();
}

} // namespace

TEST_CASE("a run that freezes past its lease and wakes up doubles nothing") {
  const Benches all = benches_of(publishing(true), benches);
  const int create = create_request(*all[0]);
  // Outside of the desk's transaction: whoever is stopped inside keeps the database locked, for all.
  const std::vector<std::string> points = {fmt::format("http.before_send:{}", create),
                                           fmt::format("http.in_flight:{}", create),
                                           fmt::format("http.after_answer:{}", create),
                                           "arm.before",
                                           "arm.after",
                                           "admit.after:2",
                                           "work.before:3",
                                           "work.after:3",
                                           "settle.before:3",
                                           "settle.after:3",
                                           "turn.before:4",
                                           "turn.after:4"};
  std::vector<Complaints> complaints(points.size());
  side_by_side(all, points.size(), [&](const Bench& bench, std::size_t i) {
    try {
      complaints[i] = freeze_at(bench, points[i]);
    } catch (const std::exception& e) {
      complaints[i] = {e.what()};
    }
  });
  for (std::size_t i = 0; i < points.size(); ++i) {
    INFO("frozen at ", points[i]);
    CHECK(sentences(complaints[i]) == "");
  }
}
