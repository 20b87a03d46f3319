// Two runs of one job at once, of which one is killed: under the lock the other one has to wait, and without it they
// share the work. What the dead one had in hand is done by whoever comes next, once.
#include "e2e/database.hpp"
#include "e2e/kill_campaign.hpp"
#include "e2e/report.hpp"

#include <ostream>

#include <csignal>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace milkrun::e2e;

namespace {

const Environment unlocked = {{"MILKRUN_TEST_NO_RUN_LOCK", "1"}};

Complaints killed_beside_another(const Bench& bench, const std::string& point) {
  bench.fresh();
  Environment env = unlocked;
  env.emplace_back("MILKRUN_TEST_KILL", point);
  Child doomed = bench.start(2, env), other = bench.start(2, unlocked);
  (void)doomed.wait(); // the other one may have left it nothing to do
  if (const Finished end = other.wait(); end.code != 0)
    return {fmt::format("the other run ended with {}: {}", end.code, end.err)};
  if (const Complaints wrong = bench.bring_home(); !wrong.empty()) return wrong;
  return bench.judged();
}

} // namespace

TEST_CASE("of two runs that share the work one is killed: everything is published once") {
  std::vector<std::string> points;
  for (const char* point : {"turn.before", "turn.after", "admit.after", "arm.before", "arm.after", "work.after",
                            "http.in_flight", "http.after_answer", "settle.before", "settle.after"})
    for (const int n : {1, 3}) points.push_back(fmt::format("{}:{}", point, n));
  std::vector<Complaints> complaints(points.size());
  side_by_side(publishing_benches(), points.size(), [&](const Bench& bench, std::size_t i) {
    try {
      complaints[i] = killed_beside_another(bench, points[i]);
    } catch (const std::exception& e) {
      complaints[i] = {e.what()};
    }
  });
  for (std::size_t i = 0; i < points.size(); ++i) {
    INFO("killed at ", points[i]);
    CHECK(sentences(complaints[i]) == "");
  }
}

TEST_CASE("a run that was killed leaves no lock behind: the next one starts at once") {
  const Bench& bench = *publishing_benches().front();
  bench.fresh();
  bench.sandbox().control("POST", "faults", R"({"route": "feed", "kind": "delay_before", "ms": 20000, "times": 3})");
  Child first = bench.start(4);
  const DatabaseFile db(bench.database());
  REQUIRE(eventually(
      [&] { return db.number("SELECT count(*) FROM ledger WHERE stage = 'poll-feed' AND state = 'running'") > 0; }));
  const Finished second = bench.start(4).wait();
  CHECK(second.code == 75);
  first.signal(SIGKILL);
  CHECK(first.wait().signal == SIGKILL);
  bench.sandbox().control("DELETE", "faults");
  const Finished third = bench.start(4).wait();
  CHECK_MESSAGE(third.code == 0, third.err);
  CHECK(Json::parse(third.out)["rescued"].get<int>() > 0);
  CHECK(sentences(bench.bring_home()) == "");
  CHECK(sentences(bench.judged()) == "");
}
