// A ledger in memory with the tenants asha and bolt, and short words for what tests do with it. Keys are given as text.
#pragma once

#include "db/sqlite.hpp"
#include "ledger/attempts.hpp"
#include "ledger/runs.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <stdexcept>

namespace milkrun::test {

inline Credential wordpress(const char* id = "c1") {
  return {.id = {id},
          .service = "wordpress",
          .owner = Owner::platform,
          .granted_to = {"asha"},
          .tenant = "asha",
          .base_url = "https://h",
          .host = "h",
          .account = "",
          .secret = {},
          .settings = "{}"};
}

struct LedgerWorld {
  std::unique_ptr<db::Sqlite> database = db::memory_database();
  const RunId run{"run-1"}, other{"run-2"};

  LedgerWorld() { add_tenants(*database, {"asha", "bolt"}); }

  template <class Body> auto in(Body body) { // body(tx) in a transaction; its result
    using Out = decltype(body(std::declval<db::Transaction&>()));
    if constexpr (std::is_void_v<Out>) {
      database->transact([&](db::Transaction& tx) { body(tx); });
    } else {
      std::optional<Out> out;
      database->transact([&](db::Transaction& tx) { out = body(tx); });
      return std::move(*out);
    }
  }
  void enqueue(const std::string& key, const std::string& tenant = "asha", Time due = noon, Rank rank = Rank::first) {
    in([&](db::Transaction& tx) { ledger::enqueue(tx, "post", Key::parse(key), {tenant}, due, rank, noon); });
  }
  std::vector<ledger::Candidate> due(const std::string& tenant = "asha", int limit = 100, Time now = noon,
                                     Rank rank = Rank::first) {
    return in([&](db::Transaction& tx) { return ledger::candidates(tx, "post", rank, {tenant}, now, limit); });
  }
  // The row as the admission reads it, whenever it is due and whether it was in a crash or not.
  ledger::Candidate candidate(const std::string& key) {
    const Time far = noon + Millis(1'000'000'000'000);
    for (const ledger::Candidate& c : due(row(key).text("tenant_id"), 1'000'000, far))
      if (c.key.text() == key) return c;
    for (const ledger::Candidate& c :
         in([&](db::Transaction& tx) { return ledger::suspects(tx, "post", std::nullopt, far, 1'000'000); }))
      if (c.key.text() == key) return c;
    throw std::logic_error(key + " is not waiting");
  }
  // Brings the row in flight. Its turn; 0: somebody else has it.
  std::int64_t take(const std::string& key, const RunId& by, ledger::Take how = {}) {
    return take(candidate(key), by, how);
  }
  std::int64_t take(const ledger::Candidate& c, const RunId& by, ledger::Take how = {}) {
    how.run = by;
    how.counted = how.counted && !c.uncertain;
    return in([&](db::Transaction& tx) { return ledger::take(tx, "post", c, how, noon); }) ? c.turn + 1 : 0;
  }
  bool arm(const std::string& key, const RunId& by, std::int64_t turn, Time look_after = noon) {
    return in(
        [&](db::Transaction& tx) { return ledger::arm(tx, "post", Key::parse(key), by, turn, noon, look_after); });
  }
  ledger::Ownership finish(const std::string& key, const RunId& by, std::int64_t turn, const ledger::Decision& d,
                           ledger::Finish how = {}) {
    how.run = by;
    how.turn = turn;
    return in([&](db::Transaction& tx) { return ledger::finish(tx, "post", Key::parse(key), d, how, noon); });
  }
  static ledger::Decision decision(Next next, Reason reason = "feed.server_error") {
    const bool kept = next == Next::uncertain || next == Next::held;
    return {.next = next,
            .at = noon,
            .word = std::string(ledger::word(next)),
            .reason = std::move(reason),
            .detail = "",
            .quota_stays = kept,
            .quota_used = next == Next::done};
  }
  db::Row row(const std::string& key) {
    return rows(*database, "SELECT * FROM ledger WHERE key = $key", {{"key", key}}).at(0);
  }
  std::string state(const std::string& key) { return row(key).text("state"); }
  db::Row attempt(const std::string& key, std::int64_t turn) {
    return rows(*database, "SELECT * FROM attempts WHERE key = $key AND turn = $turn", {{"key", key}, {"turn", turn}})
        .at(0);
  }
};

} // namespace milkrun::test
