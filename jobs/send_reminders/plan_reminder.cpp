// plan-reminder: a reminder whose moment has come becomes a line of a message, with all else that the contact is to be
// told that day, or it never will. No network: the outbox and deliver do the rest.
#include "base/zone.hpp"
#include "jobs/send_reminders/group.hpp"
#include "jobs/send_reminders/stages.hpp"
#include "outreach/compose.hpp"
#include "outreach/contact.hpp"
#include "outreach/reach.hpp"
#include "outreach/wording.hpp"
#include "sql/send_reminders_plan_invoices.hpp"
#include "sql/send_reminders_plan_reminder.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::send_reminders {
namespace {

namespace sql = milkrun::sql::send_reminders_plan_reminder;

constexpr Millis rest{3'600'000};
constexpr Millis punctual{3'600'000}; // what is later than this looks at the clock on the contact's wall
constexpr zone::Window decent{.from = 8 * 60, .until = 21 * 60};

outreach::InvoiceLine line_of(const db::Row& row) {
  return {.number = row.text("number"),
          .currency = row.text("currency"),
          .exponent = static_cast<int>(row.integer("exponent")),
          .amount = row.integer("amount_minor"),
          .outstanding = outstanding(row),
          .due_on = row.text("due_on"),
          .payment_link = row.text("payment_link")};
}

// `contact` tells who reads it, `level` which rule speaks. message.cannot says why it cannot be written.
void compose(outreach::NewMessage& message, const db::Row& contact, const db::Row& level,
             const std::vector<const db::Row*>& told, Time now) {
  const std::string& language = outreach::language_of_contact(contact);
  outreach::ReminderStory story{.contact_name = contact.text("contact_name"),
                                .tenant_name = contact.text("tenant_name"),
                                .today = zone::local_date(contact.text("tenant_timezone"), now),
                                .invoices = {}};
  for (const db::Row* row : told) story.invoices.push_back(line_of(*row));
  const std::int64_t offset = level.integer("offset_days");
  std::string text = outreach::pick(level.text("text"), language, contact.text("tenant_language")),
              subject = outreach::pick(level.text("subject"), language, contact.text("tenant_language"));
  if (text.empty()) text = outreach::shipped_reminder(language.empty() ? "en" : language, offset);
  if (subject.empty()) subject = outreach::shipped_subject(language.empty() ? "en" : language, offset);
  outreach::compose(message,
                    {.text = text,
                     .subject = subject,
                     .template_name = level.text("template_name"),
                     .template_language = level.text("template_language"),
                     .template_values = level.text("template_values")},
                    outreach::reminder_values(story, language));
}

outreach::NewMessage blank(const Item& item, Time now) {
  return {.origin = item.key,
          .tenant = item.tenant,
          .contact = item.row.text("contact_id"),
          .kind = outreach::Class::transactional,
          .text = {},
          .expires_at = now + patience};
}

// What stands in the way of telling, although the reminder itself is right.
std::optional<Snooze> obstacle(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (const auto last = row.maybe_time("reminded_at")) {
    const Time again = *last + Millis(row.integer("reminder_gap_hours") * 3'600'000);
    if (now < again) return Snooze{again, "the contact was reminded a short while ago"};
  }
  if (now >= row.time("due_at") + punctual)
    if (const auto opens = zone::next_opening(outreach::zone_of_contact(row), decent, now))
      return Snooze{*opens, "it is late, and night where the contact is"};
  if (outreach::channels_to(row, row.text("channels"), outreach::Class::transactional, now).empty())
    return Snooze{now + rest, "no channel reaches the contact"};
  outreach::NewMessage trial = blank(item, now);
  compose(trial, row, row, {&row}, now);
  if (!trial.cannot.empty()) return Snooze{now + rest, trial.cannot};
  return std::nullopt;
}

Verdict gate(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (row.text("reminder_state") != "planned" || item.slot() != std::to_string(row.integer("turn")))
    return Cancel{"told, or ended, already"};
  if (row.time("due_at") > now) return Snooze{row.time("due_at"), "not before its moment"};
  if (!row.flag("tenant_active")) return Snooze{now + rest, "the tenant is not active"};
  const Judged judged = judge(row, now);
  if (judged.fate == Fate::wait) return Snooze{judged.until, judged.reason};
  if (judged.fate != Fate::tell) return Go{};
  if (auto wait = obstacle(item, now)) return *std::move(wait);
  return Go{};
}

Plan plan(const Item&, Time) { return {}; }

// All of the group in one message. False when this reminder is not in it, or it cannot be written or sent.
bool tell(Settling& s, const Item& item, const Group& all) {
  const db::Row& row = item.row;
  const auto is_own = [&](const db::Row* one) { return one->text("reminder_id") == row.text("reminder_id"); };
  if (std::ranges::none_of(all.told, is_own)) return false;
  outreach::NewMessage message = blank(item, s.now);
  compose(message, row, *all.level, all.told, s.now);
  const std::vector<std::string> channels =
      outreach::channels_to(row, all.level->text("channels"), outreach::Class::transactional, s.now);
  if (channels.empty() || !message.cannot.empty()) return false;
  message.channel = channels.front();
  message.fallback.assign(channels.begin() + 1, channels.end());
  const std::string id = outreach::post(s, message);
  if (id.empty()) return false;
  const db::Param tenant("tenant", item.tenant.value);
  for (const db::Row* one : all.told)
    s.tx.execute(sql::told, {tenant, {"id", one->text("reminder_id")}, {"message", id}});
  return true;
}

// What the gate let through and the group does not: it stays planned, and comes again under a key of its own.
void again(Settling& s, const Item& item) {
  if (s.tx.execute(sql::again, {{"tenant", item.tenant.value}, {"id", item.row.text("reminder_id")}}) == 1)
    s.enqueue("plan-reminder",
              fmt::format("reminder:{}:{}", item.row.text("reminder_id"), item.row.integer("turn") + 1), item.tenant,
              s.now + rest);
}

void settle(Settling& s, const Item& item, const Result&) {
  if (s.next != Next::done) return;
  const db::Row& row = item.row;
  const db::Param tenant("tenant", item.tenant.value);
  const std::string& zone_name = row.text("tenant_timezone");
  const Time day_end = zone::slot_at(zone_name, zone::Frequency::daily, s.now).end;
  const db::Rows rows = s.tx.query(
      sql::of_the_day,
      {tenant, {"contact", row.text("contact_id")}, {"currency", row.text("currency")}, {"day_end", day_end}});
  const Group all = group(rows, s.now);
  for (const Group::Ended& one : all.ended)
    s.tx.execute(sql::ended, {tenant,
                              {"id", one.reminder},
                              {"state", one.fate == Fate::expire ? "expired" : "skipped"},
                              {"reason", one.reason}});
  const std::string& own = row.text("reminder_id");
  if (std::ranges::find(all.ended, own, &Group::Ended::reminder) == all.ended.end() && !tell(s, item, all))
    again(s, item);
}

// Nothing is called: planned where it is admitted.
Result work(const Item&, const Credentials&, const Outside&) { return {Outcome(Done{})}; }

} // namespace

Stage plan_reminder() {
  return {.name = "plan-reminder",
          .load = sql::load,
          .discover = discover_invoices,
          .undiscovered = &milkrun::sql::send_reminders_plan_invoices::any,
          .plan = plan,
          .gate = gate,
          .work = work,
          .settle = settle,
          .repeats = true};
}

} // namespace milkrun::send_reminders
