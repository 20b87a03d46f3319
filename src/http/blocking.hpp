// The blocking door: a Client over a Net, for commands that make one call and for threads that wait for theirs.
#pragma once

#include "http/net.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace milkrun::http {

// Any number of threads. It must be the only one that submits to the net and collects from it.
class Blocking final : public Client {
public:
  explicit Blocking(Net& net) : net_(net) {}
  Expected<Response> send(const Request& request) override;

private:
  void collect_one_batch(std::unique_lock<std::mutex>& hold);

  Net& net_;
  std::mutex lock_; // guards the rest
  std::condition_variable changed_;
  bool somebody_waits_ = false; // on the net, for all the others
  std::uint64_t last_ticket_ = 0;
  std::unordered_map<std::uint64_t, Expected<Response>> answers_;
};

} // namespace milkrun::http
