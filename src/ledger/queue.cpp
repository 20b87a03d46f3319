// Putting rows into the ledger, finding those that are due, and moving them on.
#include "ledger/queue.hpp"

#include "base/text.hpp"
#include "sql/queue.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace milkrun::ledger {
namespace {

constexpr int largest_group = 32; // of suspects after a first crash

bool final_state(Next n) { return n == Next::done || n == Next::cancelled || n == Next::discarded; }

db::Value finished_at(const Decision& d, Time now) { return final_state(d.next) ? db::Value(to_ms(now)) : db::Value(); }

std::string clipped(const std::string& detail) { return text::clip(detail, 1000); }

// `tenant` "": everybody's.
std::int64_t wake_some(db::Transaction& tx, const std::string& tenant, std::string_view waits_for, Time now) {
  if (tenant.empty())
    return tx.execute(sql::queue::wake_all, {{"waits_for", waits_for}, {"now", now}, {"limit", most_woken}});
  return tx.execute(sql::queue::wake,
                    {{"tenant", tenant}, {"waits_for", waits_for}, {"now", now}, {"limit", most_woken}});
}

std::string only_or_any(const std::optional<TenantId>& only) { return only ? only->value : std::string(); }

std::vector<Candidate> rows_of(const db::Rows& rows) {
  std::vector<Candidate> out;
  out.reserve(rows.size());
  for (const db::Row& r : rows) {
    Candidate c{.key = Key::parse(r.text("key")),
                .tenant = {r.text("tenant_id")},
                .uncertain = r.text("state") == "uncertain",
                .due_at = r.time("due_at"),
                .attempts = static_cast<int>(r.integer("attempts")),
                .crashes = static_cast<int>(r.integer("crashes")),
                .suspects = static_cast<int>(r.integer("suspects")),
                .alone = static_cast<int>(r.integer("alone")),
                .absent = static_cast<int>(r.integer("absent")),
                .lookups = static_cast<int>(r.integer("lookups")),
                .turn = r.integer("turn"),
                .uncertain_turn = r.maybe_integer("uncertain_turn").value_or(0),
                .place_at = r.maybe_time("place_at"),
                .look_after = r.maybe_time("look_after"),
                .credential = {},
                .host = r.text_or_empty("host"),
                .reserved = quota_of(r.text("quota"))};
    if (auto credential = r.maybe_text("credential_id")) c.credential = CredentialId{std::move(*credential)};
    out.push_back(std::move(c));
  }
  return out;
}

} // namespace

std::string quota_text(const std::vector<Reserved>& reserved) {
  std::string out;
  for (const Reserved& r : reserved)
    out += fmt::format("{}|{}|{}{}\n", r.meter, r.period, r.estimate ? "~" : r.limited ? "" : "+", r.amount);
  return out;
}

std::vector<Reserved> quota_of(std::string_view text) {
  std::vector<Reserved> out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t first = line.find('|'), last = line.rfind('|');
    if (first == std::string_view::npos || first == last || last + 1 == line.size()) continue;
    const char mark = line[last + 1];
    Reserved r{.meter = std::string(line.substr(0, first)),
               .period = std::string(line.substr(first + 1, last - first - 1)),
               .amount = 0,
               .limited = mark != '+',
               .estimate = mark == '~'};
    std::from_chars(line.data() + last + (mark == '+' || mark == '~' ? 2 : 1), line.data() + line.size(), r.amount);
    out.push_back(std::move(r));
  }
  return out;
}

void enqueue(db::Transaction& tx, std::string_view stage, const Key& key, const TenantId& tenant, Time due_at,
             Rank rank, Time now) {
  tx.execute(sql::queue::enqueue, {{"stage", stage},
                                   {"key", key.text()},
                                   {"tenant", tenant.value},
                                   {"due_at", due_at},
                                   {"behind", rank == Rank::behind},
                                   {"now", now}});
}

void hasten(db::Transaction& tx, std::string_view stage, const Key& key, Time due_at) {
  tx.execute(sql::queue::hasten, {{"stage", stage}, {"key", key.text()}, {"due_at", due_at}});
}

void wake(db::Transaction& tx, const TenantId& tenant, std::string_view waits_for, Time now) {
  if (wake_some(tx, tenant.value, waits_for, now) == most_woken)
    tx.execute(sql::queue::wake_later, {{"tenant", tenant.value}, {"waits_for", waits_for}});
}

void wake_all(db::Transaction& tx, std::string_view waits_for, Time now) {
  if (wake_some(tx, "", waits_for, now) == most_woken)
    tx.execute(sql::queue::wake_later, {{"tenant", ""}, {"waits_for", waits_for}});
}

