// A job of one or two stages over the table `feeds`, each row a script of what its item does, and a network that
// records what reaches it. The columns are used so:
//   url         what work() calls                               etag         what work() makes of the answer
//   stop_reason what gate says: "" go, snooze, cancel, throw     first_poll   'none': needs the wordpress credential
//   last_error  the last state settle saw                        moved_count  how often settle ran
#pragma once

#include "db/migrate.hpp"
#include "ledger/runs.hpp"
#include "run/runner.hpp"
#include "support/client_net.hpp"
#include "support/database_door.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

namespace milkrun::test {

// Counts every call; `answer` decides it (default 201) and may block or run other code: no lock is held around it.
struct Network final : http::Client {
  std::mutex lock;
  std::vector<std::string> sent; // urls, in order of arrival
  std::map<std::string, int> by_host, by_tenant, most_by_host, most_by_tenant;
  int in_flight = 0, most = 0;
  std::function<Expected<http::Response>(const http::Request&)> answer;

  Expected<http::Response> send(const http::Request& r) override {
    const std::string host = http::host_of(r.url);
    {
      std::lock_guard hold(lock);
      sent.push_back(r.url);
      most = std::max(most, ++in_flight);
      most_by_host[host] = std::max(most_by_host[host], ++by_host[host]);
      most_by_tenant[r.caller.tenant] = std::max(most_by_tenant[r.caller.tenant], ++by_tenant[r.caller.tenant]);
    }
    Expected<http::Response> out = answer ? answer(r) : http::Response{.status = 201};
    std::lock_guard hold(lock);
    --in_flight;
    --by_host[host];
    --by_tenant[r.caller.tenant];
    return out;
  }
  std::size_t calls() {
    std::lock_guard hold(lock);
    return sent.size();
  }
  std::size_t calls(std::string_view url) {
    std::lock_guard hold(lock);
    return static_cast<std::size_t>(std::ranges::count(sent, url));
  }
};

namespace fake {

inline std::function<void()> before_call; // set by a test: runs in work() before the request; reset by FakeWorld

inline Plan plan(const Item& item, Time) {
  Plan p;
  if (item.row.text("first_poll") == "none")
    p.services = {"wordpress"};
  else
    p.host = http::host_of(item.row.text("url")), p.service = "fake";
  return p;
}

inline Verdict gate(const Item& item, Time now) {
  const std::string& says = item.row.text("stop_reason");
  if (says == "snooze") return Snooze{now + Millis(3'600'000), "tenant.inactive"};
  if (says == "cancel") return Cancel{"feed.stopped"};
  if (says == "throw") throw std::logic_error("gate: a bug");
  return Go{};
}
inline constexpr Rule rules[] = {{"script", gate}};

inline Result outcome(const std::string& script, Time now) {
  static const std::map<std::string, Fault> faults{
      {"outage", Fault::outage},   {"transient", Fault::transient}, {"rate_limited", Fault::rate_limited},
      {"setting", Fault::setting}, {"permanent", Fault::permanent}, {"uncertain", Fault::uncertain}};
  if (const auto f = faults.find(script); f != faults.end())
    return {fail(f->second, "feed.server_error", "fake: " + script)};
  if (script == "snooze") return {Snooze{now + Millis(3'600'000), "pace.wait"}};
  if (script == "cancel") return {Cancel{"feed.gone"}};
  return {Done{"ref"}};
}

inline Result work(const Item& item, const Credentials&, const Outside& out) {
  const std::string& script = item.row.text("etag");
  if (before_call) before_call();
  if (script == "throw") throw std::runtime_error("work: a bug");
  if (script == "quiet") return {Done{"ref"}};
  http::Request r{.method = "POST", .url = item.row.text("url")};
  r.effect = script == "repeatable" ? http::Effect::repeatable : http::Effect::once;
  r.caller.tenant = item.tenant.value;
  auto answer = out.http.send(r);
  if (script == "throw_armed") throw std::runtime_error("work: a bug after sending");
  if (!answer) return {std::unexpected(std::move(answer).error())};
  return outcome(script, out.clock.now());
}

inline Expected<Reconciled> reconcile(const Item& item, const Credentials&, const Outside& out) {
  const auto answer = out.http.send({.url = item.row.text("url") + "?look"});
  if (!answer) return std::unexpected(answer.error());
  if (answer->status == 200) return Reconciled{.presence = Presence::found, .result = {Done{"found"}}};
  return Reconciled{.presence = answer->status == 404 ? Presence::absent : Presence::unknown,
                    .why = "wordpress.drafts_not_shown"};
}

inline void settle(Settling& s, const Item& item, const Result&) {
  static constexpr const char* words[] = {"due", "uncertain", "held", "done", "cancelled", "discarded"};
  s.tx.execute(sql("UPDATE feeds SET moved_count = moved_count + 1, last_error = $next WHERE id = $id"),
               {{"next", words[static_cast<std::size_t>(s.next)]}, {"id", item.key.id}});
  if (item.row.text("last_modified") == "throw") throw std::logic_error("settle: a bug");
}

// The first of two stages hands its item on.
inline void settle_and_enqueue(Settling& s, const Item& item, const Result& r) {
  settle(s, item, r);
  if (s.next == Next::done) s.enqueue("second", Key{"x", item.key.id}, item.tenant, s.now);
}

constexpr const char* load =
    "SELECT id, tenant_id, url, etag, stop_reason, first_poll, last_modified FROM feeds WHERE id = $id";

inline Stage stage(std::string_view name, bool looks_up = true) {
  return {.name = name,
          .load = sql(load),
          .plan = plan,
          .rules = rules,
          .work = work,
          .settle = settle,
          .reconcile = looks_up ? reconcile : nullptr,
          .repeats = false,
          .retry = {}};
}

inline Job job(std::vector<Stage> stages) {
  return {.name = "fake",
          .help = "",
          .stages = std::move(stages),
          .preview = sql("SELECT 'polls nothing' AS note, NULL AS at, NULL AS items WHERE $now > 0")};
}

} // namespace fake

// The statements of the first half second, of at most sixty, that sees no more than 20: a desk that sleeps comes to
// rest however slow the machine is, one that spins never does.
inline std::int64_t statements_at_rest(const db::Database& database) {
  std::int64_t spent = 0;
  for (int i = 0; i < 60; ++i) {
    const std::int64_t before = database.statements();
    std::this_thread::sleep_for(Millis(500));
    spent = database.statements() - before;
    if (spent <= 20) break;
  }
  return spent;
}

// Everything a run needs, on a database file of its own.
struct FakeWorld {
  TempDir dir;
  std::string path = dir.file("milkrun.db");
  std::string runs_file = dir.file("runs"); // "": heartbeats alone tell who lives
  db::Sqlite database{path, {.create = true}};
  Vault vault{MasterKey::random()};
  Network network;
  ClientNet net{network, true};
  FakeClock clock;
  JobSettings settings;
  RunOptions options;
  Job job = fake::job({fake::stage("post")});

