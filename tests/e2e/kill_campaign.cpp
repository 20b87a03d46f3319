// The threads here only drive programs: what they find is told to doctest by the main thread, when all is over.
#include "e2e/kill_campaign.hpp"

#include <ostream>

#include <atomic>
#include <cstdlib>
#include <doctest/doctest.h>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <iterator>
#include <regex>
#include <thread>

namespace milkrun::e2e {
namespace {

constexpr int most_tries = 3; // at a life that was not killed

std::string name_of(const Life& life) {
  const std::string when = life.point.empty() ? fmt::format("after {} ms", life.after.count()) : life.point;
  return life.in_flight == 1 ? when : fmt::format("{} ({} in flight)", when, life.in_flight);
}

void add(Complaints& to, Complaints&& more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Verdict play_one(const Bench& bench, const Trial& trial) {
  Verdict verdict{.trial = trial.name(), .killed = 0, .complaints = {}};
  try {
    bench.fresh();
    for (const Life& life : trial.lives) {
      if (!bench.live_and_die(life)) break;
      ++verdict.killed;
      add(verdict.complaints, bench.judged_dead());
    }
    add(verdict.complaints, bench.bring_home());
    add(verdict.complaints, bench.judged());
  } catch (const std::exception& e) {
    verdict.complaints.emplace_back(e.what());
  }
  return verdict;
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

std::string Trial::name() const {
  std::vector<std::string> names;
  for (const Life& life : lives) names.push_back(name_of(life));
  return fmt::format("{}", fmt::join(names, ", then "));
}

Benches benches_of(const Plot& plot, std::size_t count) {
  Benches all;
  while (all.size() < count) all.push_back(std::make_unique<Bench>(plot));
  return all;
}

const Benches& publishing_benches() {
  static const Benches all = benches_of(publishing());
  return all;
}

Trial killed_at(const std::vector<std::string>& points) {
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

std::string sentences(const Complaints& complaints) { return fmt::format("{}", fmt::join(complaints, "\n")); }

std::vector<Verdict> play(const Benches& benches, const std::vector<Trial>& trials) {
  std::vector<Verdict> verdicts(trials.size());
  side_by_side(benches, trials.size(),
               [&](const Bench& bench, std::size_t i) { verdicts[i] = play_one(bench, trials[i]); });
  return verdicts;
}

void must_hold(const Benches& benches, const std::vector<Trial>& trials) {
  std::vector<Verdict> verdicts(trials.size());
  side_by_side(benches, trials.size(), [&](const Bench& bench, std::size_t i) {
    Verdict& v = verdicts[i];
    for (int tries = 0; tries < most_tries && v.complaints.empty() && v.killed < trials[i].lives.size(); ++tries)
      v = play_one(bench, trials[i]);
  });
  for (std::size_t i = 0; i < trials.size(); ++i) {
    INFO("killed at ", verdicts[i].trial);
    CHECK(sentences(verdicts[i].complaints) == "");
    CHECK_MESSAGE(verdicts[i].killed == trials[i].lives.size(), "a point was not reached");
  }
}

std::set<std::string> all_points() {
  static const std::regex call("[^_]kill_point\\(([^;]*)\\);"), name("\"([a-z]+\\.[a-z_]+)\"");
  std::set<std::string> points;
  for (const auto& file : std::filesystem::recursive_directory_iterator(MILKRUN_SOURCES)) {
    const std::string path = file.path().string();
    if (!path.ends_with(".cpp") || path.ends_with("_test.cpp")) continue;
    const std::string text = text_of(path);
    for (std::sregex_iterator c(text.begin(), text.end(), call), end; c != end; ++c) {
      const std::string words = (*c)[1];
      for (std::sregex_iterator n(words.begin(), words.end(), name); n != end; ++n) points.insert((*n)[1]);
    }
  }
  return points;
}

unsigned long setting(const char* name, unsigned long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

} // namespace milkrun::e2e
