// Contacts, rules and invoices, drips and who walks through them.
#include "base/id.hpp"
#include "cli/import/put.hpp"
#include "outreach/enroll.hpp"
#include "outreach/format.hpp"
#include "outreach/rules.hpp"
#include "sql/import.hpp"
#include "sql/import_outreach.hpp"

#include <algorithm>
#include <array>
#include <list>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

namespace milkrun::cli {
namespace {

namespace q = sql::import_outreach;

db::Value key_of(const Given& given, std::string_view column) {
  const std::string text = given.text(column);
  return text.empty() ? db::Value() : db::Value(text);
}

std::string contact_id(Storing& s, const TenantId& tenant, const std::string& key) {
  const auto row = s.tx.one(q::contact_called, {{"tenant", tenant.value}, {"key", key}});
  if (!row) throw std::logic_error("check_stored passed a contact that is not there");
  return row->text("id");
}

bool put_rule(Storing& s, const db::Row& row, Given given) {
  if (given.integer("active") == 1 && !row.flag("active")) given.values["active_since"] = to_ms(s.now);
  return put(s.tx, q::set_rule, row, rule_entity(), given,
             {"template_name", "template_language", "template_values", "template_instead", "active_since"});
}

// True when it is new or changed.
bool store_rule(Storing& s, const TenantId& tenant, const std::string& slug, const db::Value& invoice,
                const Given& given) {
  const auto find = [&] { return s.tx.one(q::rule_row, {{"tenant", tenant.value}, {"slug", slug}}); };
  auto row = find();
  const bool added = !row;
  if (added) {
    s.tx.execute(q::add_rule, {{"id", new_id()},
                               {"tenant", tenant.value},
                               {"slug", slug},
                               {"invoice", invoice},
                               {"offset_days", given.integer("offset_days").value_or(0)},
                               {"now", s.now}});
    row = find();
  }
  const bool changed = put_rule(s, *row, given);
  count(s.counts.reminder_rules, added, changed);
  return added || changed;
}

// The list given is the whole list: one that is not there any more is switched off.
// They are called by the invoice's number and their days, such as "R-17:-3": no slug of a tenant's rule has a colon.
bool store_own_rules(Storing& s, const TenantId& tenant, const std::string& invoice, const std::string& number,
                     const std::vector<OwnReminderEntry>& reminders) {
  bool changed = false;
  std::set<std::string, std::less<>> slugs;
  for (const OwnReminderEntry& one : reminders) {
    const std::string slug = number + ":" + std::to_string(one.given.integer("offset_days").value_or(0));
    slugs.insert(slug);
    Given given = one.given;
    given.values["active"] = std::int64_t{1};
    changed |= store_rule(s, tenant, slug, invoice, given);
  }
  for (const db::Row& row : s.tx.query(q::own_rules, {{"invoice", invoice}})) {
    if (slugs.contains(row.text("slug"))) continue;
    Given off;
    off.values["active"] = std::int64_t{0};
    changed |= put_rule(s, row, off);
  }
  return changed;
}

bool is_over(std::string_view status) { return status == "paid" || status == "void" || status == "uncollectible"; }

constexpr std::array payment{"status", "paid_minor", "paid_at"};

// Of when the stored state is: of its version; where none was ever told, of when an entry last said something of a
// payment.
std::int64_t state_at(const db::Row& row) {
  return row.integer("version_at") > 0 ? row.integer("version_at") : row.integer("told_at");
}

// Where a source tells versions, only a newer one opens again what is over: the same document once more does not, and
// neither does an entry without a version. What such an entry says of a payment is of now, so that a state from before
// it, in a nightly export or a webhook that is sent again, takes nothing back, whether or not a version was told
// before.
void hold_to_versions(const db::Row& row, Given& given, Time now) {
  const std::int64_t stored = row.integer("version_at");
  const bool versioned = given.has("version_at");
  const bool newer = versioned && *given.integer("version_at") > state_at(row);
  const bool by_versions = versioned || stored > 0; // where nobody tells any, the last word counts
  if (by_versions && !newer && is_over(row.text("status")) && given.has("status") && !is_over(given.text("status")))
    for (const char* column : payment) given.values.erase(column);
  const auto says_other = [&](const char* column) {
    return given.has(column) && given.values.find(column)->second != row.value(column);
  };
  if (versioned || std::ranges::none_of(payment, says_other)) return;
  if (stored > 0)
    given.values["version_at"] = std::max(stored, to_ms(now));
  else
    given.values["told_at"] = to_ms(now);
}

// By its status, or as nothing of it is left to pay.
bool becomes_paid(const db::Row& row, const Given& given) {
  if (given.text("status") == "paid" && row.text("status") != "paid") return true;
  const auto will_be = [&](const char* column) { return given.integer(column).value_or(row.integer(column)); };
  return row.integer("paid_minor") < row.integer("amount_minor") && will_be("paid_minor") > row.integer("paid_minor") &&
         will_be("paid_minor") >= will_be("amount_minor");
}

void store_invoice(Storing& s, const TenantId& tenant, const InvoiceEntry& entry) {
  const auto find = [&] { return s.tx.one(q::invoice_row, {{"tenant", tenant.value}, {"number", entry.number}}); };
  auto row = find();
  const bool added = !row;
  Given given = entry.given;
  if (!entry.contact.empty()) given.values["contact_id"] = contact_id(s, tenant, entry.contact);
  // What is older than what is stored says nothing any more: a late "open" never reopens what is paid.
  if (row && given.has("version_at") && *given.integer("version_at") < state_at(*row))
    return count(s.counts.invoices, false, false);
  if (added) {
    const std::string currency = given.text("currency");
    s.tx.execute(q::add_invoice, {{"id", new_id()},
                                  {"tenant", tenant.value},
                                  {"contact", given.text("contact_id")},
                                  {"number", entry.number},
                                  {"currency", currency},
                                  {"exponent", given.integer("exponent").value_or(outreach::exponent_of(currency))},
                                  {"amount", given.integer("amount_minor").value_or(0)},
                                  {"due_on", given.text("due_on")},
                                  {"now", s.now}});
    row = find();
  }
  hold_to_versions(*row, given, s.now);
  // Most sources know that it is paid, and not since when.
  if (!added && becomes_paid(*row, given) && !given.integer("paid_at")) given.values["paid_at"] = to_ms(s.now);
  if (!added && given.has("currency") && !given.has("exponent") && given.text("currency") != row->text("currency"))
    given.values["exponent"] = std::int64_t{outreach::exponent_of(given.text("currency"))};
  if (entry.reminders) given.values["own_rules"] = std::int64_t{entry.reminders->empty() ? 0 : 1};
  bool changed = put(s.tx, q::set_invoice, *row, invoice_entity(), given, {"contact_id", "own_rules", "told_at"});
  if (entry.reminders && store_own_rules(s, tenant, row->text("id"), entry.number, *entry.reminders)) {
    s.tx.execute(q::replan_invoice, {{"id", row->text("id")}});
    changed = true;
  }
  count(s.counts.invoices, added, changed);
}

void store_enrollment(Storing& s, const TenantId& tenant, const EnrollmentEntry& entry) {
  const auto campaign = s.tx.one(q::campaign_row, {{"tenant", tenant.value}, {"slug", entry.campaign}});
  if (!campaign) throw std::logic_error("check_stored passed an enrolment without its campaign");
  const auto answer = outreach::enroll(s.tx, tenant, campaign->text("id"), contact_id(s, tenant, entry.contact),
                                       entry.started_at.value_or(s.now), s.now);
  count(s.counts.enrollments, answer == outreach::Enrolled::active || answer == outreach::Enrolled::holdout, false);
}

// Waits grow by the time a drip was paused: nothing that came due meanwhile goes out in a burst.
void resume(Storing& s, const db::Row& campaign) {
  const auto paused_at = campaign.maybe_time("paused_at");
  if (!paused_at) return;
  const db::Param id("id", campaign.text("id"));
  for (const db::Statement& shift : {q::shift_by_days, q::shift_waits, q::shift_messages})
    s.tx.execute(shift, {id, {"paused_at", *paused_at}, {"now", s.now}});
  s.tx.execute(q::resume, {id});
}

using Places = std::unordered_map<std::string, std::int64_t>; // of steps, by their slugs

// The steps in their order, those that are gone among them: each stays behind the one it stood behind, so that who
// stands at it goes on to what comes next.
Places places_of(const std::vector<StepEntry>& steps, const db::Rows& stored) {
  std::list<std::string> order;
  std::unordered_map<std::string, std::list<std::string>::iterator> at;
  for (const StepEntry& entry : steps) at.emplace(entry.slug, order.insert(order.end(), entry.slug));
  auto behind = order.begin(); // where the next one goes that is gone
  for (const db::Row& row : stored) {
    const auto [found, gone] = at.try_emplace(row.text("slug"));
    if (gone) found->second = order.insert(behind, row.text("slug"));
    behind = std::next(found->second);
  }
  Places out;
  for (const std::string& slug : order) out.emplace(slug, static_cast<std::int64_t>(out.size()));
  return out;
}

bool waits_otherwise(const db::Row& before, const db::Row& after) {
  return before.integer("delay_value") != after.integer("delay_value") ||
         std::ranges::any_of(std::array{"delay_unit", "delay_from", "at"},
                             [&](const char* column) { return before.text(column) != after.text(column); });
}

void wait_anew(Storing& s, const std::string& campaign, const db::Row& step) {
  for (const db::Statement& anew : {q::wait_anew, q::forget_moments})
    s.tx.execute(anew, {{"campaign", campaign}, {"step", step.text("id")}});
}

void store_steps(Storing& s, const TenantId& tenant, const std::string& campaign, const std::vector<StepEntry>& steps) {
  const auto find = [&](const std::string& slug) {
    return s.tx.one(q::step_row, {{"campaign", campaign}, {"slug", slug}});
  };
  const auto set = [&](const db::Row& row, const Given& given) {
    return put(s.tx, q::set_step, row, step_entity(), given,
               {"position", "delay_value", "delay_unit", "template_name", "template_language", "template_values",
                "template_instead", "removed"});
  };
  const db::Rows stored = s.tx.query(q::steps_of, {{"campaign", campaign}});
  const Places places = places_of(steps, stored);
  std::unordered_set<std::string_view> given_slugs;
  for (const StepEntry& entry : steps) {
    given_slugs.insert(entry.slug);
    const bool added = !find(entry.slug);
    if (added)
      s.tx.execute(q::add_step, {{"id", new_id()},
                                 {"tenant", tenant.value},
                                 {"campaign", campaign},
                                 {"slug", entry.slug},
                                 {"position", places.at(entry.slug)}});
    Given given = entry.given;
    given.values["position"] = places.at(entry.slug);
    given.values["removed"] = std::int64_t{0};
    if (given.has("on_false") && given.text("on_false") != "wait")
      given.values["wait_up_to_ms"] = std::int64_t{0}; // would do nothing
    const db::Row row = *find(entry.slug);
    const bool changed = set(row, given);
    if (changed && waits_otherwise(row, *find(entry.slug))) wait_anew(s, campaign, row);
    count(s.counts.steps, added, changed);
  }
  for (const db::Row& row : stored) {
    if (given_slugs.contains(row.text("slug"))) continue;
    Given gone;
    gone.values["removed"] = std::int64_t{1};
    gone.values["position"] = places.at(row.text("slug"));
    if (set(row, gone) && !row.flag("removed")) count(s.counts.steps, false, true);
  }
}

} // namespace

void store_contact(Storing& s, const TenantId& tenant, const ContactEntry& entry) {
  const db::Param phone("phone", key_of(entry.given, "phone")), email("email", key_of(entry.given, "email")),
      ref("ref", key_of(entry.given, "ref"));
  auto row = s.tx.one(q::contacts_like, {{"tenant", tenant.value}, phone, email, ref});
  const bool added = !row;
  if (added) {
    const std::string id = new_id();
    s.tx.execute(q::add_contact, {{"id", id}, {"tenant", tenant.value}, phone, email, ref});
    row = s.tx.one(q::contact_row, {{"id", id}});
  }
  const bool changed = put(s.tx, q::set_contact, *row, contact_entity(), entry.given);
  if (!added && changed)
    s.tx.execute(sql::import::wake_contact, {{"tenant", tenant.value}, {"contact", row->text("id")}, {"now", s.now}});
  count(s.counts.contacts, added, changed);
}

bool store_test_mode(Storing& s, const TenantId& tenant, const Given& given) {
  return put(s.tx, q::set_test_mode, *s.tx.one(q::tenant_row, {{"id", tenant.value}}), test_mode_entity(), given);
}

bool store_tenant_outreach(Storing& s, const TenantId& tenant, const TenantEntry& entry) {
  const auto row = s.tx.one(q::tenant_row, {{"id", tenant.value}});
  const bool changed = put(s.tx, q::set_tenant_outreach, *row, tenant_outreach_entity(), entry.outreach);
  return store_test_mode(s, tenant, entry.test_mode) || changed;
}

void store_reminders(Storing& s, const TenantId& tenant, const TenantEntry& entry, bool replan) {
  for (const RuleEntry& one : entry.reminder_rules) replan |= store_rule(s, tenant, one.slug, db::Value(), one.given);
  if (s.people)
    for (const InvoiceEntry& one : entry.invoices) store_invoice(s, tenant, one);
  if (s.tx.one(q::has_invoices, {{"tenant", tenant.value}})) replan |= outreach::ship_rules(s.tx, tenant, s.now);
  if (replan) s.tx.execute(q::replan, {{"tenant", tenant.value}});
}

void resume_drip(Storing& s, const TenantId& tenant, const CampaignEntry& entry) {
  const auto row = s.tx.one(q::campaign_row, {{"tenant", tenant.value}, {"slug", entry.slug}});
  if (row && entry.status == "running") resume(s, *row);
}

bool store_drip(Storing& s, const TenantId& tenant, const CampaignEntry& entry) {
  const auto row = s.tx.one(q::campaign_row, {{"tenant", tenant.value}, {"slug", entry.slug}});
  const bool changed =
      put(s.tx, q::set_drip, *row, drip_entity(), entry.drip, {"exit_on_reply", "exit_on_opt_out", "goal_tag"});
  s.tx.execute(q::pause, {{"id", row->text("id")}, {"now", s.now}});
  if (entry.steps) store_steps(s, tenant, row->text("id"), *entry.steps);
  return changed;
}

void date_anew(Storing& s, const std::string& campaign) {
  for (const db::Row& step : s.tx.query(q::steps_of, {{"campaign", campaign}})) wait_anew(s, campaign, step);
}

void store_enrollments(Storing& s, const TenantId& tenant, const TenantEntry& entry) {
  if (!s.people) return;
  for (const EnrollmentEntry& one : entry.enrollments) store_enrollment(s, tenant, one);
}

} // namespace milkrun::cli
