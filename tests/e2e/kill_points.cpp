// A kill at each point that a run passes, as often as it passes it, and a second one in the recovery from it. Which
// points those are is asked of the program, so that none is forgotten: neither a new one nor a later hit of an old one.
#include "e2e/kill_campaign.hpp"

#include <ostream>

#include <algorithm>
#include <doctest/doctest.h>
#include <map>

using namespace milkrun::e2e;

namespace {

// So many hits of a point are tried: the first, one of the last, and some between them; not the very last of many,
// because a run takes now some turns more and now some fewer. MILKRUN_KILL_EACH: all.
std::vector<int> hits_of(int times, int most) {
  std::vector<int> out;
  if (setting("MILKRUN_KILL_EACH", 0) != 0 || times <= most) most = times;
  const int last = times > most ? times - times / 5 : times;
  for (int i = 0; i < most; ++i) out.push_back(most == 1 ? 1 : 1 + i * (last - 1) / (most - 1));
  return out;
}

std::map<std::string, int> counted(const std::vector<std::string>& points) {
  std::map<std::string, int> times;
  for (const std::string& point : points) ++times[point];
  return times;
}

std::vector<Trial> trials_of(const std::map<std::string, int>& passed, int most,
                             const std::vector<std::string>& before) {
  std::vector<Trial> trials;
  for (const auto& [point, times] : passed)
    for (const int n : hits_of(times, most)) {
      std::vector<std::string> points = before;
      points.push_back(point + ":" + std::to_string(n));
      trials.push_back(killed_at(points));
    }
  return trials;
}

} // namespace

TEST_CASE("killed at any point of a run, everything is published once") {
  const Bench& first = *publishing_benches().front();
  first.fresh();
  const auto passed = counted(first.trace());
  CHECK(passed.at("db.after_commit") > 20); // or the trace is not of a whole run
  must_hold(publishing_benches(), trials_of(passed, 4, {}));
}

TEST_CASE("killed again while it recovers, everything is published once; no point of the program is left out") {
  const Bench& first = *publishing_benches().front();
  first.fresh();
  std::map<std::string, int> all = counted(first.trace());
  // A post that may be on the site, one that is, an article that is written and not stored, a settle that was lost.
  for (const std::string once : {"arm.after", "http.in_flight:12", "http.after_answer:5", "settle.before:6"}) {
    first.fresh();
    REQUIRE(first.live_and_die({.point = once}));
    const auto passed = counted(first.trace());
    must_hold(publishing_benches(), trials_of(passed, 1, {once}));
    all.insert(passed.begin(), passed.end());
  }
  for (const std::string& point : all_points()) CHECK_MESSAGE(all.contains(point), "no run passes ", point);
}

TEST_CASE("killed again and again, everything is published once") {
  must_hold(publishing_benches(), {
                                      killed_at({"arm.after", "reconcile.after", "reconcile.before", "rescue.after"}),
                                      killed_at({"admit.after:5", "admit.after:3", "admit.after:2"}),
                                      killed_at({"arm.after:2", "arm.after", "arm.after"}),
                                      killed_at({"db.after_commit:20", "db.after_commit:2", "db.before_commit:3"}),
                                      killed_at({"run.before_report", "rescue.before", "prune.before"}),
                                  });
}
