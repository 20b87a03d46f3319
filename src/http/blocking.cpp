// One of the waiting threads collects for all; when its own answer is there, the next one takes over.
#include "http/blocking.hpp"

#include <utility>

namespace milkrun::http {

void Blocking::collect_one_batch(std::unique_lock<std::mutex>& hold) {
  somebody_waits_ = true;
  hold.unlock();
  std::vector<Net::Answer> batch;
  try {
    net_.wait(Millis(60'000));
    batch = net_.collect();
  } catch (const std::exception&) { // the network is gone: everyone finds out by himself
    hold.lock();
    somebody_waits_ = false;
    changed_.notify_all();
    throw;
  }
  hold.lock();
  somebody_waits_ = false;
  for (Net::Answer& answer : batch) answers_.emplace(answer.ticket, std::move(answer.response));
  changed_.notify_all();
}

Expected<Response> Blocking::send(const Request& request) {
  std::unique_lock hold(lock_);
  const std::uint64_t ticket = ++last_ticket_;
  net_.submit(ticket, request);
  while (true) {
    if (auto mine = answers_.extract(ticket)) return std::move(mine.mapped());
    if (somebody_waits_)
      changed_.wait(hold);
    else
      collect_one_batch(hold);
  }
}

} // namespace milkrun::http
