// The threads here only drive programs: what they find is told to doctest by the main thread, when all is over.
#include "e2e/kill_campaign.hpp"

#include <ostream>

#include <atomic>
#include <doctest/doctest.h>
#include <exception>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <thread>

namespace milkrun::e2e {
namespace {

constexpr std::size_t benches = 6;

std::string name_of(const Life& life) {
  const std::string when = life.point.empty() ? fmt::format("after {} ms", life.after.count()) : life.point;
  return life.workers == 1 ? when : fmt::format("{} ({} workers)", when, life.workers);
}

void add(std::vector<std::string>& to, std::vector<std::string>&& more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Verdict play_one(const Bench& bench, const Trial& trial) {
  Verdict verdict{.trial = trial.name(), .killed = 0, .complaints = {}};
  try {
    bench.fresh();
    for (const Life& life : trial.lives) {
      if (!bench.live_and_die(life)) break;
      ++verdict.killed;
    }
    add(verdict.complaints, bench.bring_home());
    add(verdict.complaints, judge(bench.evidence()));
  } catch (const std::exception& e) {
    verdict.complaints.emplace_back(e.what());
  }
  return verdict;
}

// Made by the main thread: a sandbox dies with the thread that started it.
const Benches& the_benches() {
  static Benches all;
  while (all.size() < benches) all.push_back(std::make_unique<Bench>());
  return all;
}

} // namespace

std::string Trial::name() const {
  std::vector<std::string> names;
  for (const Life& life : lives) names.push_back(name_of(life));
  return fmt::format("{}", fmt::join(names, ", then "));
}

Trial killed_at(std::initializer_list<std::string> points) {
  Trial trial;
  for (const std::string& point : points) trial.lives.push_back({.point = point});
  return trial;
}

void side_by_side(const Benches& all, std::size_t count, const std::function<void(const Bench&, std::size_t)>& play) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> drivers;
  for (const auto& bench : all)
    drivers.emplace_back([&] {
      for (std::size_t i; (i = next++) < count;) play(*bench, i);
    });
}

std::string sentences(const std::vector<std::string>& complaints) {
  return fmt::format("{}", fmt::join(complaints, "\n"));
}

std::vector<Verdict> play(const std::vector<Trial>& trials) {
  std::vector<Verdict> verdicts(trials.size());
  side_by_side(the_benches(), trials.size(),
               [&](const Bench& bench, std::size_t i) { verdicts[i] = play_one(bench, trials[i]); });
  return verdicts;
}

void must_hold(const std::vector<Trial>& trials) {
  const std::vector<Verdict> verdicts = play(trials);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    INFO("killed at ", verdicts[i].trial);
    CHECK(sentences(verdicts[i].complaints) == "");
    CHECK_MESSAGE(verdicts[i].killed == trials[i].lives.size(), "a point was not reached");
  }
}

} // namespace milkrun::e2e
