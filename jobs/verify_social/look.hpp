// Looking at an object, and what the look says of one claim.
#pragma once

#include "jobs/verify_social/match.hpp"
#include "jobs/verify_social/served.hpp"
#include "jobs/verify_social/verdict.hpp"
#include "providers/meta/meta.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace milkrun::verify_social {

// What one look brought; the part of the watch's method is set.
struct Seen {
  Time at; // before the first request
  meta::Comments comments = {};
  meta::Client::Followers followers = {};
  std::optional<std::int64_t> count = {};
  bool unsupported = false; // this check does not exist for the account
  Reason failure = {};      // why there is no answer; empty = there is one
  int calls = 0;
  Served served = {};
};

// One watch's row, looked at with its credential.
Result look(const db::Row& watch, const Credential& credential, const Outside& outside);

struct Judgement {
  std::optional<Decided> decided = {};
  Reason why_not = {};
};

// Judges the claims of one look, oldest first. `unused(task, evidence)`: no stored claim was shown by it.
class Judge {
public:
  Judge(const db::Row& watch, const Seen& seen, std::function<bool(const std::string&, const std::string&)> unused);
  Judgement of(const db::Row& claim);
  // Counters: the snapshot to keep.
  std::optional<std::int64_t> new_count() const { return seen_.count; }

private:
  Judgement by_comment(const db::Row& claim);
  Judgement by_follower(const db::Row& claim);
  Judgement by_counter(const db::Row& claim);
  bool nameless(const db::Row& claim) const;
  Judgement not_seen(const db::Row& claim, const Reason& inconclusive) const;

  const db::Row& watch_;
  const Seen& seen_;
  Finder finder_;
  std::set<std::string> follower_ids_, follower_names_;
  std::function<bool(const std::string&, const std::string&)> unused_;
  std::set<std::pair<std::string, std::string>> taken_; // task and evidence, by this look
  std::int64_t growth_ = 0;                             // counters: what is left to give away
};

} // namespace milkrun::verify_social
