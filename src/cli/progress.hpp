// One line on a terminal that says how far a command is, drawn over itself; nothing where there is no terminal, and
// nothing before it has taken two seconds.
#pragma once

#include "base/clock.hpp"
#include "run/runner.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

namespace milkrun::cli {

// "1,204 done, 37/s, 256 under way, 8,796 due, 12 waiting; on api.example; 0:01:12". `rate`: ended items a second.
std::string progress_text(const Progress& progress, double rate);

class ProgressLine {
public:
  // `on`: `terminal` is one, and read by a person. Nothing is drawn before `patience` is over.
  ProgressLine(bool on, std::size_t width, int terminal = 1, Millis patience = Millis(2'000));
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  bool on() const { return on_; }
  void show(std::string_view what); // the line, at most some ten times a second
  void show(std::string_view job, const Progress& progress);
  void clear();

private:
  void draw(std::string_view bytes);

  const bool on_;
  const std::size_t width_;
  const int terminal_;
  const Millis patience_;
  const std::chrono::steady_clock::time_point begun_;
  std::mutex lock_; // of the rest: the log makes room from any thread
  std::chrono::steady_clock::time_point drawn_{};
  bool there_ = false;
  std::deque<std::pair<Millis, std::int64_t>> lately_; // when, and how many were done
};

} // namespace milkrun::cli