bool wakes_left(db::Transaction& tx) { return tx.one(sql::queue::next_wake).has_value(); }

bool wake_more(db::Transaction& tx, Time now) {
  const auto next = tx.one(sql::queue::next_wake);
  if (!next) return false;
  const std::string tenant = next->text("tenant_id"), waits_for = next->text("waits_for");
  if (wake_some(tx, tenant, waits_for, now) < most_woken)
    tx.execute(sql::queue::woken, {{"tenant", tenant}, {"waits_for", waits_for}});
  return true;
}

std::vector<TenantDue> tenants_due(db::Transaction& tx, std::string_view stage, Rank rank, const std::string& after,
                                   Time now, int limit) {
  std::vector<TenantDue> out;
  for (const db::Row& r :
       tx.query(sql::queue::tenants_due,
                {{"stage", stage}, {"behind", rank == Rank::behind}, {"after", after}, {"now", now}, {"limit", limit}}))
    out.push_back({{r.text("tenant_id")}, r.flag("due")});
  return out;
}

TenantId some_tenant(db::Transaction& tx, double chance) {
  const auto all = tx.one(sql::queue::tenants)->integer("tenants");
  const auto row =
      tx.one(sql::queue::tenant_at, {{"place", static_cast<std::int64_t>(chance * static_cast<double>(all))}});
  return {row ? row->text("id") : std::string()};
}

std::optional<Time> next_due(db::Transaction& tx, std::string_view stage, const std::optional<TenantId>& only) {
  if (!only) return tx.one(sql::queue::next_due, {{"stage", stage}})->maybe_time("due_at");
  std::optional<Time> next;
  for (const TenantId& tenant : {*only, operator_tenant})
    if (const auto at =
            tx.one(sql::queue::next_due_of, {{"stage", stage}, {"tenant", tenant.value}})->maybe_time("due_at");
        at && (!next || *at < *next))
      next = at;
  return next;
}

std::vector<Candidate> candidates(db::Transaction& tx, std::string_view stage, Rank rank, const TenantId& tenant,
                                  Time now, int limit, int skip) {
  return rows_of(tx.query(sql::queue::candidates, {{"stage", stage},
                                                   {"behind", rank == Rank::behind},
                                                   {"tenant", tenant.value},
                                                   {"now", now},
                                                   {"limit", limit},
                                                   {"skip", skip}}));
}

std::vector<Candidate> suspects(db::Transaction& tx, std::string_view stage, const std::optional<TenantId>& only,
                                Time now, int limit) {
  return rows_of(
      tx.query(sql::queue::suspects, {{"stage", stage}, {"only", only_or_any(only)}, {"now", now}, {"limit", limit}}));
}

int next_group(int before, int together) {
  return std::clamp((before > 0 ? std::min(before, together) : together) / 2, 1, largest_group);
}

bool suspect(db::Transaction& tx, std::string_view stage, const Candidate& row) {
  return tx.execute(sql::queue::suspect, {{"stage", stage},
                                          {"key", row.key.text()},
                                          {"turn", row.turn},
                                          {"crashes", row.crashes},
                                          {"suspects", row.suspects},
                                          {"alone", row.alone}}) == 1;
}

std::optional<Candidate> candidate(db::Transaction& tx, std::string_view stage, const Key& key) {
  std::vector<Candidate> one = rows_of(tx.query(sql::queue::candidate, {{"stage", stage}, {"key", key.text()}}));
  return one.empty() ? std::nullopt : std::optional(std::move(one.front()));
}

Standing standing(db::Transaction& tx, std::string_view stage, const Key& key) {
  const auto row = tx.one(sql::queue::by_key, {{"stage", stage}, {"key", key.text()}});
  return row ? Standing{row->text("state"), row->text("reason")} : Standing{};
}

bool take(db::Transaction& tx, std::string_view stage, const Candidate& row, const Take& how, Time now) {
  const Credential* c = how.credential;
  const db::Value kept = row.uncertain && row.credential ? db::Value(row.credential->value) : db::Value();
  return tx.execute(sql::queue::take, {{"stage", stage},
                                       {"key", row.key.text()},
                                       {"run", how.run.value},
                                       {"turn", row.turn},
                                       {"kind", row.uncertain ? "reconcile" : "work"},
                                       {"now", now},
                                       {"armed_at", how.armed_until ? db::Value(to_ms(now)) : db::Value()},
                                       {"look_after", db::value(row.uncertain ? row.look_after : how.armed_until)},
                                       {"credential", c != nullptr ? db::Value(c->id.value) : kept},
                                       {"owner", c != nullptr ? db::Value(std::string(word(c->owner))) : db::Value()},
                                       {"host", how.host.empty() ? db::Value() : db::Value(how.host)},
                                       {"quota", quota_text(how.reserved)},
                                       {"counted", how.counted}}) == 1;
}

