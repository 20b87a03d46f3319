// Begin, arm and finish: an attempt is on disk before its call, and ends in the transaction that moves the item.
#include "base/kill_point.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"
#include "ledger/ledger.hpp"
#include "sql/ledger.hpp"
#include "sql/shared.hpp"

#include <array>
#include <fmt/format.h>

namespace milkrun::ledger {
namespace {

std::string_view owner_word(Owner owner) {
  static constexpr std::array words{"tenant", "platform", "portal"};
  return words.at(static_cast<std::size_t>(owner));
}

bool final_state(Next n) { return n == Next::done || n == Next::cancelled || n == Next::discarded; }

std::string outcome_word(const Result& r) {
  if (!r.outcome) return std::string(word(r.outcome.error().fault));
  static constexpr std::array words{"done", "snoozed", "cancelled"};
  return words.at(r.outcome->index());
}

std::string usage_json(const Result& r) {
  std::string out;
  for (const Spent& s : r.spent) out += fmt::format("{}\"{}\":{}", out.empty() ? "{" : ",", s.meter, s.amount);
  return out.empty() ? out : out + "}";
}

void end_attempt(db::Transaction& tx, const AttemptId& attempt, const Decision& d, const Result& r, Time now) {
  const Done* done = done_of(r.outcome);
  tx.execute(sql::ledger::end_attempt, {{"attempt", attempt.value},
                                        {"now", now},
                                        {"outcome", outcome_word(r)},
                                        {"reason", d.reason.code()},
                                        {"args", d.reason.args_json()},
                                        {"detail", text::clip(d.detail, 1000)},
                                        {"reference", done != nullptr ? done->reference : ""},
                                        {"http_status", r.outcome ? 0 : r.outcome.error().http_status},
                                        {"usage", usage_json(r)}});
}

// What was spent is booked whatever came of it; unlike quota it was not reserved.
void book(db::Transaction& tx, const Item& item, const Result& r, Time now) {
  const std::string period = r.spent.empty() ? std::string() : zone::utc_month(now);
  for (const Spent& s : r.spent) {
    const db::Param tenant("tenant", item.tenant.value), meter("meter", s.meter), in("period", period);
    tx.execute(sql::shared::open_usage, {tenant, meter, in});
    tx.execute(sql::shared::settle_usage, {tenant, meter, in, {"reserved", 0}, {"used", s.amount}});
  }
}

db::Value finished_at(const Decision& d, Time now) { return final_state(d.next) ? db::Value(to_ms(now)) : db::Value(); }

bool move_item(db::Transaction& tx, const Item& item, const Decision& d, const Finish& how, Time now) {
  const db::Param stage("stage", item.stage), key("key", item.key), run("run", how.run.value),
      state("state", word(d.next)), due("due_at", d.at), reason("reason", d.reason.code()),
      args("args", d.reason.args_json()), detail("detail", text::clip(d.detail, 1000)),
      finished("finished_at", finished_at(d, now));
  if (!how.attempt)
    return tx.execute(sql::ledger::finish_unbegun, {stage, key, run, state, due, reason, args, detail, finished}) == 1;
  const bool keep = d.next == Next::uncertain || d.next == Next::held;
  const db::Value uncertain = keep ? db::Value(how.uncertain.value_or(*how.attempt).value) : db::Value();
  return tx.execute(sql::ledger::finish, {stage,
                                          key,
                                          run,
                                          state,
                                          due,
                                          reason,
                                          args,
                                          detail,
                                          finished,
                                          {"attempt", how.attempt->value},
                                          {"uncounted", d.counted ? 0 : 1},
                                          {"uncertain", uncertain},
                                          {"absent", how.absent}}) == 1;
}

bool move_late(db::Transaction& tx, const Item& item, const Decision& d, const Finish& how, Time now) {
  if (!how.attempt || d.next == Next::uncertain || d.next == Next::held) return false;
  return tx.execute(sql::ledger::finish_late, {{"stage", item.stage},
                                               {"key", item.key},
                                               {"attempt", how.attempt->value},
                                               {"state", word(d.next)},
                                               {"due_at", d.at},
                                               {"reason", d.reason.code()},
                                               {"args", d.reason.args_json()},
                                               {"detail", text::clip(d.detail, 1000)},
                                               {"finished_at", finished_at(d, now)}}) == 1;
}

} // namespace

std::optional<int> begin(db::Transaction& tx, const Item& item, const RunId& run, const Begin& what, Time now) {
  const Credential* c = what.credential;
  const db::Value credential = c != nullptr ? db::Value(c->id.value) : db::Value();
  const auto row = tx.one(sql::ledger::begin, {{"stage", item.stage},
                                               {"key", item.key},
                                               {"run", run.value},
                                               {"attempt", what.attempt.value},
                                               {"counted", what.counted ? 1 : 0},
                                               {"credential", credential}});
  if (!row) return std::nullopt;
  const std::int64_t number = row->integer("attempts");
  tx.execute(sql::ledger::insert_attempt,
             {{"attempt", what.attempt.value},
              {"stage", item.stage},
              {"key", item.key},
              {"tenant", item.tenant.value},
              {"run", run.value},
              {"kind", what.counted ? "work" : "reconcile"},
              {"number", number},
              {"digest", text::sha256_hex(item.row.canonical())},
              {"now", now},
              {"credential", credential},
              {"owner", c != nullptr ? db::Value(std::string(owner_word(c->owner))) : db::Value()},
              {"host", what.host.empty() ? db::Value() : db::Value(what.host)}});
  return static_cast<int>(number);
}

bool arm(db::Transaction& tx, const AttemptId& attempt, const std::string& digest, Time now, Time look_after) {
  return tx.execute(sql::ledger::arm,
                    {{"attempt", attempt.value}, {"digest", digest}, {"now", now}, {"look_after", look_after}}) == 1;
}

std::optional<Attempt> attempt(db::Transaction& tx, const AttemptId& id) {
  const auto row = tx.one(sql::ledger::attempt, {{"attempt", id.value}});
  if (!row) return std::nullopt;
  Attempt out{
      .id = id, .look_after = row->maybe_time("look_after"), .credential = {}, .host = row->text_or_empty("host")};
  if (const auto credential = row->maybe_text("credential_id")) out.credential = CredentialId{*credential};
  return out;
}

int lookups(db::Transaction& tx, const Item& item) {
  return static_cast<int>(tx.one(sql::ledger::lookups, {{"stage", item.stage}, {"key", item.key}})->integer("items"));
}

Ownership finish(db::Transaction& tx, const Item& item, const Decision& d, const Result& r, const Finish& how,
                 Time now) {
  if (how.attempt) {
    end_attempt(tx, *how.attempt, d, r, now);
    book(tx, item, r, now);
  }
  Ownership ownership = Ownership::ours;
  if (!move_item(tx, item, d, how, now)) {
    if (!move_late(tx, item, d, how, now)) return Ownership::lost;
    ownership = Ownership::late;
  }
  if (!d.quota_stays) free_quota(tx, item.stage, item.key, d.quota_used);
  return ownership;
}

bool resend(db::Transaction& tx, std::string_view stage, const std::string& key, Time now) {
  return tx.execute(sql::ledger::resend,
                    {{"stage", stage}, {"key", key}, {"reason", Reason("operator.resent").code()}, {"now", now}}) == 1;
}

bool drop(db::Transaction& tx, std::string_view stage, const std::string& key, const Reason& reason, Time now) {
  if (tx.execute(
          sql::ledger::drop,
          {{"stage", stage}, {"key", key}, {"reason", reason.code()}, {"args", reason.args_json()}, {"now", now}}) != 1)
    return false;
  free_quota(tx, stage, key, false);
  return true;
}

} // namespace milkrun::ledger
