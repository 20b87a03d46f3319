// Which items may leave now: tenants in turn, last stage first, within the places there are. Private to src/run.
#pragma once

#include "run/ahead.hpp"
#include "run/turn.hpp"

#include <array>
#include <deque>
#include <map>
#include <unordered_map>

namespace milkrun {

// What is in flight, and how much a destination may have at once: any number while it is well; one that fails or turns
// slow is cut back (halved at each failure, one more per round of answers) and never has more than a quarter then.
// Calls of which nobody can find out whether they happened begin slowly: at a host that has not answered well in this
// run yet few are in flight, and with each good answer one more. What breaks there leaves no crowd to be decided by
// hand.
class Load {
public:
  explicit Load(int places) : places_(places) {}
  void left(const Flight& f);
  void back(const Flight& f, bool well, Millis took);
  int in_flight() const { return total_; }
  int of(const TenantId& tenant) const;
  bool full(const std::string& host, int more = 0) const; // `more`: of this turn
  bool full_at_start(const std::string& host, const Stage& stage, int more = 0) const;
  int quarter() const { return std::max(1, (places_ + 3) / 4); }
  bool sole(const TenantId& tenant) const; // nobody else is in flight

private:
  struct Host {
    int in_flight = 0;
    int heard = 0; // good answers in this run
    bool cut = false;
    double most = 0; // while cut
    int well = 0;    // in a row
    double usual_ms = 0;
  };
  const int places_;
  int total_ = 0;
  std::map<TenantId, int> tenants_;
  std::unordered_map<std::string, Host> hosts_;
};

class Admission {
public:
  Admission(const RunContext& run, const Load& load);

  // A wary run writes down which rows its next turn tries, in a transaction before it: what kills the process where it
  // is admitted, so that nothing of that turn is ever committed, is found like what kills it in flight.
  void note(Turn& turn, int places);
  void noted() { // committed
    noted_ = true;
    touched_ = false;
    before_ = state_;
  }
  bool has_noted() const { return noted_; }

