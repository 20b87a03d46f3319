// Reminders: each by its rule once, in one message a day, never early, at night only when punctual, at most 48 hours
// late.
#include "timelab/oracle_parts.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace milkrun::timelab {
namespace {

constexpr Millis minute{60'000}, hour{3'600'000}, patience{48 * 3'600'000};

struct Reminder {
  const Invoice* invoice = nullptr;
  const Rule* rule = nullptr;
  bool known = false, over = false;
  Time looked_due = {};              // its moment at the last start
  std::optional<Time> told_due = {}; // its moment when it was told
};

class Debtor {
public:
  Debtor(const Person& person, const std::vector<const Invoice*>& invoices, const std::vector<Heard>& heard,
         const Cron& cron)
      : person_(person), tenant_(*person.tenant), listener_(heard), cron_(cron) {
    for (const Invoice* i : invoices)
      for (const Rule& r : tenant_.rules) all_.push_back({i, &r});
  }

  std::string judge() {
    for (Time t = cron_.next(wakes(cron_.from())); t < cron_.until(); t = cron_.next(wakes(t + minute)))
      if (std::string wrong = start(t); !wrong.empty()) return wrong;
    return listener_.end();
  }

private:
  Time due(const Reminder& r, Time t) const {
    std::string date;
    for (const Invoice::Due& d : r.invoice->due)
      if (d.since <= t) date = d.date;
    date = plus_days(date, r.rule->offset);
    while (r.rule->business_days && (weekday_of(date) % 6 == 0 || std::ranges::count(tenant_.holidays, date) > 0))
      date = plus_days(date, r.rule->offset < 0 ? -1 : 1);
    return tenant_.wall->first(date, r.rule->at);
  }
  Time free(const Reminder& r) const { // of a hold
    return r.invoice->hold_until.empty() ? from_ms(0) : tenant_.wall->first(r.invoice->hold_until, r.rule->at);
  }
  bool is_paid(const Reminder& r, Time t) const { return r.invoice->paid && *r.invoice->paid <= t; }
  // A newer one of the invoice was told.
  bool is_passed(const Reminder& r, Time t) const {
    return std::ranges::any_of(
        all_, [&](const Reminder& n) { return n.invoice == r.invoice && n.told_due && *n.told_due >= due(r, t); });
  }
  bool is_on_hold(const Reminder& r, Time t) const { return r.known && !r.over && due(r, t) <= t && t < free(r); }
  bool may_be_told(const Reminder& r, Time t) const {
    return !is_passed(r, t) && r.known && !r.over && free(r) <= t && t < std::max(due(r, t), free(r)) + patience;
  }
  // `slack`: a start lasts a while, and what becomes possible in it may still be done in it.
  bool may_speak(const Reminder& r, Time t, Millis slack) const {
    if (!may_be_told(r, t) || due(r, t) > t) return false;
    if (const auto last = listener_.last(); last && t + slack < *last + tenant_.gap_hours * hour) return false;
    const int shown = person_.wall->minutes(t);
    return t < due(r, t) + hour || (shown >= 8 * 60 && shown < 21 * 60);
  }

  // When something may happen next.
  Time wakes(Time t) const {
    Time next = cron_.until();
    for (const Reminder& r : all_) {
      if (r.told_due) continue;
      if (!r.known) next = std::min(next, r.invoice->created);
      for (const Invoice::Due& d : r.invoice->due)
        if (d.since >= t) next = std::min(next, d.since);
      if (r.known && !r.over) next = std::min(next, due(r, t));
    }
    return std::max(next, t);
  }

  std::string start(Time t) {
    for (Reminder& r : all_) {
      if (!r.known && r.invoice->created <= t) {
        r.known = true;
        r.over = due(r, t) < r.invoice->created; // nothing is told of what was past
      }
      if (!r.known) continue;
      // What ended untold by a moment that was wrong is still to come by the right one.
      if (r.over && !r.told_due && due(r, t) != r.looked_due && due(r, t) + patience > t &&
          due(r, t) >= r.invoice->created)
        r.over = false;
      r.looked_due = due(r, t);
      if (r.over) continue;
      r.over = is_paid(r, t) || t >= std::max(due(r, t), free(r)) + patience || (due(r, t) <= t && is_passed(r, t));
    }
    for (Reminder& r : all_) {
      const bool now = may_speak(r, t, Millis(0));
      if (!now && !(listener_.said_at(t) && may_speak(r, t, minute))) continue;
      if (std::string wrong = speak(r, t); !wrong.empty()) return wrong;
    }
    return {};
  }

  // All that she is to be told before the day is over, each invoice by its newest rule.
  std::string speak(Reminder& by, Time t) {
    const Time day_end = tenant_.wall->first(plus_days(tenant_.wall->date(t), 1), 0);
    const auto age = [&](const Reminder* r) { return std::pair(due(*r, t), r->rule->offset); };
    std::map<const Invoice*, Reminder*> newest;
    for (Reminder& r : all_) {
      if (!is_on_hold(r, t) && (!may_be_told(r, t) || due(r, t) >= day_end)) continue;
      Reminder*& n = newest[r.invoice];
      if (n == nullptr || age(&r) > age(n)) n = &r;
      r.over = true;
    }
    std::set<std::string> numbers;
    const Rule* level = nullptr;
    for (const auto& [invoice, r] : newest) {
      r->over = false;
      if (is_on_hold(*r, t)) continue; // it speaks for the invoice when its hold ends
      numbers.insert(invoice->number);
      if (level == nullptr || r->rule->offset > level->offset) level = r->rule;
    }
    if (by.over) return {}; // a newer one speaks today, at its own hour
    for (const auto& [invoice, r] : newest)
      if (!is_on_hold(*r, t)) {
        r->told_due = due(*r, t);
        r->over = true;
      }
    return listener_.expect(t, fmt::format("{}: {}", level->slug, fmt::join(numbers, ", ")));
  }

  const Person& person_;
  const Tenant& tenant_;
  Listener listener_;
  const Cron& cron_;
  std::vector<Reminder> all_;
};

} // namespace

std::string judge_invoices(const Person& person, const std::vector<const Invoice*>& invoices,
                           const std::vector<Heard>& heard, const Cron& cron) {
  return Debtor(person, invoices, heard, cron).judge();
}

} // namespace milkrun::timelab
