// War and peace.
#include "sim/play.hpp"

#include "base/chance.hpp"
#include "log/log.hpp"
#include "run/call.hpp"
#include "sim/defect.hpp"
#include "sim/judge.hpp"
#include "sim/letters_scene.hpp"
#include "sim/net.hpp"
#include "sim/operator.hpp"
#include "sim/publish_scene.hpp"
#include "sim/social_scene.hpp"
#include "sim/spine_job.hpp"
#include "sim/spine_scene.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"
#include "support/temp_dir.hpp"

#include <fmt/format.h>

#include <clocale>
#include <cstdlib>
#include <ctime>
#include <stdexcept>

// A seed makes millions of small objects and lives shortly: most of its time would go into the sanitizer's memory of
// what was freed, which it otherwise keeps for 256 MB. (ASAN_OPTIONS still says otherwise.)
extern "C" const char* __asan_default_options(); // NOLINT(bugprone-reserved-identifier): the sanitizer's name
const char* __asan_default_options() { return "quarantine_size_mb=1:max_malloc_fill_size=0:malloc_context_size=4"; }

namespace milkrun::sim {
namespace {

constexpr Millis minute{60'000}, half_a_day{12 * 3'600'000};
constexpr Millis start_patience{15'000}; // of src/run/runner.cpp
constexpr int most_runs_of_peace = 120;

std::unique_ptr<Scene> scene_of(std::string_view name) {
  if (name == "spine") return spine_scene();
  if (name == "social") return social_scene();
  if (name == "publish") return publish_scene();
  if (name == "letters") return letters_scene();
  throw std::invalid_argument("no such scene: " + std::string(name));
}

std::string own_tables() { return std::string(operator_schema) + spine_schema; }

// What happens to a run beside its work.
struct Fate {
  RunOptions options;
  std::int64_t kill_at = 0, freeze_at = 0;
  Millis frozen_for{0};
  std::optional<Millis> stop_after;
  int busy = 0;
};

class Play {
public:
  Play(std::string_view scene, std::uint64_t seed, std::string_view planted, bool tell)
      : seeded_(seed), defect_(sim::defect(planted, vault_.key())), scene_(scene_of(scene)),
        stand_(seed, test::noon, tell, database_, vault_,
               [this](const http::Request& r, const std::string& tenant, const Remote& remote) {
                 return scene_->serve(r, tenant, remote);
               }) {}

  Played go() {
    scene_->set_up(stand_);
    by_lease_ = stand_.dice.percent(50);
    for (int n = stand_.dice.between(2, 5); n > 0 && stand_.findings.empty(); --n) war();
    if (stand_.findings.empty()) peace();
    out_.findings = stand_.findings.all();
    out_.trace = stand_.trace.hash();
    out_.effects = static_cast<int>(stand_.remote.effects().size());
    return out_;
  }

private:
  struct Seeded {
    explicit Seeded(std::uint64_t seed) {
      seed_chance(seed);
      if (seed % 4 == 0) shuffle_environment = [n = 0]() mutable { other_place(n++); };
    }
    ~Seeded() {
      seed_chance(std::nullopt);
      shuffle_environment = nullptr;
      other_place(0);
    }
    // What no stage may depend on: where the process stands, and what chance says there.
    static void other_place(int n) {
      constexpr const char* zones[] = {"UTC", "Asia/Kathmandu", "America/St_Johns"};
      constexpr const char* locales[] = {"C", "C.UTF-8", "POSIX"};
      ::setenv("TZ", zones[n % 3], 1);
      ::tzset();
      static_cast<void>(std::setlocale(LC_ALL, locales[n % 3]));
      if (n % 2 == 1) static_cast<void>(chance());
    }
  };

  void war() {
    Dice& d = stand_.dice;
    stand_.remote.trouble = {.lost = d.of({0, 5, 20}),
                             .refused = d.of({0, 5, 15}),
                             .garbled = d.of({0, 5, 15}),
                             .slow = d.of({0, 10, 50}),
                             .down = d.of({0, 0, 30})};
    for (int n = d.below(3); n > 0; --n) scene_->meddle(stand_);
    stand_.remote.pass(d.percent(50) ? stand_.clock.now() + Millis(d.between(1, 600'000)) : next_due());
    run(d.of(scene_->jobs()), fate());
  }

  Fate fate() {
    Dice& d = stand_.dice;
    Fate f;
    f.options = peaceful();
    f.options.in_flight = d.between(1, 8);
    f.options.idle_wait = d.of({Millis(0), Millis(30'000), 10 * minute});
    f.options.suspects_turn = d.of({Millis(1'000), minute});
    if (d.percent(10)) f.options.limit = d.between(1, 5);
    if (d.percent(10)) f.options.tenant = TenantId{"tenant0"};
    if (d.percent(10)) f.options.max_runtime = Millis(d.between(1, 120'000));
    if (d.percent(10)) f.options.alone = false;
    if (d.percent(10)) f.stop_after = Millis(d.between(1, 20'000));
    f.busy = d.of({0, 0, 5, 30});
    if (d.percent(50)) f.kill_at = d.between(1, d.of({60, 300, 900}));
    if (d.percent(15)) {
      f.freeze_at = d.between(1, 400);
      f.frozen_for = d.of({Millis(1), Millis(15'000), 2 * minute, 30 * minute});
    }
    return f;
  }

  RunOptions peaceful() const {
    RunOptions o;
    o.in_flight = 8;
    o.compute_threads = 0;
    o.idle_wait = Millis(0);
    return o;
  }

  void run(const Job& job, const Fate& f) {
    ++out_.runs;
    Doors doors(stand_.clock, stand_.trace, stand_.findings);
    doors.kill_at = f.kill_at;
    doors.freeze_at = f.freeze_at;
    // What stands still holds no lock: another run goes on, beside it or in its place.
    Millis stood{0}; // for how long it stood still: also while others worked
    doors.freeze = [this, &f, &stood] {
      const Time since = stand_.clock.now();
      stand_.remote.pass(stand_.clock.now() + f.frozen_for);
      Fate other = fate();
      other.freeze_at = 0;
      other.options.alone = f.frozen_for > minute;
      run(stand_.dice.of(scene_->jobs()), other);
      stood = std::chrono::duration_cast<Millis>(stand_.clock.now() - since);
    };
    Net net(stand_.remote, stand_.clock, doors, stand_.trace);
    if (f.stop_after) net.stop_at = stand_.clock.now() + *f.stop_after;
    net.leaving = [this](const http::Request& r) { scene_->leaving(stand_, r); };
    Database database(database_, stand_.dice, stand_.clock, doors, commits_);
    database.busy = f.busy;
    database.defect = defect_.get();
    database.committing = [this](db::Transaction& tx) {
      judge_commit(stand_, tx);
      scene_->judge_commit(stand_, tx);
    };
    const Rooms rooms{database, vault_, net, stand_.clock, settings_, by_lease_ ? std::string() : folder_.file("runs")};
    std::string ended;
    stand_.trace.add(stand_.clock.now(), fmt::format("RUN {}", job.name));
    try {
      const RunReport report = milkrun::run(job, f.options, rooms, net.stop.get_token());
      ended = report.run.value;
      stand_.trace.add(stand_.clock.now(),
                       fmt::format("END {} {}", report.ended_by, report.locked_by.empty() ? "" : "locked"));
      if (ended.empty()) return; // nothing was due, or another run of the job lives: nothing has changed
      if (report.ended_by == "rescued") ended.clear();
    } catch (const Kill&) {
      ++out_.kills;
    } catch (const db::DatabaseError& e) {
      // Who stood still while the lock was held has lost the patience of a beginning; what it left is rescued.
      if (e.kind != db::DatabaseError::Kind::busy || stood < start_patience)
        stand_.findings.add(fmt::format("the run of {} gave up: {}", job.name, e.what()));
      stand_.trace.add(stand_.clock.now(), "GAVE UP");
      ++out_.kills;
    } catch (const std::exception& e) {
      stand_.findings.add(fmt::format("the run of {} threw: {}", job.name, e.what()));
    }
    judge_ledger(stand_, ended, false);
    scene_->judge(stand_, false);
  }

  Time next_due() {
    const db::Row row =
        test::rows(database_, "SELECT min(due_at) AS at FROM ledger WHERE state IN ('due', 'uncertain')").at(0);
    return std::max(stand_.clock.now(), row.maybe_time("at").value_or(stand_.clock.now()));
  }

  bool waiting(const char* states) { return test::number(database_, states) > 0; }

  // No trouble any more: all must come to its end, held items by an operator.
  void peace() {
    stand_.trace.add(stand_.clock.now(), "PEACE");
    stand_.remote.trouble = {};
    scene_->mend(stand_);
    Fate f;
    f.options = peaceful();
    stand_.remote.pass(stand_.clock.now() + 2 * minute); // dead runs are known to be dead
    for (int n = 0; n < most_runs_of_peace && stand_.findings.empty(); ++n) {
      for (const Job& job : scene_->jobs()) run(job, f);
      if (!waiting("SELECT count(*) AS n FROM ledger WHERE state IN ('due', 'uncertain', 'running', 'held')")) break;
      scene_->decide_held(stand_); // others may wait for them
      // Longer and longer: what looks for a way each hour for days shall not need a run for each.
      stand_.remote.pass(std::max(next_due(), stand_.clock.now() + std::min(n * n * minute, half_a_day)));
    }
    if (!stand_.findings.empty()) return;
    judge_ledger(stand_, "", true);
    scene_->judge(stand_, true);
  }

  const Seeded seeded_;
  const log::Capture quiet_; // warnings of rests, locks and bugs are what is played here
  test::TempDir folder_;
  db::Sqlite& database_ = fresh_database(own_tables());
  const Vault vault_{MasterKey::random()};
  const JobSettings settings_;
  const std::unique_ptr<Defect> defect_;
  const std::unique_ptr<Scene> scene_;
  Stand stand_;
  Commits commits_;
  bool by_lease_ = false; // death is known by the lease alone, as on another machine
  Played out_;
};

} // namespace

std::vector<std::string_view> scenes() { return {"spine", "social", "letters", "publish"}; }

Played play(std::string_view scene, std::uint64_t seed, std::string_view planted, bool tell) {
  return Play(scene, seed, planted, tell).go();
}

std::string command(std::string_view scene, std::uint64_t seed, std::string_view planted) {
  return fmt::format("./run campaign sim --scene {} --seed {}{}", scene, seed,
                     planted.empty() ? "" : fmt::format(" --defect {}", planted));
}

} // namespace milkrun::sim
