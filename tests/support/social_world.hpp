// Campaigns in memory: tenants, tasks, contacts and claims, real runs of the real stages, and a network that is a list.
#pragma once

#include "credentials/vault.hpp"
#include "db/sqlite.hpp"
#include "ledger/queue.hpp"
#include "run/runner.hpp"
#include "support/client_net.hpp"
#include "support/fakes.hpp"
#include "support/reasons.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace milkrun::test {

constexpr Millis one_minute{60'000}, one_hour{3'600'000}, one_day{24 * 3'600'000};

// A comment as Instagram writes it, so many minutes after noon (0 to 59).
inline std::string instagram_comment(const std::string& id, const std::string& handle, const std::string& text,
                                     int minute) {
  const std::string mm = (minute < 10 ? "0" : "") + std::to_string(minute);
  return R"({"id":")" + id + R"(","username":")" + handle + R"(","text":")" + text +
         R"(","timestamp":"2026-11-21T12:)" + mm + R"(:00+0000"})";
}

inline std::string page_of(const std::vector<std::string>& rows) {
  std::string out;
  for (const std::string& row : rows) out += (out.empty() ? "" : ",") + row;
  return R"({"data":[)" + out + "]}";
}

struct SocialWorld {
  std::unique_ptr<db::Sqlite> database = db::memory_database();
  Vault vault{MasterKey::random()};
  FakeHttp http;
  FakeClock clock;
  JobSettings settings;
  RunOptions options;
  ClientNet net{http};

  SocialWorld() {
    options.in_flight = 1;
    options.compute_threads = 0;
    options.idle_wait = Millis(0);
  }

  // Whatever a test did in it, its reasons are codes.
  ~SocialWorld() {
    for (const std::string& prose : prose_for_reasons(*database)) FAIL_CHECK(prose);
  }

  void change(const char* statement, std::initializer_list<db::Param> params = {}) {
    test::change(*database, statement, params);
  }
  db::Rows rows(const char* statement, std::initializer_list<db::Param> params = {}) {
    return test::rows(*database, statement, params);
  }
  std::int64_t number(const char* statement, std::initializer_list<db::Param> params = {}) {
    return test::number(*database, statement, params);
  }

  void tenant(const std::string& id) { add_tenants(*database, {id}); }
  // Running, always open, and acknowledged: any policy may be set.
  void campaign(const std::string& id, const std::string& tenant, const std::string& policy = "meta") {
    change("INSERT INTO campaigns (id, tenant_id, slug, name, policy, acknowledged_by, acknowledged_on, window_start, "
           "window_end) VALUES ($id, $t, $id, 'Autumn', $policy, 'Eve', '2026-11-01', '00:00', '00:00')",
           {{"id", id}, {"t", tenant}, {"policy", policy}});
  }
  void task(const std::string& id, const std::string& tenant, const std::string& campaign,
            const std::string& platform = "INSTAGRAM", const std::string& action = "COMMENT",
            const std::string& object = "500") {
    change("INSERT INTO tasks (id, tenant_id, campaign_id, slug, platform, action, object_id, title, reward_spins) "
           "VALUES ($id, $t, $c, $id, $p, $a, $o, 'Comment', 3)",
           {{"id", id}, {"t", tenant}, {"c", campaign}, {"p", platform}, {"a", action}, {"o", object}});
  }
  // Consents; her handle is her id.
  void contact(const std::string& id, const std::string& tenant) {
    change(
        "INSERT INTO contacts (id, tenant_id, phone, name, consent, instagram) VALUES ($id, $t, $phone, 'Ana', 1, $id)",
        {{"id", id}, {"t", tenant}, {"phone", "+49170" + std::to_string(1'000'000 + ++contacts_)}});
  }
  // Claimed `since` noon, to be verified five minutes later, for a week. Its contact is made with it.
  void claim(const std::string& id, const std::string& tenant, const std::string& task, Millis since = Millis(0)) {
    contact("c" + id, tenant);
    claim_by("c" + id, id, tenant, task, since);
  }
  void claim_by(const std::string& contact, const std::string& id, const std::string& tenant, const std::string& task,
                Millis since = Millis(0)) {
    change("INSERT INTO task_completions (id, tenant_id, task_id, contact_id, claimed_at, verify_after, deadline_at) "
           "VALUES ($id, $t, $task, $contact, $at, $after, $deadline)",
           {{"id", id},
            {"t", tenant},
            {"task", task},
            {"contact", contact},
            {"at", noon + since},
            {"after", noon + since + 5 * one_minute},
            {"deadline", noon + since + 7 * one_day}});
  }
  void credential(const std::string& scope, const std::string& tenant, const std::string& owner,
                  const std::string& service, const std::string& url, const std::string& settings_json = "{}") {
    database->transact([&](db::Transaction& tx) {
      vault.store(tx,
                  {.scope = scope,
                   .tenant = {tenant},
                   .owner_key = owner,
                   .service = service,
                   .base_url = url,
                   .account = "17841",
                   .settings = settings_json,
                   .secret = Secret("token-of-" + owner)},
                  noon);
    });
  }
  void instagram_of(const std::string& tenant) {
    credential("tenant", tenant, tenant, "instagram", "https://graph.instagram.com");
  }

  // A run of these stages by the clock's time.
  RunReport run(std::vector<Stage> stages) {
    const Job job{.name = "social",
                  .help = "",
                  .stages = std::move(stages),
                  .preview = sql("SELECT '' AS note, NULL AS at, NULL AS items WHERE $now > 0")};
    return milkrun::run(job, options, {*database, vault, net, clock, settings, ""}, {});
  }
  RunReport run_at(Millis since_noon, std::vector<Stage> stages) {
    clock.t = noon + since_noon;
    return run(std::move(stages));
  }
  db::Row claim_row(const std::string& id) {
    return rows("SELECT * FROM task_completions WHERE id = $id", {{"id", id}}).at(0);
  }
  std::string why(const std::string& claim) { return reason_text(claim_row(claim)); }
  std::string state_of(const std::string& claim) { return claim_row(claim).text("state"); }
  db::Row ledger_row(const std::string& stage, const std::string& key) {
    return rows("SELECT * FROM ledger WHERE stage = $s AND key = $k", {{"s", stage}, {"k", key}}).at(0);
  }

  // What a settle gets, for one transaction.
  Settling settling(db::Transaction& tx, Next next = Next::done, std::string reason = "") {
    const Time now = clock.now();
    return {.tx = tx,
            .now = now,
            .run = {"run-1"},
            .next = next,
            .next_at = now,
            .reason = Reason::stored(reason),
            .detail = {},
            .period_of = [](std::string_view) { return std::string(); },
            .enqueue = [&tx, now](std::string_view stage, const Key& key, const TenantId& t, Time due,
                                  Rank rank) { ledger::enqueue(tx, stage, key, t, due, rank, now); },
            .hasten = [&tx](std::string_view stage, const Key& key, Time due) { ledger::hasten(tx, stage, key, due); },
            .wake = {},
            .store_credential = {},
            .count = [](std::string_view, const Reason&, std::int64_t) {}};
  }

private:
  int contacts_ = 0;
};

} // namespace milkrun::test