  FakeWorld() {
    options.in_flight = 4;
    options.idle_wait = Millis(0);
    db::initialise(database);
    fake::before_call = nullptr;
  }
  ~FakeWorld() { fake::before_call = nullptr; }
  FakeWorld(const FakeWorld&) = delete;
  FakeWorld& operator=(const FakeWorld&) = delete;

  Rooms rooms(db::Database& d) { return {d, vault, net, clock, settings, runs_file}; }
  RunReport run(std::stop_token stop = {}) { return milkrun::run(job, options, rooms(database), std::move(stop)); }
  // A run whose calls are answered where they are made, and whose disk has what was committed: the same turns at each
  // run, when no compute thread has a part in them.
  RunReport run_at_once() {
    ClientNet door(network);
    DatabaseDoor disk(database);
    return milkrun::run(job, options, {disk, vault, door, clock, settings, runs_file}, {});
  }
  // A run as of another process, beside any other: with a connection and a network door of its own.
  RunReport run_beside() {
    db::Sqlite theirs(path, {});
    ClientNet door(network, true);
    RunOptions beside = options;
    beside.alone = false;
    return milkrun::run(job, beside, {theirs, vault, door, clock, settings, runs_file}, {});
  }

  void tenant(const std::string& id) {
    database.transact([&](db::Transaction& tx) { add_tenant(tx, id); });
  }
  // An item of the tenant; its row's id is `id`, its url https://HOST/id.
  void item(const std::string& id, const std::string& script = "ok", const std::string& host = "h.example",
            const std::string& tenant = "asha", const std::string& gate = "") {
    database.transact([&](db::Transaction& tx) { item_in(tx, id, script, host, tenant, gate); });
  }
  void item_in(db::Transaction& tx, const std::string& id, const std::string& script, const std::string& host,
               const std::string& tenant, const std::string& gate = "", Rank rank = Rank::first) {
    tx.execute(sql("INSERT INTO feeds (id, tenant_id, url, etag, stop_reason) VALUES ($id, $t, $url, $etag, $gate)"),
               {{"id", id}, {"t", tenant}, {"url", "https://" + host + "/" + id}, {"etag", script}, {"gate", gate}});
    ledger::enqueue(tx, job.stages.front().name, Key{"x", id}, {tenant}, noon, rank, noon);
  }
  db::Row ledger_row(const std::string& id) {
    return rows_of("SELECT * FROM ledger WHERE key = 'x:' || $id ORDER BY created_at", id).at(0);
  }
  db::Row feed(const std::string& id) { return rows_of("SELECT * FROM feeds WHERE id = $id", id).at(0); }
  std::string state(const std::string& id) { return ledger_row(id).text("state"); }
  std::int64_t in_state(const char* state) {
    return number(database, "SELECT count(*) AS n FROM ledger WHERE state = $s", {{"s", state}});
  }
  static std::int64_t items(const RunReport& r, std::string_view outcome, std::string_view reason = "") {
    std::int64_t n = 0;
    for (const RunCount& c : r.counts)
      if (c.outcome == outcome && (reason.empty() || c.reason.code() == reason)) n += c.items;
    return n;
  }

private:
  db::Rows rows_of(const char* statement, const std::string& id) { return rows(database, statement, {{"id", id}}); }
};

} // namespace milkrun::test
