// A few threads that run the heavy steps of work(): parsing, sanitising, prompts. Private to src/run.
#pragma once

#include "run/call.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace milkrun {

class Compute {
public:
  // With no threads a step runs where it is asked for. `ready` is called from any thread when steps can be collected.
  Compute(int threads, const JobSettings& settings, std::function<void()> ready);
  ~Compute();
  Compute(const Compute&) = delete;
  Compute& operator=(const Compute&) = delete;

  // `script` is the step's own until that is collected.
  void submit(std::uint64_t ticket, Script& script);
  std::vector<std::pair<std::uint64_t, Step>> collect();

private:
  void work(const std::stop_token& stop);

  const JobSettings& settings_;
  const std::function<void()> ready_;
  std::mutex lock_; // of the three below
  std::condition_variable_any changed_;
  std::deque<std::pair<std::uint64_t, Script*>> asked_;
  std::vector<std::pair<std::uint64_t, Step>> done_;
  std::vector<std::jthread> threads_; // last: they end before what they use
};

} // namespace milkrun
