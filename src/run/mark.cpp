// The mark of a call that must not happen twice. An item that looked something up first, or waited for its token, is
// judged again: a person may have opted out, or paid, meanwhile.
#include "run/turn.hpp"

namespace milkrun {
namespace {

constexpr Millis fresh{1'000};

// What its rules have against it now; nullopt: nothing.
std::optional<Step> judged_again(Turn& turn, const Flight& f, db::Row& row) {
  Item item = f.item();
  item.row = load_row(turn.tx, f.stage(), item.key);
  row = item.row;
  if (item.row.empty()) return Step(Result{Outcome(Cancel{"row_gone"})});
  Verdict v = ask_rules(f.stage(), item, turn.now);
  if (Snooze* s = std::get_if<Snooze>(&v)) return Step(Result{Outcome(std::move(*s))});
  if (Cancel* c = std::get_if<Cancel>(&v)) return Step(Result{Outcome(std::move(*c))});
  return std::nullopt;
}

} // namespace

Mark mark(Turn& turn, const Flight& f) {
  Mark m;
  guarded(
      turn, {.stage = f.stage().name, .key = &f.item().key, .tenant = &f.item().tenant},
      [&] {
        m = {};
        if (turn.now - f.script.begun > fresh) m.no = judged_again(turn, f, m.row);
        if (m.no) return;
        m.ours = ledger::arm(turn.tx, f.stage().name, f.item().key, turn.run.run, f.turn, turn.now,
                             turn.now + 2 * f.next->request.timeout);
      },
      [&](const Bug& bug) { m = {.ours = true, .no = Step(bug), .row = f.item().row}; });
  if (!m.ours) turn.taken_over = true;
  return m;
}

} // namespace milkrun
