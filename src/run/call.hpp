// work() and reconcile() by replay: they are called with the answers so far, and end with the next call or with their
// result. No thread ever waits for a network. Private to src/run.
#pragma once

#include "job/stage.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace milkrun {

// An answer as it came back, with what tells that the same call asks for it again.
struct Recorded {
  std::uint64_t digest = 0;
  Expected<http::Response> answer;
  Time at{};
  std::shared_ptr<const void> kept = {}; // what the stage made of it, in place of its body
};

// Everything a step needs; owned by the item in flight.
struct Script {
  const Stage* stage = nullptr;
  Item item;
  Credentials credentials;
  bool looking_up = false;
  std::vector<Recorded> answers = {};
  Time begun{}; // the clock until the first answer
};

struct Wanted { // the next call
  http::Request request;
  std::uint64_t digest = 0;
};
using Looked = Expected<Reconciled>;
struct Bug { // the stage threw; what
  std::string what;
  Reason reason = "bug"; // or that of a row which another program wrote, and no stage can use
};
Bug bug_of(const std::exception& thrown);
using Step = std::variant<Wanted, Result, Looked, Bug>;

// Runs the stage's code until it needs an answer that is not there. Pure: the same script gives the same step (only
// what was read of its answers is kept in it). A call that differs from the one recorded at its place is a bug of the
// stage; so is a call after a `once` call, or a `once` call in a look-up.
Step step(Script& script, const JobSettings& settings);

#ifdef MILKRUN_TEST_HOOKS
// When set, each step is played a second time after a call of it, which changes what work() must not depend on (time
// zone, locale, chance); a difference is a bug of the stage. For programs whose steps run on one thread.
extern std::function<void()> shuffle_environment;
#endif

} // namespace milkrun
