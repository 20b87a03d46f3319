// The network door of a run: calls go in, answers come out, nothing blocks but wait().
#pragma once

#include "http/client.hpp"

#include <cstdint>
#include <vector>

namespace milkrun::http {

class Net {
public:
  struct Answer {
    std::uint64_t ticket = 0; // the caller's own number of the call
    Expected<Response> response;
  };
  virtual ~Net() = default;
  // Hands a request to the network; thread-safe, never blocks. Every ticket gets exactly one answer, also when the
  // request is refused before sending or the client is told to stop.
  virtual void submit(std::uint64_t ticket, Request request) = 0;
  // What came back since the last call; never blocks. One caller.
  virtual std::vector<Answer> collect() = 0;
  // Sleeps until an answer can be collected, nudge() was called since the last wait, or `at_most` is over.
  virtual void wait(Millis at_most) = 0;
  virtual void nudge() = 0; // wakes wait(); from any thread
  // No call comes any more: connections are closed beside the caller, who may have a report to write. Never blocks.
  virtual void quit() {}
};

} // namespace milkrun::http
