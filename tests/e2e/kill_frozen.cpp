// A run that is stopped past its lease and taken for dead wakes up again, at each moment around the call that must not
// happen twice. Without the run lock: what is tried is the ledger's own fence.
#include "e2e/database.hpp"
#include "e2e/kill_campaign.hpp"
#include "e2e/report.hpp"

#include <ostream>

#include <csignal>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace milkrun::e2e;

namespace {

const Environment without_lock = {{"MILKRUN_TEST_NO_RUN_LOCK", "1"}};

constexpr std::size_t benches = 3;

// Which request of a run creates the post: with one tenant and one worker it is always the same.
int create_request(const Bench& bench) {
  bench.fresh();
  REQUIRE(sentences(bench.bring_home()) == "");
  const Json journal = Json::parse(bench.sandbox().control("GET", "journal"));
  for (std::size_t i = 0; i < journal.size(); ++i)
    if (journal[i]["route"] == "site:chai:create") return static_cast<int>(i) + 1;
  FAIL("no post was created");
  return 0;
}

// A second run that takes over as soon as the lease is over; false when it never does.
bool taken_over(const Bench& bench) {
  const DatabaseFile db(bench.database());
  return eventually([&] {
    if (bench.start(1, without_lock).wait().code != 0) return false;
    return db.number("SELECT count(*) FROM runs WHERE ended_by = 'rescued'") == 1 &&
           db.number("SELECT count(*) FROM ledger WHERE state IN ('due', 'uncertain', 'running')") == 0;
  });
}

std::vector<std::string> freeze_at(const Bench& bench, const std::string& point) {
  bench.fresh();
  Environment env = without_lock;
  env.emplace_back("MILKRUN_TEST_STOP", point);
  Child frozen = bench.start(1, env);
  if (!eventually([&] { return frozen.stopped() || !frozen.running(); }) || !frozen.running())
    return {"the point was not reached"};
  if (!taken_over(bench)) return {"no second run took over"};
  frozen.signal(SIGCONT);
  if (const Finished woken = frozen.wait(); woken.code != 0) return {"the frozen run ended badly: " + woken.err};
  if (const auto wrong = bench.bring_home(without_lock); !wrong.empty()) return wrong;
  return judge(bench.evidence());
}

} // namespace

TEST_CASE("a run that freezes past its lease and wakes up doubles nothing") {
  Benches all;
  while (all.size() < benches) all.push_back(std::make_unique<Bench>(true));
  const int create = create_request(*all[0]);
  const std::vector<std::string> points = {fmt::format("http.before_send:{}", create),
                                           fmt::format("http.in_flight:{}", create),
                                           fmt::format("http.after_answer:{}", create),
                                           "arm.before",
                                           "arm.after",
                                           "begin.after:2",
                                           "work.after:3",
                                           "finish.before:3",
                                           "finish.after:3"};
  std::vector<std::vector<std::string>> complaints(points.size());
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
