// Many trials side by side: each sets up an installation, kills it as told, brings it home and asks the judge.
#pragma once

#include "e2e/kill_bench.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace milkrun::e2e {

using Benches = std::vector<std::unique_ptr<Bench>>;

// Calls `play(bench, i)` once for each i below `count`, on all benches at a time. Most of a trial is waiting, so a few
// share two cores well. `play` may not use doctest.
void side_by_side(const Benches& benches, std::size_t count,
                  const std::function<void(const Bench&, std::size_t)>& play);
// "" when there are none.
std::string sentences(const std::vector<std::string>& complaints);

struct Trial {
  std::vector<Life> lives; // killed one after another, each in the recovery of the one before
  std::string name() const;
};

struct Verdict {
  std::string trial;                   // its name
  std::size_t killed = 0;              // lives that ended by their kill, from the first on
  std::vector<std::string> complaints; // empty: all promises held
};

// Three of them, or as many as asked for, made by the main thread: a sandbox dies with the thread that started it.
Benches benches_of(const Plot& plot, std::size_t count = 3);
const Benches& publishing_benches(); // made once
// The trial of runs that die each at its point, with one in flight: "arm.after", "http.in_flight:3".
Trial killed_at(const std::vector<std::string>& points);
// In the order of the trials. A trial ends with the first life that is not killed.
std::vector<Verdict> play(const Benches& benches, const std::vector<Trial>& trials);
// Plays them, and fails the test for each complaint and each life that was not killed. A clock's beat more or less
// makes the last hits of a point come or not: a life that was not killed is tried again, twice.
void must_hold(const Benches& benches, const std::vector<Trial>& trials);

// Every point that the program's sources name.
std::set<std::string> all_points();
// MILKRUN_KILLS and the like; `otherwise` when it is not set.
unsigned long setting(const char* name, unsigned long otherwise);

} // namespace milkrun::e2e
