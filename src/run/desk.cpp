// The loop and its turn.
#include "run/desk.hpp"

#include "base/kill_point.hpp"
#include "base/zone.hpp"
#include "log/log.hpp"

#include <algorithm>

namespace milkrun {
namespace {

constexpr Millis tell_every{1'000}; // counts become rows; a crash loses a second of the story, never of the truth
constexpr Millis lock_retry{25};    // a database that another program holds is asked again
constexpr Millis lock_told{2'000};  // ... and spoken of after this
constexpr Millis lock_told_again{60'000};
constexpr Millis turn_time{100}; // of settles
constexpr Millis breath{5};

bool well(const Step& end) {
  const auto fine = [](const Error& e) { return e.fault != Fault::outage && e.fault != Fault::uncertain; };
  if (const Result* r = std::get_if<Result>(&end)) return r->outcome || fine(r->outcome.error());
  if (const Looked* l = std::get_if<Looked>(&end)) return l->has_value() || fine(l->error());
  return true;
}

} // namespace

Desk::Desk(const RunContext& run, std::stop_token stop)
    : run_(run), stop_(std::move(stop)), started_(run.now()), begun_(run.rooms.clock.monotonic()),
      load_(run.options.in_flight), admission_(run, load_),
      compute_(run.options.compute_threads, run.rooms.settings, [&net = run.rooms.net] { net.nudge(); }), watch_(run),
      told_at_(started_), beat_at_(started_) {}

bool Desk::closing() const {
  return lost_ || stop_.stop_requested() ||
         (run_.options.max_runtime && run_.rooms.clock.monotonic() - begun_ >= *run_.options.max_runtime) ||
         (run_.options.limit && admitted_ >= *run_.options.limit);
}

std::string Desk::ended_by() const {
  if (lost_) return "rescued";
  if (stop_.stop_requested()) return "stopped";
  if (run_.options.limit && admitted_ >= *run_.options.limit) return "limit";
  if (run_.options.max_runtime && run_.rooms.clock.monotonic() - begun_ >= *run_.options.max_runtime) return "time";
  return "finished";
}

int Desk::places() const { return run_.options.in_flight - static_cast<int>(flights_.size()); }

Millis Desk::until_beat() const {
  const Millis every = std::max(Millis(50), run_.options.lease / 6);
  return std::max(Millis(0), std::chrono::duration_cast<Millis>(beat_at_ + every - run_.now()));
}

void Desk::hand_out(std::uint64_t ticket) {
  Flight& f = *flights_.at(ticket);
  if (f.armed_at) kill_point("arm.after");
  Wanted wanted = std::move(*f.next);
  f.next.reset();
  f.asked = wanted.digest;
  f.sent_at = run_.rooms.clock.monotonic();
  // The mark says when the call is over at the latest; a process that was stopped in between must not send late.
  if (f.armed_at)
    wanted.request.end_by = f.sent_at + wanted.request.timeout -
                            std::clamp(Millis(run_.now() - *f.armed_at), Millis(0), wanted.request.timeout);
  run_.rooms.net.submit(ticket, std::move(wanted.request));
}

void Desk::go_on(std::uint64_t ticket) {
  Flight& f = *flights_.at(ticket);
  if (f.stage().light)
    advance(ticket, step(f.script, run_.rooms.settings));
  else
    compute_.submit(ticket, f.script);
}

void Desk::advance(std::uint64_t ticket, Step next) {
  Flight& f = *flights_.at(ticket);
  if (Wanted* wanted = std::get_if<Wanted>(&next)) {
    f.next = std::move(*wanted);
    if (f.wants_arm()) {
      kill_point("arm.before");
      to_arm_.push_back(ticket);
    } else {
      hand_out(ticket);
    }
    return;
  }
  f.end = std::move(next);
  kill_point("settle.before");
  to_settle_.push_back(ticket);
}

bool Desk::take_answers() {
  bool any = false;
  for (http::Net::Answer& answer : run_.rooms.net.collect()) {
    const auto found = flights_.find(answer.ticket);
    if (found == flights_.end()) throw std::logic_error("the network answered a call that nobody made");
    Flight& f = *found->second;
    f.script.answers.push_back({.digest = f.asked.value_or(0), .answer = std::move(answer.response), .at = run_.now()});
    f.asked.reset();
    go_on(answer.ticket);
    any = true;
  }
  for (auto& [ticket, done] : compute_.collect()) {
    advance(ticket, std::move(done));
    any = true;
  }
  return any;
}

bool Desk::wants_admission() const { return !closing() && places() > 0 && (!admission_.dry() || admission_.stale()); }

bool Desk::wants_turn() const {
  return !to_settle_.empty() || !to_arm_.empty() || wants_admission() || until_beat() == Millis(0);
}

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
    ++t.leaving[f.item().tenant];
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
  for (std::size_t i = 0; i < arms; ++i) {
    const Flight& f = *flights_.at(to_arm_[i]);
    t.armed.push_back(
        ledger::arm(t.tx, f.stage().name, f.item().key, run_.run, f.turn, t.now, t.now + 2 * f.next->request.timeout));
  }
  kill_point("turn.armed");
  const bool admits = wants_admission() && (!run_.wary || admission_.has_noted());
  if (admits || admission_.has_noted()) admission_.admit(t, admits ? places() + static_cast<int>(t.settled) : 0);
  world.flush(t.tx);
  if (t.now - told_at_ >= tell_every || (flights_.size() == t.settled && t.admitted.empty())) write_tally(t.tx, t);
}

// After the commit: what was settled is gone, what is armed leaves, what was admitted begins.
void Desk::apply(Turn& t, std::size_t arms) {
  const Time now = t.now;
  const std::size_t settles = t.settled;
  watch_.count(t.tally);
  const bool told = now - told_at_ >= tell_every || (flights_.size() == settles && t.admitted.empty());
  if (told) {
    tally_.clear();
    told_at_ = now;
  } else {
    tally_.merge(std::move(t.tally));
  }
  if (t.beat) beat_at_ = now;
  for (std::size_t i = 0; i < settles; ++i) {
    const auto found = flights_.find(to_settle_[i]);
    const Flight& f = *found->second;
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
    if (!t.armed[i]) { // another run has it: nothing leaves
      f.end = Step(Result{fail(Fault::aborted, "run.taken_over")});
      f.next.reset();
      to_settle_.push_back(marked[i]);
      continue;
    }
    f.armed_at = now;
    f.look_after = now + 2 * f.next->request.timeout;
    hand_out(marked[i]);
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
    else if (f.next)
      hand_out(ticket);
    else
      go_on(ticket);
  }
  recovered_.insert(recovered_.end(), t.recovered.begin(), t.recovered.end());
}

void Desk::wait_for_lock(const std::string& why) {
  const Time now = run_.now();
  if (!locked_since_) locked_since_ = now;
  if (now - *locked_since_ >= lock_told && (!lock_told_at_ || now - *lock_told_at_ >= lock_told_again)) {
    lock_told_at_ = now;
    log::warn("database_locked", {{"job", run_.job.name},
                                  {"since", zone::utc(*locked_since_)},
                                  {"in_flight", static_cast<std::int64_t>(flights_.size())},
                                  {"stopping", stop_.stop_requested()},
                                  {"detail", why}});
  }
  run_.rooms.net.wait(lock_retry);
}

// False: the database is locked; everything stays in hand for the next try.
bool Desk::turn() {
  const std::size_t arms = std::min<std::size_t>(to_arm_.size(), most_armed);
  bool careful = false;
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
        kill_point("turn.noted");
      }
      run_.rooms.db.transact([&](db::Transaction& tx) {
        done.emplace(Turn{.tx = tx, .run = run_, .now = run_.now(), .careful = careful});
        body(*done, arms);
      });
    } catch (const db::DatabaseError& e) {
      run_.world.forget();
      admission_.begin_again();
      if (e.kind == db::DatabaseError::Kind::busy) {
        wait_for_lock(e.what());
        return false;
      }
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
    if (locked_since_) log::warn("database_free", {{"job", run_.job.name}, {"since", zone::utc(*locked_since_)}});
    locked_since_.reset();
    lock_told_at_.reset();
    kill_point("turn.after");
    // A desk that only puts off rows would take the lock again at once, and other programs come too late each time.
    const bool only_judged = done->settled == 0 && done->admitted.empty() && arms == 0 && done->judged > 0;
    apply(*done, arms);
    if (only_judged) run_.rooms.net.wait(breath);
    return true;
  }
}

Watch::Now Desk::look() const {
  Watch::Now now{.in_flight = static_cast<int>(flights_.size()), .next_at = next_at_, .locked_since = locked_since_};
  for (const auto& [ticket, flight] : flights_)
    if (flight->asked) ++now.calls[flight->host];
  return now;
}

void Desk::sleep() {
  Millis most = until_beat();
  if (watch_.wanted()) most = std::min(most, Watch::every);
  if (!closing() && places() > 0) most = std::min(most, Millis(1'000)); // rows that waited may be due
  run_.rooms.net.wait(std::max(Millis(1), most));
}

bool Desk::wait_for_due() {
  std::optional<Time> next;
  try {
    run_.rooms.db.read([&](db::Transaction& tx) {
      next.reset();
      for (const Stage& s : run_.job.stages)
        if (const auto due = ledger::next_due(tx, s.name, run_.options.tenant); due && (!next || *due < *next))
          next = due;
    });
  } catch (const db::DatabaseError& e) {
    if (e.kind != db::DatabaseError::Kind::busy) throw;
    wait_for_lock(e.what());
    return true;
  }
  const Time now = run_.now();
  if (!next || *next - now > run_.options.idle_wait) return false;
  // A row that is due and was not admitted became so just now: it is looked for again, and not for ever.
  if (*next <= now && ++fruitless_ > 20) return false;
  const Millis wait = *next > now ? Millis(*next - now) : Millis(100);
  if (run_.options.max_runtime && run_.rooms.clock.monotonic() + wait - begun_ >= *run_.options.max_runtime)
    return false;
  next_at_ = next;
  watch_.tick([&] { return look(); });
  const Millis most = watch_.wanted() ? std::min(Watch::every, until_beat()) : until_beat();
  run_.rooms.net.wait(std::min(wait, std::max(Millis(1), most)));
  next_at_.reset();
  admission_.look_again();
  admission_.find_anew();
  return true;
}

void Desk::work() {
  for (;;) {
    watch_.tick([&] { return look(); });
    const bool came = take_answers();
    if (wants_turn()) {
      const std::int64_t before = admitted_;
      turn();
      if (admitted_ != before) fruitless_ = 0;
      continue;
    }
    if (came) continue;
    if (flights_.empty()) {
      if (closing() || !wait_for_due()) break;
      continue;
    }
    sleep();
  }
}

} // namespace milkrun
