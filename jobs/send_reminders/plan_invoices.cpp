// Discover: which reminders an invoice has, and when. One row per invoice and rule, ever: what was told is never told
// again, whatever moves.
#include "base/words.hpp"
#include "base/zone.hpp"
#include "jobs/send_reminders/call_off.hpp"
#include "jobs/send_reminders/due.hpp"
#include "jobs/send_reminders/stages.hpp"
#include "sql/send_reminders_plan_invoices.hpp"

#include <algorithm>

namespace milkrun::send_reminders {
namespace {

namespace sql = milkrun::sql::send_reminders_plan_invoices;

Holidays holidays_of(const std::string& json) {
  const std::vector<std::string> days = words_in(json);
  return {days.begin(), days.end()};
}

// Nothing that lies before the rule, or before we knew of the invoice, is told afterwards.
bool is_past(const db::Row& invoice, const db::Row& rule, Time due) {
  return due < std::max(rule.time("active_since"), invoice.time("created_at"));
}

// One reminder a day: a rule that comes later, such as a tenant's own in place of one that ships, does not tell anew
// what was told that day or by a later step.
bool is_told(const db::Row& invoice, const db::Rows& reminders, Time due) {
  const auto date = [&](Time t) { return zone::local_date(invoice.text("timezone"), t); };
  return std::ranges::any_of(reminders, [&](const db::Row& one) {
    return one.text("state") == "told" && date(one.time("due_at")) >= date(due);
  });
}

void add(Discovery& d, const db::Row& invoice, const db::Row& rule, const db::Rows& reminders, Time due) {
  const TenantId tenant{invoice.text("tenant_id")};
  const std::string id = new_id();
  std::string why;
  if (is_past(invoice, rule, due))
    why = Reason("reminder.past").code();
  else if (is_told(invoice, reminders, due))
    why = Reason("reminder.newer").code();
  const bool added = d.tx.execute(sql::add, {{"id", id},
                                             {"tenant", tenant.value},
                                             {"invoice", invoice.text("id")},
                                             {"rule", rule.text("id")},
                                             {"contact", invoice.text("contact_id")},
                                             {"currency", invoice.text("currency")},
                                             {"due_at", due},
                                             {"state", why.empty() ? "planned" : "skipped"},
                                             {"reason", why}}) == 1;
  if (added && why.empty()) d.enqueue("plan-reminder", key_of(id, 0), tenant, due);
}

// Under a key of its own, so that it comes when it is due now, however long the old one would have slept. What an
// operator had told after its moment is not past again because the invoice changed. What has ended by a date that was
// wrong comes back where its moment is still to come, or is not too long ago.
void move(Discovery& d, const db::Row& invoice, const db::Row& rule, const db::Row& reminder, Time due) {
  if (const auto not_before = reminder.maybe_time("not_before")) due = std::max(due, *not_before);
  const TenantId tenant{invoice.text("tenant_id")};
  const db::Param of("tenant", tenant.value), id("id", reminder.text("id")), at("due_at", due),
      contact("contact", invoice.text("contact_id")), currency("currency", invoice.text("currency"));
  const bool waits = reminder.text("state") == "planned";
  if (!waits && (due + patience <= d.now || is_past(invoice, rule, due))) {
    d.tx.execute(sql::correct, {of, id, at, contact, currency});
    return;
  }
  if ((waits ? d.tx.execute(sql::move, {of, id, at, {"now", d.now}, contact, currency})
             : d.tx.execute(sql::revive, {of, id, at, contact, currency})) == 1)
    d.enqueue("plan-reminder", key_of(reminder.text("id"), reminder.integer("turn") + 1), tenant, due);
}

void plan(Discovery& d, const db::Row& invoice) {
  const TenantId tenant{invoice.text("tenant_id")};
  const db::Param id("invoice", invoice.text("id"));
  for (const db::Row& reminder : d.tx.query(sql::reminders, {id}))
    if (reminder.text("state") == "told") call_off(d.tx, d.enqueue, tenant, reminder.text("message_id"));
  if (invoice.text("status") == "open") {
    const db::Rows reminders = d.tx.query(sql::reminders, {id});
    const Holidays holidays = holidays_of(invoice.text("holidays"));
    for (const db::Row& rule :
         d.tx.query(sql::rules, {{"tenant", tenant.value}, {"own", invoice.flag("own_rules")}, id})) {
      const auto due = reminder_moment(invoice.text("timezone"), invoice.text("due_on"),
                                       {.offset_days = rule.integer("offset_days"),
                                        .at = zone::clock_minutes(rule.text("at")).value_or(0),
                                        .business_days = rule.flag("business_days")},
                                       holidays);
      if (!due) continue; // a year of nothing but holidays
      const auto there =
          std::ranges::find_if(reminders, [&](const db::Row& one) { return one.text("rule_id") == rule.text("id"); });
      if (there == reminders.end())
        add(d, invoice, rule, reminders, *due);
      else if (there->text("state") != "told")
        move(d, invoice, rule, *there, *due);
    }
  }
  d.tx.execute(sql::planned, {{"tenant", tenant.value}, {"id", invoice.text("id")}});
}

} // namespace

std::size_t discover_invoices(Discovery& d) {
  const db::Rows fresh = d.tx.query(
      sql::unplanned,
      {{"only", d.only ? d.only->value : ""}, {"now", d.now}, {"chunk", static_cast<std::int64_t>(d.chunk)}});
  for (const db::Row& invoice : fresh)
    d.one(
        {invoice.text("tenant_id")}, [&] { plan(d, invoice); },
        [&](Time until) { d.tx.execute(sql::put_off, {{"id", invoice.text("id")}, {"until", until}}); });
  return fresh.size();
}

} // namespace milkrun::send_reminders
