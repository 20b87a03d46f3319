// How a claim can be checked at all.
#pragma once

#include "base/clock.hpp"
#include "db/db.hpp"
#include "job/stage.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace milkrun::verify_social {

enum class Method {
  comments,    // shared: the comments of an object
  followers,   // shared: the old system's follower list
  counters,    // shared: a number that grew
  follow,      // one call for one person: does she follow the business
  visit,       // our own click log
  honor,       // believed
  statistical, // decided by a keyed hash
  manual,      // a person decides
  unsupported, // nothing can show it
};

struct Choice {
  Method method = Method::unsupported;
  std::string service = {}; // "facebook" or "instagram" where a call is needed
  std::string metric = {};  // counters: "followers", "reactions", "shares"
  Reason reason = {};       // manual and unsupported: why
};

struct ClaimKind {
  std::string_view policy, platform, action; // words of schema.sql
  bool has_object = false;                   // the task names a post
};

// What Meta's API can honestly show, and what the campaign's policy asks for where it cannot.
Choice choose(const ClaimKind& claim);

// Claims count while the campaign lasts; an end that is not given is open.
bool in_time(Time claimed_at, const std::optional<Time>& starts_at, const std::optional<Time>& ends_at);

// The same two for the row of a claim.
Choice choice_of(const db::Row& claim);
bool timely(const db::Row& claim);

// What a task may ask for: platforms and actions, in the words of claims.
std::span<const std::string_view> platforms();
std::span<const ActionKind> actions();

bool shared(Method method);
std::string_view word(Method method); // of watches.method

// Looks after the first one: 5, 15, 60, 360 minutes later, then daily; the last one at the deadline.
Time next_look(Time now, int looks, Time deadline);

// The same answer for the same claim whenever it is asked: a keyed hash below the probability.
bool drawn(std::string_view seed, std::string_view completion, double probability);

} // namespace milkrun::verify_social
