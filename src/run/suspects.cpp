// What may have killed a run: in flight at a crash, or just being admitted.
#include "run/admission.hpp"

#include <algorithm>

namespace milkrun {

int Admission::taken(const Turn& turn) const {
  if (!noting_) return static_cast<int>(turn.admitted.size());
  return static_cast<int>(
      std::ranges::count_if(notes_, [&](const Note& n) { return run_.job.stages[n.stage].work != nullptr; }));
}

bool Admission::try_row(Turn& turn, std::size_t stage, const ledger::Candidate& row, Planned& planned) {
  if (!noting_) return admit_row(turn, run_.job.stages[stage], row, planned);
  ++turn.judged;
  ++planned.tenants[row.tenant];
  notes_.push_back({stage, row});
  ledger::Candidate suspect = row;
  ++suspect.crashes; // no candidate any more: it is not chosen again
  ledger::suspect(turn.tx, run_.job.stages[stage].name, suspect);
  return true;
}

// One group of what was in flight at a crash, with nothing beside it.
bool Admission::admit_suspects(Turn& turn, int places, Planned& planned) {
  std::optional<std::size_t> first;
  int group = 0;
  for (std::size_t i = 0; i < run_.job.stages.size(); ++i)
    for (const ledger::Candidate& row :
         ledger::suspects(turn.tx, run_.job.stages[i].name, run_.options.tenant, turn.now, 1))
      if (!first || row.suspects < group) {
        first = i;
        group = row.suspects;
      }
  if (!first) return false;
  group = std::min(std::max(1, group), places);
  for (const ledger::Candidate& row :
       ledger::suspects(turn.tx, run_.job.stages[*first].name, run_.options.tenant, turn.now, group))
    try_row(turn, *first, row, planned);
  return true;
}

// New work first, the last stage in front; what was in a crash when there is none, or when it has waited long enough.
bool Admission::look(Turn& turn, int places, bool more, Planned& planned) {
  bool some = false;
  plans_dry_ = true;
  if (!state_.draining)
    for (std::size_t i = run_.job.stages.size(); i-- > 0;) {
      const bool of_stage = admit_stage(turn, i, places, planned);
      some = of_stage || some;
      if (run_.job.stages[i].work == nullptr) plans_dry_ = plans_dry_ && !of_stage && lines_[i].whole();
    }
  plans_dry_ = plans_dry_ && !more;
  const bool idle = load_.in_flight() == 0 && turn.admitted.empty() && notes_.empty();
  if (turn.now >= state_.next_suspects) { // a run that is never idle makes room
    state_.next_suspects = turn.now + run_.options.suspects_turn;
    for (const Stage& stage : run_.job.stages)
      state_.draining =
          state_.draining || !ledger::suspects(turn.tx, stage.name, run_.options.tenant, turn.now, 1).empty();
  }
  if (places <= 0 || !idle || (!state_.draining && (some || more || !whole()))) return some;
  state_.draining = false;
  if (!admit_suspects(turn, places, planned)) return some;
  notes_suspects_ = noting_;
  state_.suspects_out = !turn.admitted.empty();
  return true;
}

void Admission::note(Turn& turn, int places) {
  notes_.clear();
  notes_suspects_ = false;
  places = within_limit(places);
  if (places <= 0 || state_.suspects_out) return;
  Planned planned;
  noting_ = touched_ = true;
  if (turn.now - state_.refreshed >= ring_age) find_anew();
  begin_looking();
  look(turn, places, false, planned);
  noting_ = false;
  const auto together = static_cast<int>(notes_.size());
  for (const Note& n : notes_) {
    ledger::Candidate suspect = n.row;
    ++suspect.crashes;
    suspect.suspects = ledger::next_group(suspect.suspects, together);
    // A look-up changes nothing, and kills in flight or not at all: it is not given up here.
    if (!suspect.uncertain && together == 1 && load_.in_flight() == 0) ++suspect.alone;
    ledger::suspect(turn.tx, run_.job.stages[n.stage].name, suspect);
  }
}

// It was tried alone in two turns that killed their run.
void Admission::give_up(Turn& turn, const Stage& stage, const ledger::Candidate& row) {
  const ReasonCode why("run.crashed_twice");
  guarded(
      turn, {.stage = stage.name, .key = &row.key, .tenant = &row.tenant},
      [&] {
        const Item item{.stage = std::string(stage.name),
                        .key = row.key,
                        .tenant = row.tenant,
                        .attempt = row.attempts,
                        .row = load_row(turn.tx, stage, row.key)};
        Judged poison;
        poison.verdict = fail(Fault::permanent, why);
        settle_in_place(turn, stage, item, row, poison);
      },
      [&](const Bug&) { // its stage cannot even be told
        const ledger::Decision d = ledger::ends(Next::discarded, turn.now, why);
        ledger::put_off(turn.tx, stage.name, row, d, std::nullopt, turn.now);
        run_.world.usage.settle(turn.tx, row.tenant, row.reserved, false);
        turn.tally.add(stage.name, row.tenant, d);
      });
}

// Takes the notes back, and tries the rows. `any`: there are places.
bool Admission::admit_noted(Turn& turn, bool any, Planned& planned) {
  bool some = false;
  for (const Note& n : notes_) {
    const Stage& stage = run_.job.stages[n.stage];
    if (!ledger::suspect(turn.tx, stage.name, n.row) || !any) continue;
    if (n.row.uncertain || n.row.alone < ledger::poison_work)
      some = admit_row(turn, stage, n.row, planned) || some;
    else
      give_up(turn, stage, n.row);
  }
  if (notes_suspects_) state_.suspects_out = !turn.admitted.empty();
  return some;
}

} // namespace milkrun
