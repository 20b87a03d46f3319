// Rules, invoices and the steps of drips: what their tables do not say.
#include "cli/import/checks.hpp"
#include "cli/import/entity.hpp"
#include "cli/import/typed_tables.hpp"
#include "cli/import/wordings.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace milkrun::cli {
namespace {

constexpr std::size_t most_steps = 1'000, most_own_reminders = 100;

// {"value": 3, "unit": "days"}: two columns, so that nobody asks which unit a number has.
void read_delay(Fields& step, Given& given, Reading& reading) {
  const nlohmann::json* json = step.object("delay");
  if (!json) return;
  Fields fields(*json, step.where("delay"), reading.problems);
  DelayEntry delay{};
  read_typed(delay_table(), delay, fields, reading);
  for (const std::string_view name : {"value", "unit"})
    if (!fields.given(name)) fields.wrong(name, "is missing; a delay is such as {\"value\": 2, \"unit\": \"days\"}");
  fields.finish();
  if (delay.value) given.values["delay_value"] = *delay.value;
  if (delay.unit) given.values["delay_unit"] = *delay.unit;
}

StepEntry read_step(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  StepEntry entry{.where = where, .slug = {}, .given = read_given(step_entity(), fields, reading)};
  entry.slug = entry.given.text("slug");
  if (!fields.given("slug")) fields.wrong("slug", "is missing; a step is known by it");
  read_delay(fields, entry.given, reading);
  read_template(fields, outreach::Kind::drip, entry.given, reading);
  fields.finish();
  return entry;
}

void read_exit(Fields& campaign, Given& given, Reading& reading) {
  const nlohmann::json* json = campaign.object("exit");
  if (!json) return;
  Fields fields(*json, campaign.where("exit"), reading.problems);
  ExitEntry exit{};
  read_typed(exit_table(), exit, fields, reading);
  fields.finish();
  if (exit.on_reply) given.values["exit_on_reply"] = std::int64_t{*exit.on_reply ? 1 : 0};
  if (exit.on_opt_out) given.values["exit_on_opt_out"] = std::int64_t{*exit.on_opt_out ? 1 : 0};
  if (exit.goal_tag) given.values["goal_tag"] = *exit.goal_tag;
}

OwnReminderEntry read_own_reminder(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  OwnReminderEntry entry{.where = where, .given = {}};
  for (const Field& field : rule_entity().fields)
    if (field.name == "offset_days" || field.name == "at" || field.name == "text")
      if (auto value = field.read(fields, field.name, reading))
        entry.given.values.emplace(field.column, *std::move(value));
  if (!fields.given("offset_days"))
    fields.wrong("offset_days", "is missing; give days after the due date, negative: before it");
  fields.finish();
  return entry;
}

} // namespace

void read_drip(Fields& campaign, CampaignEntry& entry, Reading& reading) {
  entry.drip = read_given(drip_entity(), campaign, reading);
  read_exit(campaign, entry.drip, reading);
  if (!campaign.given("steps")) return;
  entry.steps.emplace();
  Once slugs(reading);
  campaign.objects(
      "steps",
      [&](const nlohmann::json& one, const std::string& at) {
        entry.steps->push_back(read_step(one, at, reading));
        slugs.add(entry.steps->back().slug, at + ".slug");
      },
      most_steps);
}

RuleEntry read_rule(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  RuleEntry entry{.where = where, .slug = {}, .given = read_given(rule_entity(), fields, reading)};
  entry.slug = entry.given.text("slug");
  if (!fields.given("slug")) fields.wrong("slug", "is missing; a rule is known by it");
  read_template(fields, outreach::Kind::reminder, entry.given, reading);
  fields.finish();
  return entry;
}

InvoiceEntry read_invoice(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  InvoiceEntry entry{};
  entry.where = where;
  read_typed(invoice_links_table(), entry, fields, reading);
  entry.given = read_given(invoice_entity(), fields, reading);
  entry.number = entry.given.text("number");
  if (entry.number.empty()) fields.wrong("number", "is missing; an invoice is known by it");
  fields.finish();
  return entry;
}

const TypedEntity<DelayEntry>& delay_table() {
  using E = DelayEntry;
  static const TypedEntity<E> table{
      .name = "delay",
      .table = "steps",
      .fields = {typed::whole("value", &E::value, 0, 100'000, "how long").in("delay_value"),
                 typed::word("unit", &E::unit, {"minutes", "hours", "days", "weeks"},
                             "days and weeks by the clock on the wall")
                     .in("delay_unit")}};
  return table;
}

const TypedEntity<ExitEntry>& exit_table() {
  using E = ExitEntry;
  static const TypedEntity<E> table{
      .name = "exit",
      .table = "campaigns",
      .fields = {typed::flag("on_reply", &E::on_reply, "who writes to the business leaves").in("exit_on_reply"),
                 typed::flag("on_opt_out", &E::on_opt_out,
                             "who opts out leaves; false: she gets it by the channel that is left")
                     .in("exit_on_opt_out"),
                 typed::line("goal_tag", &E::goal_tag, "who gets this tag has arrived; empty: none").in("goal_tag")}};
  return table;
}

const TypedEntity<InvoiceEntry>& invoice_links_table() {
  using namespace typed;
  using E = InvoiceEntry;
  static const TypedEntity<E> table{
      .name = "invoices",
      .table = "",
      .fields = {
          other<E>("contact", "a phone, an email or a ref", "who owes it",
                   [](E& e, Fields& f, std::string_view field, Reading&) { e.contact = person_of(f, field, false); })
              .or_else("needed for a new one"),
          other<E>("reminders", "a list of reminders, 100 at most: offset_days, at and text, as of a reminder rule",
                   "in place of the tenant's rules, always given whole; empty: by the rules",
                   [](E& e, Fields& f, std::string_view field, Reading& reading) {
                     if (!f.given(field)) return;
                     e.reminders.emplace();
                     Once offsets(reading);
                     f.objects(
                         field,
                         [&](const nlohmann::json& one, const std::string& at) {
                           e.reminders->push_back(read_own_reminder(one, at, reading));
                           if (const auto days = e.reminders->back().given.integer("offset_days"))
                             offsets.add(std::to_string(*days), at + ".offset_days");
                         },
                         most_own_reminders);
                   })
              .or_else("as stored")}};
  return table;
}

} // namespace milkrun::cli
