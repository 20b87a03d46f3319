// The state machine's arithmetic: faults to states, backoff with full jitter.
#include "ledger/decide.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace milkrun::ledger {
namespace {

constexpr Millis credential_rest{3'600'000}; // a refused credential is tried again after an hour
constexpr Millis rate_rest{60'000};          // a service that says "slow down" without a time
constexpr Millis longest_wait{24 * 3'600'000};
constexpr Millis shortest_snooze{1'000}; // "not yet" without a wait would be asked again in a spin
constexpr int lookup_tries = 8;          // failed look-ups before a person must decide
const Retry lookup_retry{.base = Millis(30'000), .cap = Millis(3'600'000), .max_attempts = lookup_tries};

Millis asked(const Error& e, Millis otherwise) {
  return std::clamp(e.retry_after.value_or(otherwise), Millis(0), longest_wait);
}

Decision waits(Time at, bool counted, const Error& e, std::string word) {
  return {
      .next = Next::due, .at = at, .counted = counted, .word = std::move(word), .reason = e.reason, .detail = e.detail};
}

Decision ends(Next next, Time now, Reason reason, std::string detail) {
  return {.next = next,
          .at = now,
          .word = std::string(word(next)),
          .reason = std::move(reason),
          .detail = std::move(detail)};
}

Time longest_park(const Error& e, Time now, Millis rest) {
  for (const Park& p : e.parks) rest = std::max(rest, p.rest);
  return now + rest;
}

// For what costs no try: "again at once" ("Retry-After: 0") counts as no time given, or a run would spin on it.
Time after_rest(const Error& e, Time now, Millis rest, Millis otherwise) {
  const Time at = longest_park(e, now, rest);
  return at > now ? at : now + otherwise;
}

Decision retry(const Stage& stage, const Error& e, int attempts, Time now, double chance) {
  if (attempts >= stage.retry.max_attempts) return ends(Next::discarded, now, e.reason, e.detail);
  return waits(now + std::max(backoff(stage.retry, attempts, chance), asked(e, Millis(0))), true, e, "retry");
}

Decision uncertain(const Stage& stage, const Error& e, Time now, std::optional<Time> look_after, Decision again) {
  if (stage.reconcile != nullptr)
    return {.next = Next::uncertain,
            .at = look_after.value_or(now),
            .word = "uncertain",
            .reason = e.reason,
            .detail = e.detail,
            .quota_stays = true};
  if (stage.repeats) return again;
  return {.next = Next::held, .at = now, .word = "held", .reason = e.reason, .detail = e.detail, .quota_stays = true};
}

Decision failed(const Stage& stage, const Error& e, int attempts, Time now, double chance,
                std::optional<Time> look_after) {
  switch (e.fault) {
  case Fault::outage:
  case Fault::transient: return retry(stage, e, attempts, now, chance);
  case Fault::rate_limited: return waits(after_rest(e, now, asked(e, rate_rest), rate_rest), false, e, "retry");
  case Fault::setting: return waits(after_rest(e, now, Millis(0), credential_rest), false, e, "waiting");
  case Fault::aborted: return waits(now, false, e, "released");
  case Fault::uncertain: return uncertain(stage, e, now, look_after, retry(stage, e, attempts, now, chance));
  case Fault::permanent: break;
  }
  return ends(Next::discarded, now, e.reason, e.detail);
}

} // namespace

std::string_view word(Next next) {
  static constexpr std::array words{"due", "uncertain", "held", "done", "cancelled", "discarded"};
  return words.at(static_cast<std::size_t>(next));
}

std::string_view word(Fault fault) {
  static constexpr std::array words{"outage",    "setting",   "rate_limited", "transient",
                                    "permanent", "uncertain", "aborted"};
  return words.at(static_cast<std::size_t>(fault));
}

Millis backoff(const Retry& r, int n, double chance) {
  const double whole = static_cast<double>(r.base.count()) * std::exp2(std::clamp(n - 1, 0, 40));
  return Millis(static_cast<std::int64_t>(chance * std::min(whole, static_cast<double>(r.cap.count()))));
}

Decision decide(const Stage& stage, const Outcome& outcome, int attempts, Time now, double chance,
                std::optional<Time> look_after) {
  if (!outcome) return failed(stage, outcome.error(), attempts, now, chance, look_after);
  if (const Snooze* s = snooze_of(outcome))
    return {.next = Next::due,
            .at = std::max(s->until, now + shortest_snooze),
            .counted = false,
            .word = "snoozed",
            .reason = s->reason,
            .detail = ""};
  if (const Cancel* c = cancel_of(outcome)) return ends(Next::cancelled, now, c->reason, "");
  Decision done = ends(Next::done, now, {}, "");
  done.quota_used = true;
  return done;
}

// A look-up was never counted, so no decision here gives a try back.
Lookup decide_lookup(const Expected<Reconciled>& answer, int absent, int tries, bool last, Time now, Millis gap,
                     double chance) {
  const auto keep = [&](Next next, Time at, Reason reason, std::string detail) {
    return Decision{.next = next,
                    .at = at,
                    .word = std::string(word(next)),
                    .reason = std::move(reason),
                    .detail = std::move(detail),
                    .quota_stays = true};
  };
  if (!answer) {
    const Error& e = answer.error();
    if (e.fault == Fault::aborted) return {keep(Next::uncertain, now, e.reason, e.detail), absent};
    if (e.fault == Fault::permanent || tries + 1 >= lookup_tries)
      return {keep(Next::held, now, e.reason, e.detail), absent};
    const Millis wait = std::max(backoff(lookup_retry, tries + 1, chance), asked(e, Millis(0)));
    return {keep(Next::uncertain, longest_park(e, now, wait), e.reason, e.detail), absent};
  }
  switch (answer->presence) {
  case Presence::found: {
    Decision done = ends(Next::done, now, {}, "");
    done.quota_used = true;
    return {done, 0};
  }
  case Presence::absent:
    if (absent + 1 < 2) return {keep(Next::uncertain, now + gap, "lookup.not_found_yet", ""), absent + 1};
    if (last) return {ends(Next::discarded, now, "lookup.absent_no_try_left", ""), 0};
    return {{.next = Next::due, .at = now, .word = "retry", .reason = "lookup.absent", .detail = ""}, 0};
  case Presence::unknown: break;
  }
  return {keep(Next::held, now, "run.unknown_outcome", answer->why), absent};
}

} // namespace milkrun::ledger
