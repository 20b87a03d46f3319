// The network door of one simulated process: it owns time while the process waits.
#pragma once

#include "http/net.hpp"
#include "sim/remote.hpp"

#include <functional>
#include <map>
#include <stop_token>

namespace milkrun::sim {

class Net final : public http::Net {
public:
  Net(Remote& remote, Clock& clock, Doors& doors, Trace& trace)
      : remote_(remote), clock_(clock), doors_(doors), trace_(trace) {}

  std::function<void(const http::Request&)> leaving; // looks at each request that leaves
  std::optional<Time> stop_at;                       // SIGTERM; ten seconds later open calls are ended
  std::stop_source stop;

  void submit(std::uint64_t ticket, http::Request request) override;
  std::vector<Answer> collect() override;
  void wait(Millis at_most) override;
  void nudge() override { nudged_ = true; }

private:
  bool something_came() const;
  void end_open_calls();

  Remote& remote_;
  Clock& clock_;
  Doors& doors_;
  Trace& trace_;
  std::map<std::uint64_t, std::shared_ptr<Call>> open_;
  std::vector<Answer> refused_; // answers to calls that did not leave
  bool nudged_ = false, ended_ = false;
};

} // namespace milkrun::sim
