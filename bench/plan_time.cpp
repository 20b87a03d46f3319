// How fast due steps of drips become messages: the real stage, judged and settled by the real desk, in a database of
// its own. Nothing is sent: what is measured is the planning.
//
//   plan_time DATABASE TENANTS ENROLLMENTS [fresh]
//
// Prints: seconds, steps a second, user and system microseconds a step, MiB at most, and how far the slowest and the
// fastest tenant had come half-way, in per cent of their steps. `fresh`: nobody's first step is in the ledger yet.
#include "base/id.hpp"
#include "db/migrate.hpp"
#include "db/sqlite.hpp"
#include "jobs/advance_drips/stages.hpp"
#include "outreach/test_mode.hpp"
#include "run/runner.hpp"

#include <chrono>
#include <fmt/format.h>
#include <sys/resource.h>
#include <thread>

using namespace milkrun;

namespace {

// A door that nobody passes.
struct NoNet final : http::Net {
  void submit(std::uint64_t, http::Request) override { throw std::logic_error("planning calls nobody"); }
  std::vector<Answer> collect() override { return {}; }
  void wait(Millis) override {}
  void nudge() override {}
};

db::Statement sql(const char* text) { return {"bench", text}; }

void fill(db::Database& database, int tenants, int enrollments, bool fresh, Time now) {
  const int each = enrollments / tenants;
  for (int t = 0; t < tenants; ++t)
    database.transact([&](db::Transaction& tx) {
      const std::string tenant = new_id();
      const db::Param of("t", tenant);
      tx.execute(sql("INSERT INTO tenants (id, slug, name, created_at, marketing_per_day) VALUES ($t, $slug, 'Bench', "
                     "0, NULL)"),
                 {of, {"slug", fmt::format("bench-{}", t)}});
      tx.execute(sql("INSERT INTO credentials (id, scope, tenant_id, service, base_url, sealed, updated_at, owner_key) "
                     "VALUES ($id, 'tenant', $t, 'whatsapp', 'https://bench.example', 'x', 0, $t)"),
                 {of, {"id", new_id()}});
      tx.execute(sql("INSERT INTO campaigns (id, tenant_id, slug, kind, window_start, window_end) VALUES ($t, $t, "
                     "'drip', 'drip', '00:00', '00:00')"),
                 {of});
      for (int step = 0; step < 3; ++step)
        tx.execute(sql("INSERT INTO steps (id, tenant_id, campaign_id, slug, position, delay_value, text, condition) "
                       "VALUES ($t || '-' || $s, $t, $t, 'step-' || $s, $s, 2, '{\"en\":\"Hello {first_name}, see "
                       "{campaign}\"}', '\"not_replied\"')"),
                   {of, {"s", step}});
      for (int i = 0; i < each; ++i) {
        const std::string contact = new_id(), walk = new_id();
        tx.execute(
            sql("INSERT INTO contacts (id, tenant_id, phone, name, consent) VALUES ($id, $t, $phone, 'Ana López', 1)"),
            {of, {"id", contact}, {"phone", fmt::format("+49170{:07}", i)}});
        tx.execute(sql("INSERT INTO enrollments (id, tenant_id, campaign_id, contact_id, state, started_at, "
                       "previous_at, step_id, step_at, enqueued) "
                       "VALUES ($id, $t, $t, $c, 'active', $start, $start, CASE $fresh WHEN 0 THEN $t || '-1' END, "
                       "CASE $fresh WHEN 0 THEN $due END, 1 - $fresh)"),
                   {of,
                    {"id", walk},
                    {"c", contact},
                    {"start", now - Millis(10LL * 86'400'000)},
                    {"fresh", fresh},
                    {"due", now - Millis(60'000)}});
        if (!fresh)
          tx.execute(sql("INSERT INTO ledger (stage, key, tenant_id, state, due_at, created_at) "
                         "VALUES ('advance-step', 'enrollment:' || $id || ':' || $t || '-1', $t, 'due', $due, 0)"),
                     {of, {"id", walk}, {"due", now - Millis(60'000) + Millis(i)}});
      }
    });
}

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

std::int64_t count(db::Database& database, const char* statement) {
  std::int64_t n = 0;
  database.read([&](db::Transaction& tx) { n = tx.one(sql(statement))->integer("n"); });
  return n;
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: plan_time DATABASE TENANTS ENROLLMENTS [fresh]\n");
    return 64;
  }
  const int tenants = std::stoi(argv[2]), enrollments = std::stoi(argv[3]);
  const bool fresh = argc > 4;
  const SystemClock clock;
  {
    db::Sqlite database(argv[1], {.create = true});
    db::initialise(database);
    fill(database, tenants, enrollments, fresh, clock.now());
  }
  const Vault vault(MasterKey::random());
  NoNet net;
  const JobSettings settings;
  const Job job{.name = "advance-drips", .help = "", .stages = {advance_drips::advance_step()}, .preview = {}};
  RunOptions options;
  options.idle_wait = Millis(0);
  db::Sqlite database(argv[1], {});
  // Half-way somebody looks, from outside, how far each tenant has come.
  std::int64_t least = 0, most = 0;
  std::jthread watch([&](const std::stop_token& stop) {
    db::Sqlite theirs(argv[1], {.read_only = true});
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
      if (count(theirs, "SELECT count(*) AS n FROM messages") < enrollments / 2) continue;
      theirs.read([&](db::Transaction& tx) {
        const auto row = tx.one(sql("SELECT min(n) AS least, max(n) AS most FROM (SELECT (SELECT count(*) FROM "
                                    "messages m WHERE m.tenant_id = t.id) AS n "
                                    "FROM tenants t WHERE t.slug <> 'operator')"));
        least = row->integer("least");
        most = row->integer("most");
      });
      return;
    }
  });
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  const auto start = std::chrono::steady_clock::now();
  milkrun::run(job, options, {database, vault, net, clock, settings, ""}, {});
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  getrusage(RUSAGE_SELF, &after);
  watch.request_stop();
  watch.join();
  const std::int64_t done = count(database, "SELECT count(*) AS n FROM messages");
  const auto cpu = [&](timeval rusage::* which) {
    return (seconds(after.*which) - seconds(before.*which)) * 1e6 / static_cast<double>(done);
  };
  const double whole = static_cast<double>(enrollments) / tenants;
  fmt::print("{:.1f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f}\n", took, static_cast<double>(done) / took,
             cpu(&rusage::ru_utime), cpu(&rusage::ru_stime), static_cast<double>(after.ru_maxrss) / 1024,
             100 * static_cast<double>(least) / whole, 100 * static_cast<double>(most) / whole);
  return done == enrollments ? 0 : 1;
}
