// The closed vocabulary of what work() can answer.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/reason.hpp"
#include "base/secret.hpp"

#include <any>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace milkrun {

struct Done {
  std::string reference; // what now exists: the provider's id, a link
};
struct Snooze { // not yet; costs no attempt
  Time until;
  Reason reason;
  // What brings it back before `until`: Settling::wake() with this word makes it due. "" = nothing does.
  std::string waits_for = {};
};
struct Cancel { // never: a person or a rule said no
  Reason reason;
};

using Outcome = std::expected<std::variant<Done, Snooze, Cancel>, Error>; // Error: the attempt failed

// Counted spending of one attempt, booked even when the answer was refused: {"tokens_in", 812}.
struct Spent {
  std::string meter;
  std::int64_t amount = 0;
};

// What work() and reconcile() bring back. The payload is the stage's own type and reaches settle for EVERY outcome.
struct Result {
  Outcome outcome;
  std::any payload = {};
  std::vector<Spent> spent = {};
  std::vector<Park> parks = {}; // beside those in an Error
  bool looked_up = false;       // came from reconcile(): no try of its own
  std::vector<Park> lifts = {}; // parks (scope and id) that are over: what they were about went well
  // The secret of the item's credential as its service renewed it. Sealed and stored in the old one's place, unless
  // that was changed meanwhile.
  std::optional<Secret> renewed = {};
};

template <class T> const T* payload_of(const Result& r) { return std::any_cast<T>(&r.payload); }

inline const Done* done_of(const Outcome& o) { return o ? std::get_if<Done>(&*o) : nullptr; }
inline const Snooze* snooze_of(const Outcome& o) { return o ? std::get_if<Snooze>(&*o) : nullptr; }
inline const Cancel* cancel_of(const Outcome& o) { return o ? std::get_if<Cancel>(&*o) : nullptr; }

} // namespace milkrun
