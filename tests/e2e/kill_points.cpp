// A kill at each point around a commit or a call, by name; and a second one in the recovery from it. A point that is
// not reached any more fails: a test that kills nothing proves nothing.
#include "e2e/kill_campaign.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun::e2e;

namespace {

// The n-th times that are tried: close together where a run begins, then all along it.
std::vector<Trial> each(const std::string& point, std::initializer_list<int> times) {
  std::vector<Trial> trials;
  for (const int n : times) trials.push_back(killed_at({point + ":" + std::to_string(n)}));
  return trials;
}

} // namespace

TEST_CASE("killed just before or just after any commit, everything is published once") {
  must_hold(each("db.before_commit", {1, 2, 3, 5, 8, 12, 17, 23, 29, 35, 41}));
  must_hold(each("db.after_commit", {1, 2, 4, 6, 10, 14, 20, 26, 32, 38, 42}));
}

TEST_CASE("killed before, during or after any call, everything is published once") {
  must_hold(each("http.before_send", {1, 3, 6, 10, 14, 18}));
  must_hold(each("http.in_flight", {1, 2, 5, 8, 12, 16, 19}));
  must_hold(each("http.after_answer", {1, 4, 7, 11, 15, 19}));
}

TEST_CASE("killed between any two rooms, everything is published once") {
  std::vector<Trial> trials;
  for (const char* point :
       {"rescue.before",  "rescue.after",    "claim.before",   "claim.after",     "claim.after:3",
        "begin.before:2", "begin.after",     "begin.after:7",  "work.before:5",   "work.after:2",
        "work.after:9",   "arm.before",      "arm.after",      "arm.before:3",    "arm.after:4",
        "finish.before",  "finish.before:8", "finish.after:1", "finish.after:11", "run.before_report"})
    trials.push_back(killed_at({point}));
  must_hold(trials);
}

TEST_CASE("killed again while it recovers, everything is published once") {
  must_hold({
      killed_at({"arm.after", "rescue.before"}),
      killed_at({"http.in_flight:9", "rescue.after"}),
      killed_at({"arm.after", "reconcile.before"}),
      killed_at({"arm.after", "reconcile.after"}),
      killed_at({"arm.after", "reconcile.after:2"}),
      killed_at({"arm.after", "reconcile.after", "reconcile.before", "rescue.after"}),
      killed_at({"work.after:9", "begin.after"}),
      killed_at({"finish.before:6", "claim.after"}),
      killed_at({"finish.before:6", "finish.before"}),
      killed_at({"db.after_commit:20", "db.after_commit:2"}),
      killed_at({"db.before_commit:30", "db.before_commit:2"}),
      killed_at({"begin.after:5", "begin.after:3", "begin.after:2"}),
      killed_at({"arm.after:2", "arm.after", "arm.after"}),
      killed_at({"http.in_flight:3", "run.before_report"}),
  });
}