  // Looks for work that is not in the ledger yet, and admits up to `places` items, in the turn's transaction. What
  // needs no network needs no place either.
  void admit(Turn& turn, int places);
  // There are stages without network, so that a turn has something to do while all places are taken. (What a wary run
  // tries is noted before, with the places it has.)
  bool plans() const;
  // Forgets where it was: the turn was rolled back and is run again. Who has due rows is looked for anew.
  void begin_again();
  // The turn is committed.
  void applied(const Turn& turn);
  // Something ended, or came back: there may be more to admit.
  void look_again() {
    dry_ = plans_dry_ = false;
    state_.ended = before_.ended = true;
  }
  // The next look begins with the tenants: time has passed.
  void find_anew();
  // The last look found nothing, and nothing has changed since. With no place free: nothing that needs none.
  bool dry(int places) const { return places > 0 ? dry_ : plans_dry_; }
  // A second has passed: rows that waited may be due.
  bool stale() const;
  // What was in flight at a crash has the turn: nothing else is admitted until it is back.
  bool suspects_out() const { return state_.suspects_out; }
  bool draining() const { return state_.draining; }

private:
  static constexpr Millis ring_age{1'000}; // so old, the rings are looked through anew: time has made rows due

  // How far a tenant's rows were looked at whose oldest ones stand before a destination that has enough.
  struct Past {
    int rows = 0;
    Time again{};          // the next look from the first one on
    bool at_start = false; // they wait for the first answers
    std::string host = {}; // of the oldest one
  };
  // A tenant keeps its place for some rows, one after the other over its connection.
  struct Stay {
    int left = 0;
    Time until{};
    bool out = false; // its call is out: it is not in the line
  };
  struct Ring { // tenants that have due rows of one stage and rank, in turn
    std::deque<TenantId> tenants;
    std::set<TenantId> known;
    std::map<TenantId, Past> past;
    std::map<TenantId, Stay> stays;
    std::optional<std::string> after; // how far the look for tenants has come; nullopt: it begins
    bool wrapped = false;             // it has come to the last tenant, and went on with the first
    bool whole = false;               // it has come round
    std::size_t passed = 0;           // tenants in a row that had no room in this turn; once round, nobody has
    bool spent() const { return passed >= tenants.size(); }
  };
  struct Line { // one stage
    Ring first, behind;
    int ahead = 0; // visits to those that go first while others waited behind them
    Ring& of(Rank rank) { return rank == Rank::first ? first : behind; }
    std::array<Ring*, 2> rings() { return {&first, &behind}; }
    bool whole() const { return first.whole && behind.whole; }
  };
  struct Discovered {
    bool whole = false;
    std::set<TenantId> buggy; // whose rows woke a bug in this run
  };
  struct State {                        // what a turn that is rolled back must give back
    std::vector<Discovered> discovered; // as the job's stages
    Time refreshed{};
    bool ended = true; // something ended since the last look
    bool suspects_out = false, draining = false;
    bool waking = true; // rows may be left that wait for what came right
    Time next_suspects{};
  };
  struct Note { // a row that admit() is to try, as it was before
    std::size_t stage;
    ledger::Candidate row;
  };
  struct Planned {
    std::map<TenantId, int> tenants;
    std::unordered_map<std::string, int> hosts;
  };

  bool wake_more(Turn& turn);
  bool discover(Turn& turn);
  bool look(Turn& turn, int places, bool more, Planned& planned);
  bool try_row(Turn& turn, std::size_t stage, const ledger::Candidate& row, Planned& planned);
  void give_up(Turn& turn, const Stage& stage, const ledger::Candidate& row);
  bool admit_noted(Turn& turn, bool any, Planned& planned);
  int taken(const Turn& turn) const; // of the places
  int within_limit(int places) const;
  static void begin_anew(Ring& ring);
  void come_back(const Turn& turn, Ring& ring);
  bool stays(const Turn& turn, Ring& ring, const TenantId& tenant) const;
  bool whole() const; // all tenants with due rows are known
  void find_tenants(Turn& turn, Line& line, std::string_view stage, Rank rank);
  static Rank next_rank(Line& line);
  bool visit(Turn& turn, std::size_t stage, Ring& ring, Rank rank, Planned& planned);
  // Rows differ by much: one may be judged by thousands of others.
  void begin_looking() { late_at_ = run_.rooms.clock.monotonic() + Millis(100); }
  bool is_late() const { return run_.rooms.clock.monotonic() >= late_at_; }
  int most_to_judge() const { return noting_ ? most_noted : most_judged; }
  bool look_past(Turn& turn, std::size_t stage, const TenantId& tenant, Rank rank, Past& past, int room,
                 Planned& planned);
  bool admit_stage(Turn& turn, std::size_t stage, int places, Planned& planned);
  bool has_enough(const Turn& turn, const Stage& stage, const std::string& host, const Planned& planned);
  bool admit_row(Turn& turn, const Stage& stage, const ledger::Candidate& row, Planned& planned);
  void begin(Turn& turn, const Stage& stage, Item item, const ledger::Candidate& row, Judged judged, Planned& planned);
  bool admit_suspects(Turn& turn, int places, Planned& planned);
  int under_way(const Turn& turn, const TenantId& tenant, const Planned& planned) const;
  int room_of(const Turn& turn, const TenantId& tenant, const Planned& planned) const;
  bool others_wait(const TenantId& tenant) const;

  const RunContext& run_;
  const Load& load_;
  std::optional<TenantId> start_;       // where this run's rings begin
  bool noting_ = false, noted_ = false; // rows are only chosen; they are, and are to be tried
  bool notes_suspects_ = false;         // they were in flight at a crash, all of them
  std::vector<Note> notes_;
  std::vector<Line> lines_; // as the job's stages
  Ahead ahead_;
  std::int64_t seen_ = -1; // the world as it was when the rows ahead were read
  bool touched_ = false;   // the lines, in a turn that is not committed
  State state_, before_;
  std::chrono::steady_clock::time_point late_at_{}; // then this turn begins no more rows
  bool dry_ = false, plans_dry_ = false;
  std::string enough_at_;     // the host that had enough for the row that was tried last
  bool at_start_ = false;     // ... since it has not answered yet
  bool looking_past_ = false; // a look past stuck rows came to its bound in this turn
  std::int64_t admitted_ = 0;
};

} // namespace milkrun
