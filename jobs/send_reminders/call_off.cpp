#include "jobs/send_reminders/call_off.hpp"

#include "jobs/send_reminders/stages.hpp"
#include "sql/send_reminders_call_off.hpp"

#include <optional>

namespace milkrun::send_reminders {

namespace sql = milkrun::sql::send_reminders_call_off;

Key key_of(const std::string& reminder, std::int64_t turn) { return {"reminder", reminder, std::to_string(turn)}; }

namespace {

// Nothing is left to ask for in it.
std::optional<Reason> closed_by(db::Transaction& tx, const db::Param& message) {
  const auto row = tx.one(sql::invoices_in, {message});
  if (!row || row->null("status") || row->integer("still_open") > 0) return std::nullopt;
  return Reason("reminder.closed", {row->text("status")});
}

} // namespace

void call_off(db::Transaction& tx, const Enqueue& enqueue, const TenantId& tenant, const std::string& message) {
  const db::Param of("tenant", tenant.value), id("message", message);
  const Reason outdated("message.outdated"), why = closed_by(tx, id).value_or(outdated);
  if (tx.execute(sql::call_off, {of, id, {"reason", why.code()}, {"args", why.args_json()}}) == 0) {
    tx.execute(sql::outdate, {of, id, {"reason", outdated.code()}});
    return;
  }
  for (const db::Row& one : tx.query(sql::in_message, {id}))
    enqueue("plan-reminder", key_of(one.text("id"), one.integer("turn") + 1), tenant, one.time("due_at"));
  tx.execute(sql::reopen, {id});
}

void call_off_waiting(db::Transaction& tx, const Enqueue& enqueue, const TenantId& tenant, const std::string& contact,
                      const std::string& currency) {
  for (const db::Row& one : tx.query(sql::waiting, {{"contact", contact}, {"currency", currency}}))
    call_off(tx, enqueue, tenant, one.text("id"));
}

} // namespace milkrun::send_reminders
