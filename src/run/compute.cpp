// The compute threads.
#include "run/compute.hpp"

namespace milkrun {

Compute::Compute(int threads, const JobSettings& settings, std::function<void()> ready)
    : settings_(settings), ready_(std::move(ready)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

Compute::~Compute() {
  for (std::jthread& t : threads_) t.request_stop();
}

void Compute::submit(std::uint64_t ticket, Script& script) {
  if (threads_.empty()) {
    done_.emplace_back(ticket, step(script, settings_));
    return;
  }
  {
    std::lock_guard hold(lock_);
    asked_.emplace_back(ticket, &script);
  }
  changed_.notify_one();
}

std::vector<std::pair<std::uint64_t, Step>> Compute::collect() {
  std::lock_guard hold(lock_);
  return std::exchange(done_, {});
}

void Compute::work(const std::stop_token& stop) {
  std::unique_lock hold(lock_);
  // Once stopped, nobody collects what is still asked for.
  while (changed_.wait(hold, stop, [&] { return !asked_.empty(); }) && !stop.stop_requested()) {
    const auto [ticket, script] = asked_.front();
    asked_.pop_front();
    hold.unlock();
    Step done = step(*script, settings_);
    hold.lock();
    done_.emplace_back(ticket, std::move(done));
    hold.unlock();
    ready_();
    hold.lock();
  }
}

} // namespace milkrun
