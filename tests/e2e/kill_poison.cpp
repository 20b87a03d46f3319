// What is in flight whenever a run dies may be what kills it. At the second time it is given up, and said so.
#include "e2e/database.hpp"
#include "e2e/kill_bench.hpp"
#include "e2e/kill_campaign.hpp"
#include "e2e/report.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun::e2e;

namespace {

constexpr const char* poison = "poison: in flight at two crashes";

// Both runs die while they work on the same item, the n-th of a run from the start; the third tells of it.
Report third_run(const Bench& bench, const std::string& first, const std::string& second) {
  bench.fresh();
  REQUIRE(bench.live_and_die({.point = first}));
  REQUIRE(bench.live_and_die({.point = second}));
  return Report(bench.start(1).wait());
}

void check_rest(const Bench& bench) {
  CHECK(sentences(bench.bring_home()) == "");
  CHECK(sentences(judge(bench.evidence())) == "");
  CHECK(DatabaseFile(bench.database()).number("SELECT count(*) FROM ledger WHERE reason = 'run.crashed_twice'") == 1);
}

} // namespace

TEST_CASE("a feed that two runs died of is not read again in its slot, and the next run says so") {
  const Bench bench(true);
  const Report third = third_run(bench, "work.before", "work.before");
  CHECK(third.reasons("poll-feed", "discarded") == "run.crashed_twice");
  check_rest(bench);
}

TEST_CASE("an article that two runs died of is given up, and its tenant is told") {
  const Bench bench(true);
  const Report third = third_run(bench, "work.before:3", "work.before");
  CHECK(third.reasons("publish-post", "discarded") == "run.crashed_twice");
  CHECK(third.story("chai") == std::string("given up: ") + poison);
  check_rest(bench);
}

TEST_CASE("a post that two runs died of sending is no poison: it is looked up") {
  const Bench bench(true);
  const Report third = third_run(bench, "arm.after", "reconcile.after");
  CHECK(third.items("publish-post", "done") == 1);
  CHECK(sentences(judge(bench.evidence())) == "");
}
