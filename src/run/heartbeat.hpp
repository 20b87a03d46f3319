// A live run says so, on its own thread. Private to src/run.
#pragma once

#include "run/dispatcher.hpp"

#include <thread>

namespace milkrun {

class Heartbeat {
public:
  // Beats each sixth of the lease; ends the run when another run has taken it for dead.
  Heartbeat(const RunContext& run, Dispatcher& dispatcher);

private:
  std::jthread thread_;
};

} // namespace milkrun
