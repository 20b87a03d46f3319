// The desk: one thread, the only writer. A turn is one transaction: settle what came back, arm what is about to leave,
// discover, admit what is due; after its COMMIT calls and items are handed out, and what is armed once the COMMIT is on
// the disk: the next turn does not wait for that. Private to src/run.
#pragma once

#include "run/admission.hpp"
#include "run/compute.hpp"
#include "run/watch.hpp"

#include <deque>
#include <stop_token>
#include <utility>

namespace milkrun {

class Desk {
public:
  // `beaten`: the run was heard of then at the latest. It may have stood still since, and be taken over.
  Desk(const RunContext& run, Time beaten, std::stop_token stop);

  // Works until nothing is due and nothing is in flight, or the run is told to end; items in hand are finished.
  void work();
  std::string ended_by() const;
  bool lost() const { return lost_; } // another run took this one for dead
  const std::vector<std::string>& recovered() const { return recovered_; }

private:
  using Clocks = std::chrono::steady_clock;

  bool closing() const; // no new item
  bool take_answers();  // from the network and the compute threads
  void advance(std::uint64_t ticket, Step step);
  void go_on(std::uint64_t ticket);    // the item's next step is computed
  void hand_out(std::uint64_t ticket); // its next call leaves
  void let_leave();                    // those whose marks are on the disk
  bool wants_turn() const;
  bool may_admit() const;
  bool wants_admission() const;
  bool turn();
  std::size_t settle_some(Turn& turn, std::size_t most); // how many it did
  void body(Turn& turn, std::size_t arms);
  void apply(Turn& turn, std::size_t arms, std::uint64_t commit);
  bool wait_for_database(const db::DatabaseError& e);
  void tell_trouble(std::string_view event, const char* why);
  void sleep();
  bool wait_for_due(); // nothing in flight: sleeps until the next item is due; false when none is soon
  int places() const;
  Millis until_beat() const;
  void write_tally(db::Transaction& tx, const Turn& turn);
  Watch::Now look() const;

  const RunContext& run_;
  const std::stop_token stop_;
  const std::chrono::steady_clock::time_point begun_;
  Load load_;
  Admission admission_;
  std::uint64_t next_ticket_ = 1;
  std::unordered_map<std::uint64_t, std::unique_ptr<Flight>> flights_;
  Compute compute_; // after the flights: its threads end before what they work on
  Watch watch_;
  std::deque<std::uint64_t> to_settle_, to_arm_;
  std::deque<std::pair<std::uint64_t, std::uint64_t>> to_leave_; // commit of its mark, ticket
  // The disk's word that it has a commit wakes the desk.
  struct Woken {
    db::Database& database;
    ~Woken() { database.when_durable({}); }
  } const woken_;
  Tally tally_; // committed, and not written yet
  Time told_at_, beat_at_;
  std::vector<std::string> recovered_;
  std::optional<Time> waits_since_, trouble_told_at_; // for the database
  bool full_ = false;                                 // it is the disk that has no room
  std::optional<std::chrono::steady_clock::time_point> stopped_full_since_, noted_since_;
  std::optional<Time> next_at_; // nothing is in flight, and an item is due then
  bool lost_ = false;
  int fruitless_ = 0; // looks in a row that found due rows and could admit none
  std::int64_t admitted_ = 0;
};

} // namespace milkrun
