// The state machine's arithmetic: whose trouble it is decides whether an item waits, tries again or ends.
#include "ledger/decide.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace milkrun::ledger {
namespace {

constexpr Millis setting_rest{3'600'000}; // what waits for a setting is looked at again after an hour
constexpr Millis rate_rest{60'000};       // a service that says "slow down" without a time
constexpr Millis longest_wait{24 * 3'600'000};
constexpr Millis shortest_snooze{1'000};          // "not yet" without a wait would be asked again in a spin
constexpr Millis lookup_patience{24 * 3'600'000}; // look-ups that cannot tell go on so long, then a person decides
const Retry lookup_retry{.base = Millis(30'000), .cap = Millis(3'600'000)};

Millis asked(const Error& e, Millis otherwise) {
  return std::clamp(e.retry_after.value_or(otherwise), Millis(0), longest_wait);
}

Decision waits(Time at, bool counted, const Error& e, std::string word, std::string waits_for = {}) {
  return {.next = Next::due,
          .at = at,
          .counted = counted,
          .word = std::move(word),
          .reason = e.reason,
          .detail = e.detail,
          .waits_for = std::move(waits_for)};
}

Millis longest_park(const Error& e, Millis rest) {
  for (const Park& p : e.parks) rest = std::max(rest, p.rest);
  return rest;
}

Decision retry(const Stage& stage, const Error& e, Time now, const Around& around) {
  if (around.attempts >= stage.retry.max_attempts) return ends(Next::discarded, now, e.reason, e.detail);
  return waits(now + std::max(backoff(stage.retry, around.attempts, around.chance), asked(e, Millis(0))), true, e,
               "retry");
}

// Those that only waited for the rest are due at its end, and try the destination before who failed there.
Time behind_others(Time rests_until) { return rests_until + shortest_snooze; }

// The destination's trouble: the item waits with it, and has used up nothing.
Decision wait_out(const Stage& stage, const Error& e, Time now, const Around& around) {
  Time at = now + std::max(backoff(stage.retry, around.failures, around.chance), asked(e, Millis(0)));
  if (around.rests_until) at = std::max(behind_others(*around.rests_until), now + asked(e, Millis(0)));
  return waits(std::max(at, now + shortest_snooze), false, e, "waiting", around.destination);
}

// For what costs no try: "again at once" ("Retry-After: 0") counts as no time given, or a run would spin on it.
Decision wait_for(const Error& e, Time now, Millis rest, Millis otherwise, std::string word, std::string waits_for) {
  return waits(now + (rest > Millis(0) ? rest : otherwise), false, e, std::move(word), std::move(waits_for));
}

Decision uncertain(const Stage& stage, const Error& e, Time now, const Around& around) {
  if (stage.reconcile != nullptr)
    return {.next = Next::uncertain,
            .at = around.look_after.value_or(now),
            .word = "uncertain",
            .reason = e.reason,
            .detail = e.detail,
            .quota_stays = true};
  if (stage.repeats) return wait_out(stage, e, now, around);
  Decision held = ends(Next::held, now, e.reason, e.detail);
  held.quota_stays = true;
  return held;
}

Decision failed(const Stage& stage, const Error& e, Time now, const Around& around) {
  switch (e.fault) {
  case Fault::outage: return wait_out(stage, e, now, around);
  case Fault::transient: return retry(stage, e, now, around);
  case Fault::rate_limited: return wait_for(e, now, longest_park(e, asked(e, rate_rest)), rate_rest, "retry", {});
  case Fault::setting: return wait_for(e, now, longest_park(e, Millis(0)), setting_rest, "waiting", around.credential);
  case Fault::aborted: return waits(now, false, e, "released");
  case Fault::uncertain: return uncertain(stage, e, now, around);
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
  switch (fault) {
  case Fault::outage: return "outage";
  case Fault::setting: return "setting";
  case Fault::rate_limited: return "rate_limited";
  case Fault::transient: return "transient";
  case Fault::permanent: return "permanent";
  case Fault::uncertain: return "uncertain";
  case Fault::aborted: return "aborted";
  }
  return "permanent";
}

std::string_view word(Owner owner) {
  static constexpr std::array words{"tenant", "platform", "portal"};
  return words.at(static_cast<std::size_t>(owner));
}

Millis backoff(const Retry& r, int n, double chance) {
  const double whole = static_cast<double>(r.base.count()) * std::exp2(std::clamp(n - 1, 0, 40));
  return Millis(static_cast<std::int64_t>(chance * std::min(whole, static_cast<double>(r.cap.count()))));
}

Decision ends(Next next, Time now, Reason reason, std::string detail) {
  return {.next = next,
          .at = now,
          .word = std::string(word(next)),
          .reason = std::move(reason),
          .detail = std::move(detail)};
}

Decision decide(const Stage& stage, const Outcome& outcome, Time now, const Around& around) {
  if (!outcome) return failed(stage, outcome.error(), now, around);
  if (const Snooze* s = snooze_of(outcome))
    return {.next = Next::due,
            .at = std::max(s->until, now + shortest_snooze),
            .counted = false,
            .word = "snoozed",
            .reason = s->reason,
            .detail = "",
            .waits_for = s->waits_for};
  if (const Cancel* c = cancel_of(outcome)) return ends(Next::cancelled, now, c->reason);
  Decision done = ends(Next::done, now, {});
  done.quota_used = true;
  return done;
}

// A look-up was never counted, so no decision here gives a try back.
Lookup decide_lookup(const Expected<Reconciled>& answer, const LookingUp& so_far, Time now, const Around& around) {
  const auto keep = [&](Next next, Time at, Reason reason, std::string detail, std::string waits_for = {}) {
    return Decision{.next = next,
                    .at = at,
                    .word = std::string(word(next)),
                    .reason = std::move(reason),
                    .detail = std::move(detail),
                    .waits_for = std::move(waits_for),
                    .quota_stays = true};
  };
  // It could not tell: asked again for a day; what is still not known then, a person must decide.
  const auto again = [&](Reason reason, std::string detail, Millis asked_for) -> Lookup {
    if (now - so_far.since.value_or(now) >= lookup_patience)
      return {keep(Next::held, now, std::move(reason), std::move(detail)), so_far.absent, so_far.lookups};
    const Millis wait = std::max(backoff(lookup_retry, so_far.lookups + 1, around.chance), asked_for);
    return {keep(Next::uncertain, now + std::max(wait, shortest_snooze), std::move(reason), std::move(detail)),
            so_far.absent, so_far.lookups + 1};
  };
  if (!answer) {
    const Error& e = answer.error();
    switch (e.fault) {
    case Fault::aborted: return {keep(Next::uncertain, now, e.reason, e.detail), so_far.absent, so_far.lookups};
    case Fault::outage: {
      // Another's trouble: it is waited for as long as it takes.
      const Millis wait = std::max(backoff(lookup_retry, around.failures, around.chance), asked(e, Millis(0)));
      const Time rested = around.rests_until ? behind_others(*around.rests_until) : now;
      const Time at = std::max(rested, now + std::max(wait, shortest_snooze));
      return {keep(Next::uncertain, at, e.reason, e.detail, around.destination), so_far.absent, so_far.lookups};
    }
    case Fault::setting: {
      const Millis rest = longest_park(e, Millis(0));
      return {
          keep(Next::uncertain, now + (rest > Millis(0) ? rest : setting_rest), e.reason, e.detail, around.credential),
          so_far.absent, so_far.lookups};
    }
    case Fault::permanent: return {keep(Next::held, now, e.reason, e.detail), so_far.absent, so_far.lookups};
    default: return again(e.reason, e.detail, longest_park(e, asked(e, Millis(0))));
    }
  }
  switch (answer->presence) {
  case Presence::found: {
    Decision done = ends(Next::done, now, {});
    done.quota_used = true;
    return {done, 0, 0};
  }
  case Presence::absent:
    if (so_far.absent + 1 < 2)
      return {keep(Next::uncertain, now + so_far.gap, "lookup.not_found_yet", ""), so_far.absent + 1, so_far.lookups};
    // However often that was: lost answers are the destination's trouble, and the item has its own deadline.
    return {
        {.next = Next::due, .at = now + so_far.wait, .word = "retry", .reason = "lookup.absent", .detail = ""}, 0, 0};
  case Presence::unknown: break;
  }
  return again(Reason("lookup.unknown").about(answer->why), answer->detail, Millis(0));
}

} // namespace milkrun::ledger
