// Makes the real network once, for the first call.
#include "cli/lazy_net.hpp"

#include <utility>

namespace milkrun::cli {

http::Net* LazyNet::made() {
  std::lock_guard hold(lock_);
  return network_.net.get();
}

void LazyNet::submit(std::uint64_t ticket, http::Request request) {
  {
    std::lock_guard hold(lock_);
    if (!network_.net && aborted_) {
      refused_.push_back({ticket, fail(Fault::aborted, "network.stopped")});
      return;
    }
    if (!network_.net) network_ = connect_();
  }
  network_.net->submit(ticket, std::move(request));
}

std::vector<http::Net::Answer> LazyNet::collect() {
  if (http::Net* net = made()) return net->collect();
  std::lock_guard hold(lock_);
  return std::exchange(refused_, {});
}

void LazyNet::wait(Millis at_most) {
  if (http::Net* net = made()) return net->wait(at_most);
  std::unique_lock hold(lock_);
  news_.wait_for(hold, at_most, [&] { return nudged_ || !refused_.empty(); });
  nudged_ = false;
}

void LazyNet::nudge() {
  if (http::Net* net = made()) return net->nudge();
  std::lock_guard hold(lock_);
  nudged_ = true;
  news_.notify_all();
}

void LazyNet::quit() {
  if (http::Net* net = made()) net->quit();
}

void LazyNet::abort() {
  std::lock_guard hold(lock_);
  aborted_ = true;
  if (network_.abort) network_.abort();
}

} // namespace milkrun::cli