bool arm(db::Transaction& tx, std::string_view stage, const Key& key, const RunId& run, std::int64_t turn, Time now,
         Time look_after) {
  return tx.execute(sql::queue::arm, {{"stage", stage},
                                      {"key", key.text()},
                                      {"run", run.value},
                                      {"turn", turn},
                                      {"now", now},
                                      {"look_after", look_after}}) == 1;
}

bool is_ours(db::Transaction& tx, std::string_view stage, const Key& key, const RunId& run, std::int64_t turn) {
  return !tx.query(sql::queue::is_ours, {{"stage", stage}, {"key", key.text()}, {"run", run.value}, {"turn", turn}})
              .empty();
}

void put_off(db::Transaction& tx, std::string_view stage, const Candidate& row, const Decision& d,
             std::optional<Time> place_at, Time now) {
  tx.execute(sql::queue::put_off, {{"stage", stage},
                                   {"key", row.key.text()},
                                   {"turn", row.turn},
                                   {"state", word(d.next)},
                                   {"due_at", d.at},
                                   {"reason", d.reason.code()},
                                   {"args", d.reason.args_json()},
                                   {"detail", clipped(d.detail)},
                                   {"waits_for", d.waits_for},
                                   {"place_at", db::value(place_at)},
                                   {"quota", d.quota_stays ? quota_text(row.reserved) : std::string()},
                                   {"finished_at", finished_at(d, now)}});
}

void looked_at(db::Transaction& tx, std::string_view stage, const Candidate& row) {
  tx.execute(sql::queue::looked_at, {{"stage", stage}, {"key", row.key.text()}});
}

Ownership finish(db::Transaction& tx, std::string_view stage, const Key& key, const Decision& d, const Finish& how,
                 Time now) {
  const bool keep = d.next == Next::uncertain || d.next == Next::held;
  const db::Param in("stage", stage), of("key", key.text()), turn("turn", how.turn), state("state", word(d.next)),
      due("due_at", d.at), reason("reason", d.reason.code()), args("args", d.reason.args_json()),
      detail("detail", clipped(d.detail)), waits("waits_for", d.waits_for),
      finished("finished_at", finished_at(d, now)),
      quota("quota", d.quota_stays ? quota_text(how.reserved) : std::string());
  const db::Value uncertain = keep ? db::Value(how.uncertain_turn != 0 ? how.uncertain_turn : how.turn) : db::Value();
  if (tx.execute(sql::queue::finish, {in,
                                      of,
                                      turn,
                                      state,
                                      due,
                                      reason,
                                      args,
                                      detail,
                                      waits,
                                      finished,
                                      quota,
                                      {"run", how.run.value},
                                      {"uncounted", d.counted ? 0 : 1},
                                      {"uncertain_turn", uncertain},
                                      {"absent", how.absent},
                                      {"lookups", how.lookups}}) == 1)
    return Ownership::ours;
  if (keep) return Ownership::lost;
  const bool late = tx.execute(sql::queue::finish_late,
                               {in, of, turn, state, due, reason, args, detail, waits, finished, quota}) == 1;
  return late ? Ownership::late : Ownership::lost;
}

std::int64_t held(db::Transaction& tx, std::string_view stage) {
  return tx.one(sql::queue::held_count, {{"stage", stage}})->integer("items");
}

bool resend(db::Transaction& tx, std::string_view stage, const Key& key, Time now) {
  return tx.execute(sql::queue::resend, {{"stage", stage}, {"key", key.text()}, {"now", now}}) == 1;
}

bool retry(db::Transaction& tx, std::string_view stage, const Key& key, Time now) {
  return tx.execute(sql::queue::retry, {{"stage", stage}, {"key", key.text()}, {"now", now}}) == 1;
}

bool look_now(db::Transaction& tx, std::string_view stage, const Key& key, Time now) {
  return tx.execute(sql::queue::look_now, {{"stage", stage}, {"key", key.text()}, {"now", now}}) == 1;
}

bool decide_held(db::Transaction& tx, std::string_view stage, const Key& key, Next next, const Reason& reason,
                 const std::string& detail, std::vector<Reserved>& reserved, Time now) {
  const auto row = tx.one(sql::queue::by_key, {{"stage", stage}, {"key", key.text()}});
  if (!row || row->text("state") != "held") return false;
  reserved = quota_of(row->text("quota"));
  return tx.execute(sql::queue::decide, {{"stage", stage},
                                         {"key", key.text()},
                                         {"state", word(next)},
                                         {"reason", reason.code()},
                                         {"detail", detail},
                                         {"now", now}}) == 1;
}

} // namespace milkrun::ledger
