// The desk's turn: one transaction, and what follows its commit.
#include "run/desk.hpp"

#include "base/kill_point.hpp"
#include "base/zone.hpp"
#include "log/log.hpp"

#include <algorithm>
#include <cstdlib>

namespace milkrun {
namespace {

constexpr Millis tell_every{1'000};   // counts become rows; a crash loses a second of the story, never of the truth
constexpr Millis lock_retry{25};      // a database that another program holds is asked again
constexpr Millis full_retry{500};     // ... and one that has no room
constexpr Millis trouble_told{2'000}; // spoken of after this
constexpr Millis trouble_told_again{60'000};
constexpr Millis turn_time{100}; // of settles
constexpr Millis breath{5};

// Somebody makes room. Who is told to stop waits so long for it, and leaves in doubt what it could not write down.
Millis patience_after_stop() {
  const char* const test = test_switch("DISK_PATIENCE_MS");
  return test != nullptr ? Millis(std::atoi(test)) : Millis(10'000);
}

bool well(const Step& end) {
  const auto fine = [](const Error& e) {
    return (e.fault != Fault::outage && e.fault != Fault::uncertain) || ledger::is_ours(e) ||
           ledger::is_of_account(e) || ledger::is_of_page(e);
  };
  if (const Result* r = std::get_if<Result>(&end)) return r->outcome || fine(r->outcome.error());
  if (const Looked* l = std::get_if<Looked>(&end)) return l->has_value() || fine(l->error());
  return true;
}

} // namespace

void Desk::write_tally(db::Transaction& tx, const Turn& turn) {
  for (const ledger::Told& t : tally_.told()) ledger::tell(tx, run_.run, t);
  for (const ledger::Told& t : turn.tally.told()) ledger::tell(tx, run_.run, t);
}

// Settles differ by much: a feed of 400 items, a callback of one. What does not fit into the turn's time has the next.
std::size_t Desk::settle_some(Turn& t, std::size_t most) {
  const auto begun = run_.rooms.clock.monotonic();
  for (std::size_t i = 0; i < most; ++i) {
    const Flight& f = *flights_.at(to_settle_[i]);
    milkrun::settle(t, f);
    if (!t.parts.contains(&f)) ++t.leaving[f.item().tenant];
    if (!well(*f.end)) t.failing.insert(f.host);
    if (run_.rooms.clock.monotonic() - begun > turn_time) return i + 1;
  }
  return most;
}

void Desk::body(Turn& t, std::size_t arms) {
  World& world = run_.world;
  world.refresh(t.tx);
  if (until_beat() == Millis(0)) {
    lost_ = !ledger::heartbeat(t.tx, run_.run, t.now);
    t.beat = true;
  }
  t.settled = settle_some(t, std::min<std::size_t>(to_settle_.size(), most_settled));
  world.catch_up(t.tx);
  kill_point("turn.settled");
  for (std::size_t i = 0; i < arms; ++i) t.marks.push_back(mark(t, *flights_.at(to_arm_[i])));
  kill_point("turn.armed");
  // What was settled leaves its place to the next one in this very turn.
  const bool admits =
      !t.taken_over && (wants_admission() || (t.ended() > 0 && !closing())) && (!run_.wary || admission_.has_noted());
  if (admits || admission_.has_noted()) admission_.admit(t, admits ? places() + static_cast<int>(t.ended()) : 0);
  world.flush(t.tx);
  if (t.now - told_at_ >= tell_every || (flights_.size() == t.ended() && t.admitted.empty())) write_tally(t.tx, t);
}

// After the commit: what was settled is gone, what is armed leaves as soon as the disk has it, what was admitted
// begins.
void Desk::apply(Turn& t, std::size_t arms, std::uint64_t commit) {
  const Time now = t.now;
  const std::size_t settles = t.settled;
  write_lines(t);
  watch_.count(t.tally);
  const bool told = now - told_at_ >= tell_every || (flights_.size() == t.ended() && t.admitted.empty());
  if (told) {
    tally_.clear();
    told_at_ = now;
  } else {
    tally_.merge(std::move(t.tally));
  }
  if (t.beat) beat_at_ = now;
  lost_ = lost_ || t.taken_over;
  for (std::size_t i = 0; i < settles; ++i) {
    const std::uint64_t ticket = to_settle_[i];
    const auto found = flights_.find(ticket);
    Flight& f = *found->second;
    if (const auto part = t.parts.find(&f); part != t.parts.end()) { // behind what else came back
      f.part = part->second;
      to_settle_.push_back(ticket);
      continue;
    }
    const Millis took = f.script.answers.empty() ? Millis(0) : Millis(f.script.answers.back().at - f.script.begun);
    load_.back(f, well(*f.end), took / std::max<std::int64_t>(1, static_cast<std::int64_t>(f.script.answers.size())));
    flights_.erase(found);
    kill_point("settle.after");
  }
  to_settle_.erase(to_settle_.begin(), to_settle_.begin() + static_cast<std::ptrdiff_t>(settles));
  if (settles > 0) admission_.look_again();
  const std::vector<std::uint64_t> marked(to_arm_.begin(), to_arm_.begin() + static_cast<std::ptrdiff_t>(arms));
  to_arm_.erase(to_arm_.begin(), to_arm_.begin() + static_cast<std::ptrdiff_t>(arms));
  for (std::size_t i = 0; i < arms; ++i) {
    Flight& f = *flights_.at(marked[i]);
    Mark& m = t.marks[i];
    if (m.no) f.script.item.row = std::move(m.row); // its settle is told what stands now
    if (!m.ours) m.no = Step(Result{fail(Fault::aborted, "run.taken_over")});
    if (m.no) { // nothing leaves
      f.end = std::move(m.no);
      f.next.reset();
      to_settle_.push_back(marked[i]);
      continue;
    }
    f.armed_at = now;
    f.look_after = now + 2 * f.next->request.timeout;
    to_leave_.emplace_back(commit, marked[i]);
  }
  admitted_ += static_cast<std::int64_t>(t.admitted.size());
  admission_.applied(t);
  for (std::unique_ptr<Flight>& flight : t.admitted) {
    const std::uint64_t ticket = next_ticket_++;
    Flight& f = *flight;
    load_.left(f);
    kill_point("admit.after");
    flights_.emplace(ticket, std::move(flight));
    if (f.end)
      to_settle_.push_back(ticket);
    else if (f.next && f.wants_arm())
      to_arm_.push_back(ticket);
    else if (f.next && f.armed_at)
      to_leave_.emplace_back(commit, ticket);
    else if (f.next)
      hand_out(ticket);
    else
      go_on(ticket);
  }
  let_leave();
  recovered_.insert(recovered_.end(), t.recovered.begin(), t.recovered.end());
}

// A database that another program holds, or whose disk is full while something is in hand: everything stays there.
// False: it is not to be waited for (any longer).
bool Desk::wait_for_database(const db::DatabaseError& e) {
  const bool full = e.kind == db::DatabaseError::Kind::full;
  if (!full && e.kind != db::DatabaseError::Kind::busy) return false;
  const auto monotonic = run_.rooms.clock.monotonic();
  full_ = full;
  if (full && flights_.empty() && !admission_.has_noted()) return false;
  if (full && stop_.stop_requested()) {
    if (!stopped_full_since_) stopped_full_since_ = monotonic;
    if (monotonic - *stopped_full_since_ >= patience_after_stop()) return false;
  }
  const Time now = run_.now();
  if (!waits_since_) waits_since_ = now;
  if (full || now - *waits_since_ >= trouble_told) tell_trouble(full ? "disk_full" : "database_locked", e.what());
  run_.rooms.net.wait(full ? full_retry : lock_retry);
  return true;
}

void Desk::tell_trouble(std::string_view event, const char* why) {
  const Time now = run_.now();
  if (trouble_told_at_ && now - *trouble_told_at_ < trouble_told_again) return;
  trouble_told_at_ = now;
  log::warn(event, {{"job", run_.job.name},
                    {"since", zone::utc(*waits_since_)},
                    {"in_flight", static_cast<std::int64_t>(flights_.size())},
                    {"stopping", stop_.stop_requested()},
                    {"detail", why}});
}

// False: the database is locked or full; everything stays in hand for the next try.
bool Desk::turn() {
  const std::size_t arms = std::min<std::size_t>(to_arm_.size(), most_armed);
  bool careful = false;
  std::uint64_t commit = 0;
  kill_point("turn.before");
  for (;;) {
    std::optional<Turn> done;
    try {
      if (run_.wary && !admission_.has_noted() && wants_admission()) {
        run_.rooms.db.transact([&](db::Transaction& tx) {
          done.emplace(Turn{.tx = tx, .run = run_, .now = run_.now()});
          admission_.note(*done, places());
        });
        admission_.noted();
        noted_since_ = run_.rooms.clock.monotonic();
        kill_point("turn.noted");
      }
      commit = run_.rooms.db.transact_early([&](db::Transaction& tx) {
        done.emplace(Turn{.tx = tx, .run = run_, .now = run_.now(), .careful = careful});
        body(*done, arms);
      });
    } catch (const db::DatabaseError& e) {
      run_.world.forget();
      admission_.begin_again();
      if (wait_for_database(e)) return false;
      if (e.kind != db::DatabaseError::Kind::constraint || careful) throw;
      careful = true;
      continue;
    } catch (const std::exception&) {
      run_.world.forget();
      admission_.begin_again();
      if (careful) throw; // not a stage's: ours
      careful = true;
      continue;
    }
    if (waits_since_) log::warn("database_free", {{"job", run_.job.name}, {"since", zone::utc(*waits_since_)}});
    waits_since_.reset();
    full_ = false;
    stopped_full_since_.reset();
    trouble_told_at_.reset();
    kill_point("turn.after");
    // A desk that only puts off rows would take the lock again at once, and other programs come too late each time.
    const bool only_judged = done->settled == 0 && done->admitted.empty() && arms == 0 && done->judged > 0;
    apply(*done, arms, commit);
    if (only_judged) run_.rooms.net.wait(breath);
    return true;
  }
}

} // namespace milkrun
