// Waiting is what moves the clock.
#include "sim/net.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace milkrun::sim {
namespace {

constexpr Millis patience_after_stop{10'000};

} // namespace

void Net::submit(std::uint64_t ticket, http::Request request) {
  doors_.step("submit");
  trace_.add(clock_.now(), fmt::format("call {} {} {}", request.method, request.url, static_cast<int>(request.effect)));
  if (request.end_by) {
    const auto left = std::chrono::duration_cast<Millis>(*request.end_by - clock_.monotonic());
    if (left <= Millis(0)) {
      refused_.push_back({ticket, fail(Fault::outage, "network.no_time_left")});
      return;
    }
    request.timeout = std::min(request.timeout, left);
  }
  if (ended_) {
    refused_.push_back({ticket, fail(Fault::aborted, "network.stopped")});
    return;
  }
  if (leaving) leaving(request);
  open_.emplace(ticket, remote_.begin(request));
  doors_.step("submitted");
}

std::vector<http::Net::Answer> Net::collect() {
  doors_.step("collect");
  std::vector<Answer> out = std::exchange(refused_, {});
  for (auto at = open_.begin(); at != open_.end();) {
    const Call& c = *at->second;
    if (!c.processed || c.answer_at > clock_.now()) {
      ++at;
      continue;
    }
    trace_.add(clock_.now(), fmt::format("answer {} {}", c.request.url, c.answer ? c.answer->status : 0));
    out.push_back({at->first, c.answer});
    at = open_.erase(at);
  }
  return out;
}

bool Net::something_came() const {
  return !refused_.empty() || std::ranges::any_of(open_, [&](const auto& c) {
    return c.second->processed && c.second->answer_at <= clock_.now();
  });
}

void Net::end_open_calls() {
  for (auto& [ticket, call] : open_) {
    const bool once = call->request.effect == http::Effect::once;
    refused_.push_back({ticket, fail(once ? Fault::uncertain : Fault::aborted, "network.stopped")});
  }
  open_.clear();
  ended_ = true;
}

void Net::wait(Millis at_most) {
  doors_.open_step("wait");
  Time until = clock_.now() + at_most;
  if (std::exchange(nudged_, false) || something_came()) return;
  for (const auto& [ticket, call] : open_) until = std::min(until, std::max(call->process_at, call->answer_at));
  if (stop_at) until = std::min(until, std::max(*stop_at, clock_.now()));
  remote_.pass(until);
  if (!stop_at || clock_.now() < *stop_at) return;
  if (!stop.stop_requested()) {
    trace_.add(clock_.now(), "STOP");
    stop.request_stop();
    stop_at = clock_.now() + patience_after_stop;
  } else {
    stop_at.reset();
    end_open_calls();
  }
}

} // namespace milkrun::sim
