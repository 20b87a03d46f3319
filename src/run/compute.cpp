// The compute threads. Next is a step of the tenant who had least of their time, so that nobody is behind what a tenant
// with hundreds of dear feeds asks for; and one thread is always there for the others.
#include "run/compute.hpp"

#include <algorithm>

namespace milkrun {

Compute::Compute(int threads, const JobSettings& settings, std::function<void()> ready, std::function<double()> spent)
    : settings_(settings), ready_(std::move(ready)), spent_(std::move(spent)), most_of_one_(std::max(1, threads - 1)) {
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
  const std::lock_guard hold(lock_);
  const auto asker = askers_.try_emplace(script.item.tenant).first;
  asker->second.steps.emplace_back(ticket, &script);
  line_up(asker);
}

std::vector<std::pair<std::uint64_t, Step>> Compute::collect() {
  std::lock_guard hold(lock_);
  return std::exchange(done_, {});
}

void Compute::line_up(Askers::iterator asker) {
  Asker& a = asker->second;
  if (a.lined_up || a.steps.empty() || a.busy >= most_of_one_) return;
  a.lined_up = true;
  a.had = std::max(a.had, least_); // nobody saves up time in which he asked for nothing
  line_.emplace(std::pair(a.had, ++lined_up_), asker);
  changed_.notify_one();
}

void Compute::work(const std::stop_token& stop) {
  std::unique_lock hold(lock_);
  // Once stopped, nobody collects what is still asked for.
  while (changed_.wait(hold, stop, [&] { return !line_.empty(); }) && !stop.stop_requested()) {
    const auto first = line_.begin();
    const auto asker = first->second;
    least_ = first->first.first;
    line_.erase(first);
    const auto [ticket, script] = asker->second.steps.front();
    asker->second.steps.pop_front();
    asker->second.lined_up = false;
    ++asker->second.busy;
    ++busy_;
    line_up(asker);
    hold.unlock();
    const double before = spent_();
    Step done = step(*script, settings_);
    const double cost = spent_() - before;
    hold.lock();
    done_.emplace_back(ticket, std::move(done));
    asker->second.had += cost;
    --asker->second.busy;
    --busy_;
    line_up(asker);
    if (busy_ == 0 && line_.empty()) { // everybody has all he asked for: bygones
      askers_.clear();
      least_ = 0;
    }
    hold.unlock();
    ready_();
    hold.lock();
  }
}

} // namespace milkrun
