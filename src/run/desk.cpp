// The loop: what came back goes on, a turn when one is wanted, sleep.
#include "run/desk.hpp"

#include "base/kill_point.hpp"

#include <algorithm>

namespace milkrun {
namespace {

constexpr Millis notes_patience{30'000};

} // namespace

Desk::Desk(const RunContext& run, Time beaten, std::stop_token stop)
    : run_(run), stop_(std::move(stop)), begun_(run.rooms.clock.monotonic()), load_(run.options.in_flight),
      admission_(run, load_),
      compute_(run.options.compute_threads, run.rooms.settings, [&net = run.rooms.net] { net.nudge(); }), watch_(run),
      woken_{run.rooms.db}, told_at_(run.now()), beat_at_(beaten) {
  run.rooms.db.when_durable([&net = run.rooms.net] { net.nudge(); });
}

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

void Desk::let_leave() {
  if (to_leave_.empty()) return;
  const std::uint64_t durable = run_.rooms.db.durable();
  while (!to_leave_.empty() && to_leave_.front().first <= durable) {
    const std::uint64_t ticket = to_leave_.front().second;
    to_leave_.pop_front();
    hand_out(ticket);
  }
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

bool Desk::may_admit() const { return !closing() && (places() > 0 || admission_.plans()); }
bool Desk::wants_admission() const { return may_admit() && (!admission_.dry(places()) || admission_.stale()); }

// A desk that closes and has nothing in hand beats no more: the database may be locked for long. Notes that no turn
// followed it takes back all the same, while there is hope: who left them behind would make poison of what it never
// tried.
bool Desk::wants_turn() const {
  if (!to_settle_.empty() || !to_arm_.empty() || wants_admission()) return true;
  if (!closing() || !flights_.empty()) return admission_.has_noted() || until_beat() == Millis(0);
  return admission_.has_noted() && (!noted_since_ || run_.rooms.clock.monotonic() - *noted_since_ < notes_patience);
}

Watch::Now Desk::look() const {
  Watch::Now now{.in_flight = static_cast<int>(flights_.size()),
                 .next_at = next_at_,
                 .locked_since = full_ ? std::nullopt : waits_since_};
  for (const auto& [ticket, flight] : flights_)
    if (flight->asked) ++now.calls[flight->host];
  return now;
}

void Desk::sleep() {
  Millis most = until_beat();
  if (watch_.wanted()) most = std::min(most, Watch::every);
  if (may_admit()) most = std::min(most, Millis(1'000)); // rows that waited may be due
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
    if (!wait_for_database(e)) throw;
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
    let_leave();
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
