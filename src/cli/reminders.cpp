// `milkrun reminders`: what became of each. And backfill: a rule that is switched on tells nothing of the past by
// itself; an operator may have the latest step of each open invoice told after all, at the rule's next hour. Whether it
// is right to do so is then asked as of every other reminder.
#include "sql/reminders.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/show.hpp"
#include "cli/which.hpp"
#include "ledger/queue.hpp"

#include <fmt/format.h>

namespace milkrun::cli {
namespace {

constexpr std::int64_t page = 500; // invoices a transaction: runs get their turn in between
constexpr std::size_t most_told = 100;

struct Told {
  std::string number, who, rule, at; // at: UTC
  std::int64_t days_over = 0;        // after the due date, by then
};

struct Pass {
  std::string after; // the last invoice looked at
  bool more = true;
  std::vector<Told> told;
};

// The next time the wall clock of the tenant shows the rule's hour.
Time next_hour(const db::Row& row, Time now) {
  const std::string& zone_name = row.text("timezone");
  const int minutes = zone::clock_minutes(row.text("at")).value_or(600);
  const std::string today = zone::local_date(zone_name, now);
  for (int day = 0; day < 3; ++day) // a date may be missing where a zone moved over the date line
    if (const auto date = zone::plus_days(today, day))
      if (const auto at = zone::instant_at(zone_name, *date, minutes); at && *at >= now) return *at;
  return now;
}

void tell(db::Transaction& tx, const TenantId& tenant, const db::Row& row, const BackfillArgs& args, Time now,
          Pass& pass) {
  const Time at = next_hour(row, now);
  const std::string& id = row.text("reminder_id");
  if (!args.dry_run) {
    const std::int64_t turn = row.integer("turn");
    if (tx.execute(sql::reminders::plan, {{"tenant", tenant.value}, {"id", id}, {"turn", turn}, {"at", at}}) != 1)
      return;
    ledger::enqueue(tx, "plan-reminder", Key{"reminder", id, std::to_string(turn + 1)}, tenant, at, Rank::first, now);
    ledger::record(tx, who(args.by),
                   {.verb = "reminders backfill",
                    .key = Key{"reminder", id, std::to_string(turn + 1)}.text(),
                    .tenant = tenant,
                    .from = "skipped",
                    .to = "planned",
                    .note = row.text("number")},
                   now);
  }
  pass.told.push_back({row.text("number"), row.text("name").empty() ? row.text("address") : row.text("name"),
                       row.text("slug"), zone::utc(at),
                       zone::days_between(row.text("due_on"), zone::local_date(row.text("timezone"), at)).value_or(0)});
}

// What is too late also says what it waited for until then.
std::string why_not(const db::Row& row) {
  const std::string text = why(row);
  const Reason reason = Reason::stored(row.text("reason"), row.text("args"));
  if (!reason.is("reminder.expired") || reason.args().empty()) return text;
  const std::vector<std::string> rest(reason.args().begin() + 1, reason.args().end());
  return fmt::format(
      "{}; it waited: {}", text,
      Reason::stored(reason.args().front(), Json(rest).dump(-1, ' ', false, Json::error_handler_t::replace)).text());
}

// One that is told in a message has the message's state: it has not left with being written.
std::string standing(const db::Row& row) { return row.text(row.text("state") == "told" ? "message_state" : "state"); }

Json reminder_json(const db::Row& row) {
  return {{"tenant", row.text("tenant")},
          {"invoice", row.text("number")},
          {"rule", row.text("rule")},
          {"offset_days", row.integer("offset_days")},
          {"name", row.text("name")},
          {"due_at", time_or_null(row, "due_at")},
          {"state", row.text("state")},
          {"channel", row.text_or_empty("channel")},
          {"message_state", row.text_or_empty("message_state")},
          {"sent_at", time_or_null(row, "sent_at")},
          {"reason", why_not(row)},
          {"code", row.text("reason")},
          {"args", reason_of(row).args()}};
}

void print(std::ostream& out, const std::vector<Told>& told, bool dry, std::size_t width) {
  Table table({{"INVOICE"}, {"WHO", Table::Column::prose}, {"RULE"}, {"DAYS OVER"}, {"AT"}});
  for (std::size_t i = 0; i < std::min(told.size(), most_told); ++i)
    table.add({told[i].number, told[i].who, told[i].rule, std::to_string(told[i].days_over), told[i].at});
  if (!told.empty()) table.print(out, width);
  if (told.size() > most_told) out << fmt::format("and {} more\n", told.size() - most_told);
  out << fmt::format("{} {} told of{}\n", told.size(), told.size() == 1 ? "invoice is" : "invoices are",
                     dry ? " (dry run: nothing was changed)" : "");
}

} // namespace

Answer list_reminders(const RemindersListArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  TRY(tenant_of_flag(*database, args.tenant));
  Listed reminders;
  database->read([&](db::Transaction& tx) {
    reminders = cut_at(
        tx.query(
            sql::reminders::listed,
            {{"tenant", args.tenant}, {"state", args.state}, {"invoice", args.invoice}, {"limit", args.limit + 1}}),
        args.limit);
  });
  if (args.json) {
    print_json(context.out, listed_json("reminders", reminders, reminder_json));
    return Exit::ok;
  }
  using C = Table::Column;
  Table table({{"TENANT"}, {"INVOICE"}, {"RULE"}, {"WHO", C::prose}, {"MOMENT"}, {"STATE"}, {"BY"}, {"WHY", C::prose}});
  for (const db::Row& row : reminders.rows)
    table.add({row.text("tenant"), row.text("number"), row.text("rule"),
               row.text("name").empty() ? row.text("address") : row.text("name"), when(row, "due_at"), standing(row),
               row.text_or_empty("channel"), why_not(row)});
  print_list(context.out, table, reminders, args.limit, context.width, "no reminders");
  return Exit::ok;
}

Answer backfill_reminders(const BackfillArgs& args, const Context& context) {
  const auto database = open_database(context.settings, args.dry_run);
  const std::optional<TenantId> tenant = TRY(tenant_of_flag(*database, args.tenant));
  const Time now = context.clock.now();
  std::int64_t unplanned = 0;
  database->read([&](db::Transaction& tx) {
    unplanned = tx.one(sql::reminders::unplanned, {{"tenant", tenant->value}})->integer("items");
  });
  if (unplanned > 0)
    return refuse(Exit::usage,
                  fmt::format("{} invoices of {} have no reminders yet; run: milkrun send-reminders --tenant {}",
                              unplanned, args.tenant, args.tenant));
  Pass done;
  while (done.more) {
    Pass next;
    const auto chunk = [&](db::Transaction& tx) {
      next = done; // the body may be run again
      const db::Rows rows = tx.query(sql::reminders::past,
                                     {{"tenant", tenant->value}, {"after", done.after}, {"now", now}, {"limit", page}});
      for (const db::Row& row : rows)
        if (!row.null("reminder_id")) tell(tx, *tenant, row, args, now, next);
      next.more = static_cast<std::int64_t>(rows.size()) == page;
      if (!rows.empty()) next.after = rows.back().text("invoice_id");
    };
    if (args.dry_run)
      database->read(chunk);
    else
      database->transact(chunk);
    done = std::move(next);
  }
  if (!args.json) {
    print(context.out, done.told, args.dry_run, context.width);
    return Exit::ok;
  }
  Json invoices = Json::array();
  for (const Told& one : done.told)
    invoices.push_back(
        {{"number", one.number}, {"who", one.who}, {"rule", one.rule}, {"days_over", one.days_over}, {"at", one.at}});
  print_json(context.out, Json{{"dry_run", args.dry_run}, {"invoices", std::move(invoices)}});
  return Exit::ok;
}

} // namespace milkrun::cli
