// plan-reminder: a reminder whose moment has come becomes a line of a message, with all else that the contact is to be
// told that day, or it never will. No network: the outbox and deliver do the rest.
#include "base/zone.hpp"
#include "jobs/send_reminders/call_off.hpp"
#include "jobs/send_reminders/group.hpp"
#include "jobs/send_reminders/stages.hpp"
#include "outreach/contact.hpp"
#include "outreach/letters.hpp"
#include "outreach/reach.hpp"
#include "sql/send_reminders_plan_invoices.hpp"
#include "sql/send_reminders_plan_reminder.hpp"

#include <algorithm>

namespace milkrun::send_reminders {
namespace {

namespace sql = milkrun::sql::send_reminders_plan_reminder;

constexpr Millis rest{3'600'000};
constexpr Millis punctual{3'600'000}; // what is later than this looks at the clock on the contact's wall
constexpr zone::Window decent{.from = 8 * 60, .until = 21 * 60};

outreach::NewMessage blank(const Item& item, Time expires_at) {
  return {.origin = item.key.text(),
          .tenant = item.tenant,
          .contact = item.row.text("contact_id"),
          .kind = outreach::Class::transactional,
          .text = {},
          .expires_at = expires_at};
}

Verdict is_waiting(const Item& item, Time) {
  const db::Row& row = item.row;
  if (row.text("reminder_state") != "planned" || item.key.part != std::to_string(row.integer("turn")))
    return Cancel{"reminder.ended"};
  return Go{};
}

Verdict is_due(const Item& item, Time now) {
  if (item.row.time("due_at") > now) return Snooze{item.row.time("due_at"), "reminder.not_yet"};
  return Go{};
}

Verdict tenant_may(const Item& item, Time now) {
  if (!item.row.flag("tenant_active")) return Snooze{now + rest, "tenant.inactive", "tenant"};
  return Go{};
}

Verdict is_right(const Item& item, Time now) {
  const Judged judged = judge(item.row, now);
  if (judged.fate == Fate::wait) return Snooze{judged.until, judged.reason};
  return Go{};
}

// What is to be skipped or has expired meets no obstacle: it is ended at once.
bool is_told(const db::Row& row, Time now) { return judge(row, now).fate == Fate::tell; }

Verdict after_gap(const Item& item, Time now) {
  const auto last = item.row.maybe_time("reminded_at");
  if (!last || !is_told(item.row, now)) return Go{};
  const Time again = *last + Millis(item.row.integer("reminder_gap_hours") * 3'600'000);
  if (now < again) return Snooze{again, "reminder.gap"};
  return Go{};
}

Verdict by_day(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (now < row.time("due_at") + punctual || !is_told(row, now)) return Go{};
  if (const auto opens = zone::next_opening(outreach::zone_of_contact(row), decent, now))
    return Snooze{*opens, "reminder.night"};
  return Go{};
}

std::vector<std::string> channels_of(const Item& item, const db::Row& one, Time now) {
  return outreach::channels_to(item.row, one.text("channels"), outreach::Class::transactional, now);
}

Verdict is_reachable(const Item& item, Time now) {
  if (is_told(item.row, now) && channels_of(item, item.row, now).empty())
    return Snooze{now + rest, "reminder.no_channel"};
  return Go{};
}

Verdict is_writable(const Item& item, Time now) {
  if (!is_told(item.row, now)) return Go{};
  outreach::NewMessage trial = blank(item, too_late(item.row));
  if (const auto by = channels_of(item, item.row, now); !by.empty()) trial.channel = by.front();
  outreach::write_reminder(trial, item.row, item.row, {&item.row}, now);
  if (!trial.cannot.empty()) return Snooze{now + rest, Reason("reminder.unwritable").about(trial.cannot)};
  return Go{};
}

constexpr milkrun::Rule rules[] = {{"state", is_waiting},   {"moment", is_due},   {"tenant", tenant_may},
                                   {"invoice", is_right},   {"gap", after_gap},   {"day", by_day},
                                   {"reach", is_reachable}, {"text", is_writable}};

Plan plan(const Item&, Time) { return {}; }

bool can_be_written(const Item& item, const db::Row& rule, const std::vector<const db::Row*>& told,
                    const std::string& channel, Time now) {
  outreach::NewMessage trial = blank(item, too_late(*told.front()));
  trial.channel = channel;
  outreach::write_reminder(trial, item.row, rule, told, now);
  return trial.cannot.empty();
}

bool is_own(const Item& item, const db::Row* one) { return one->text("reminder_id") == item.row.text("reminder_id"); }

// Together they may be more than one text or one sum holds: then half of them go, this one among them, or a half of
// that. The others have a turn of their own.
void keep_what_fits(const Item& item, Group& all, const std::string& channel, Time now) {
  const auto number = [](const db::Row* one) { return one->text("number"); };
  while (all.told.size() > 1 && !can_be_written(item, *all.level, all.told, channel, now)) {
    std::ranges::stable_partition(all.told, [&](const db::Row* one) { return is_own(item, one); });
    all.told.resize(all.told.size() / 2);
    std::ranges::sort(all.told, {}, number);
    all.level = furthest(all.told);
  }
}

// Of the group those that go by the same channel as this one, and that can be written. The others have a turn of their
// own: one that lacks a link must not take from the others what they have.
void keep_with(const Item& item, Group& all, Time now) {
  const std::vector<std::string> own = channels_of(item, item.row, now);
  const std::string by = own.empty() ? "" : own.front();
  std::erase_if(all.told, [&](const db::Row* one) {
    const std::vector<std::string> its = channels_of(item, *one, now);
    return own.empty() || its.empty() || its.front() != by || !can_be_written(item, *one, {one}, by, now);
  });
  all.level = furthest(all.told);
  std::erase_if(all.told, [&](const db::Row* one) { return !can_be_written(item, *all.level, {one}, by, now); });
  keep_what_fits(item, all, by, now);
}

// By what channels they all may go.
std::vector<std::string> common_channels(const Item& item, const Group& all, Time now) {
  std::vector<std::string> out = channels_of(item, *all.level, now);
  for (const db::Row* one : all.told)
    std::erase_if(out,
                  [&](const std::string& by) { return std::ranges::count(channels_of(item, *one, now), by) == 0; });
  return out;
}

// All of the group in one message. False when this reminder is not in it, or it cannot be written or sent.
bool tell(Settling& s, const Item& item, const Group& all) {
  const db::Row& row = item.row;
  if (std::ranges::none_of(all.told, [&](const db::Row* one) { return is_own(item, one); })) return false;
  // When the first of them is too late the others are told without it (deliver plans them anew).
  outreach::NewMessage message = blank(
      item, too_late(**std::ranges::min_element(all.told, {}, [](const db::Row* one) { return too_late(*one); })));
  const std::vector<std::string> channels = common_channels(item, all, s.now);
  if (channels.empty()) return false;
  message.channel = channels.front();
  message.fallback.assign(channels.begin() + 1, channels.end());
  outreach::write_reminder(message, row, *all.level, all.told, s.now);
  if (!message.cannot.empty()) return false;
  const std::string id = outreach::post(s, message);
  if (id.empty()) return false;
  const db::Param tenant("tenant", item.tenant.value);
  for (const db::Row* one : all.told)
    s.tx.execute(sql::told, {tenant, {"id", one->text("reminder_id")}, {"message", id}});
  return true;
}

// What the gate let through and the group does not: it stays planned, and comes again under a key of its own.
void again(Settling& s, const Item& item) {
  const std::string& row_id = item.row.text("reminder_id");
  if (s.tx.execute(sql::again, {{"tenant", item.tenant.value}, {"id", row_id}}) == 1)
    s.enqueue("plan-reminder", key_of(row_id, item.row.integer("turn") + 1), item.tenant, s.now + rest);
}

void settle(Settling& s, const Item& item, const Result&) {
  if (s.next != Next::done) return;
  const db::Row& row = item.row;
  const db::Param tenant("tenant", item.tenant.value);
  const std::string &zone_name = row.text("tenant_timezone"), &contact = row.text("contact_id"),
                    &currency = row.text("currency");
  // What could not leave so far goes out with this, in one message and by the newest rule.
  if (is_told(row, s.now)) call_off_waiting(s.tx, s.enqueue, item.tenant, contact, currency);
  const Time day_end = zone::slot_at(zone_name, zone::Frequency::daily, s.now).end;
  const db::Rows rows =
      s.tx.query(sql::of_the_day, {tenant, {"contact", contact}, {"currency", currency}, {"day_end", day_end}});
  Group all = group(rows, s.now);
  const std::string& own = row.text("reminder_id");
  const Judged now = judge(row, s.now);
  for (Group::Ended& one : all.ended) {
    // Its own row of the ledger says already that it is done, and no longer what it waited for.
    if (one.reminder == own && one.fate == now.fate) one.reason = now.reason;
    s.tx.execute(sql::ended, {tenant,
                              {"id", one.reminder},
                              {"state", one.fate == Fate::expire ? "expired" : "skipped"},
                              {"reason", one.reason.code()},
                              {"args", one.reason.args_json()}});
  }
  if (std::ranges::find(all.ended, own, &Group::Ended::reminder) != all.ended.end()) return;
  keep_with(item, all, s.now);
  if (!tell(s, item, all)) again(s, item);
}

} // namespace

Stage plan_reminder() {
  return {.name = "plan-reminder",
          .load = sql::load,
          .discover = discover_invoices,
          .undiscovered = &milkrun::sql::send_reminders_plan_invoices::any,
          .plan = plan,
          .rules = rules,
          .settle = settle}; // no work: settled where it is admitted
}

} // namespace milkrun::send_reminders
