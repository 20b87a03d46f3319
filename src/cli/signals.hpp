// SIGTERM and SIGINT as a request to stop, taken by one thread.
#pragma once

#include "base/clock.hpp"

#include <functional>
#include <stop_token>
#include <thread>

namespace milkrun::cli {

// While it lives: the first signal requests `stop`; a second one, or the end of the grace time, calls `abort` (once,
// on the watching thread). Make it before any other thread: they inherit the blocked signals.
class Signals {
public:
  Signals(std::stop_source stop, std::function<void()> abort, Millis grace = Millis(10'000));
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

private:
  void watch(const std::stop_source& stop, const std::function<void()>& abort, Millis grace) const;

  int signals_ = -1, end_ = -1; // signalfd(2), eventfd(2)
  std::jthread watcher_;
};

} // namespace milkrun::cli
