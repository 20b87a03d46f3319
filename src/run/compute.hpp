// A few threads that run the heavy steps of work(): parsing, filters, sanitising, prompts. Private to src/run.
#pragma once

#include "base/thread_time.hpp"
#include "run/call.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace milkrun {

class Compute {
public:
  // With no threads a step runs where it is asked for. `ready` is called from any thread when steps can be collected;
  // `spent` tells what a thread has spent of its processor.
  Compute(int threads, const JobSettings& settings, std::function<void()> ready,
          std::function<double()> spent = thread_seconds);
  ~Compute();
  Compute(const Compute&) = delete;
  Compute& operator=(const Compute&) = delete;

  // `script` is the step's own until that is collected.
  void submit(std::uint64_t ticket, Script& script);
  std::vector<std::pair<std::uint64_t, Step>> collect();

private:
  struct Asker {
    std::deque<std::pair<std::uint64_t, Script*>> steps;
    int busy = 0;   // threads at work for it
    double had = 0; // seconds of the threads' processors
    bool lined_up = false;
  };
  using Askers = std::map<TenantId, Asker>;

  void work(const std::stop_token& stop);
  void line_up(Askers::iterator asker); // unless it has no step, or all the threads that it may have

  const JobSettings& settings_;
  const std::function<void()> ready_;
  const std::function<double()> spent_;
  const int most_of_one_; // threads
  std::mutex lock_;       // of all below but the threads
  std::condition_variable_any changed_;
  Askers askers_;
  std::map<std::pair<double, std::uint64_t>, Askers::iterator> line_; // by what they had, and since when they stand
  std::uint64_t lined_up_ = 0;
  double least_ = 0; // what who came last to his turn had had
  int busy_ = 0;
  std::vector<std::pair<std::uint64_t, Step>> done_;
  std::vector<std::jthread> threads_; // last: they end before what they use
};

} // namespace milkrun
