// Contacts, reminders and drips against what is stored: what counts is how they would be after the import.
#include "base/text.hpp"
#include "cli/import/entity.hpp"
#include "cli/import/stored_parts.hpp"
#include "content/template.hpp"
#include "outreach/condition.hpp"
#include "outreach/wording.hpp"
#include "sql/enroll.hpp"
#include "sql/import.hpp"
#include "sql/import_outreach.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace milkrun::cli {
namespace {

namespace q = sql::import_outreach;

using MaybeRow = std::optional<db::Row>;

db::Value key_of(const Given& given, std::string_view column) {
  const std::string text = given.text(column);
  return text.empty() ? db::Value() : db::Value(text);
}

// What a text will be: given now, stored, or "".
std::string will_be(const Given& given, const MaybeRow& row, std::string_view column) {
  if (given.has(column)) return given.text(column);
  return row ? row->text_or_empty(column) : "";
}

// No pattern in any language.
bool is_nothing(const std::string& patterns) { return patterns.empty() || patterns == "{}"; }

class Check {
public:
  Check(db::Transaction& tx, const TenantEntry& tenant, Problems& problems)
      : tx_(tx), tenant_(tenant), problems_(problems) {
    const auto row = tx.one(sql::import::tenant_by_slug, {{"slug", tenant.slug}});
    if (row) id_ = row->text("id");
    for (const ContactEntry& contact : tenant.contacts)
      for (const char* key : {"phone", "email", "ref"}) people_.insert(contact.given.text(key));
  }

  void all() {
    for (const ContactEntry& one : tenant_.contacts) contact(one);
    for (const RuleEntry& one : tenant_.reminder_rules)
      if (!one.given.has("offset_days") && !tx_.one(q::rule_row, {{"tenant", id_}, {"slug", one.slug}}))
        note(one.where + ".offset_days", "is missing; a new rule needs it");
    for (const InvoiceEntry& one : tenant_.invoices) invoice(one);
    for (const CampaignEntry& one : tenant_.campaigns) drip(one);
    for (const EnrollmentEntry& one : tenant_.enrollments) enrollment(one);
  }

private:
  void note(std::string where, std::string what) { problems_.push_back({std::move(where), std::move(what)}); }

  void contact(const ContactEntry& entry) {
    const db::Rows rows = tx_.query(q::contacts_like, {{"tenant", id_},
                                                       {"phone", key_of(entry.given, "phone")},
                                                       {"email", key_of(entry.given, "email")},
                                                       {"ref", key_of(entry.given, "ref")}});
    if (rows.size() > 1)
      return note(entry.where, "has keys (phone, email, ref) of different stored contacts; give those of one person");
    const MaybeRow row = rows.empty() ? MaybeRow() : MaybeRow(rows.front());
    if (will_be(entry.given, row, "phone").empty() && will_be(entry.given, row, "email").empty())
      note(entry.where, "would have neither a phone nor an email; give one of them");
  }

  void known_person(const std::string& where, const std::string& key) {
    if (key.empty() || people_.contains(key) || tx_.one(q::contact_called, {{"tenant", id_}, {"key", key}})) return;
    note(where, fmt::format("is \"{}\", which is neither in this document nor stored; add it to the tenant's contacts",
                            text::one_line(key, 80)));
  }

  void invoice(const InvoiceEntry& entry) {
    known_person(entry.where + ".contact", entry.contact);
    if (tx_.one(q::invoice_row, {{"tenant", id_}, {"number", entry.number}})) return;
    if (entry.contact.empty()) note(entry.where + ".contact", "is missing; a new invoice needs it");
    for (const char* column : {"currency", "amount_minor", "due_on"})
      if (!entry.given.has(column))
        note(fmt::format("{}.{}", entry.where, column), "is missing; a new invoice needs it");
  }

  // A text that names what is not there would fail message by message.
  void words(const std::string& where, const std::string& patterns, const std::string& link) {
    const auto all = nlohmann::json::parse(patterns, nullptr, false);
    if (!all.is_object()) return;
    const content::Values values =
        outreach::drip_values({.contact_name = "x", .tenant_name = "x", .campaign = "x", .link = link});
    for (const auto& [language, pattern] : all.items()) {
      const auto text = content::fill(pattern.get_ref<const std::string&>(), values);
      if (!text)
        note(language.empty() ? where : where + "." + language,
             fmt::format("cannot be filled: {}, or give the campaign a link", text.error().detail));
    }
  }

  bool has_people(const std::string& campaign) {
    return tx_.one(q::has_people, {{"tenant", id_}, {"campaign", campaign}}).has_value();
  }

  void drip(const CampaignEntry& entry) {
    const MaybeRow row = tx_.one(q::campaign_row, {{"tenant", id_}, {"slug", entry.slug}});
    const std::string kind = entry.kind ? *entry.kind : row ? row->text("kind") : "social";
    if (row && kind != row->text("kind") && has_people(row->text("id")))
      return note(entry.where + ".kind",
                  fmt::format("is \"{}\", and the campaign {} is \"{}\" with people in it; give the new one another "
                              "slug, and end this one with status \"ended\"",
                              kind, text::one_line(entry.slug, 80), row->text("kind")));
    if (kind != "drip" && (entry.steps || !entry.drip.values.empty()))
      return note(entry.where + ".kind",
                  "must be \"drip\": only such a campaign has steps, and rules of who walks through");
    if (!entry.steps) return;
    const std::string link = entry.link ? *entry.link : row ? row->text("link") : "";
    for (const StepEntry& step : *entry.steps) {
      const MaybeRow stored =
          row ? tx_.one(q::step_row, {{"campaign", row->text("id")}, {"slug", step.slug}}) : MaybeRow();
      const std::string text = will_be(step.given, stored, "text"), subject = will_be(step.given, stored, "subject");
      const std::string channels = will_be(step.given, stored, "channels");
      const bool by_mail = channels.empty() || channels.find("email") != std::string::npos;
      if (is_nothing(text)) {
        if (will_be(step.given, stored, "template_name").empty())
          note(step.where + ".text", "is missing; a step needs a text or a template");
        else if (by_mail)
          note(step.where + ".text", "is missing: an e-mail is no template; give a text, or channels [\"whatsapp\"]");
      }
      if (by_mail && is_nothing(subject)) // an offer has no subject that could ship
        note(step.where + ".subject",
             fmt::format("is missing, and the step may go by e-mail ({}); give a subject such as {{\"en\": "
                         "\"Welcome to {{tenant_name}}\"}}, or channels [\"whatsapp\"]",
                         channels.empty() ? "no channels are given: by all" : "channels " + channels));
      useful(step, stored, entry, row);
      words(step.where + ".text", text, link);
      words(step.where + ".subject", subject, link);
    }
  }

  // What can do nothing would be missed by nobody until it is looked for.
  void useful(const StepEntry& step, const MaybeRow& stored, const CampaignEntry& entry, const MaybeRow& campaign) {
    const std::string otherwise = will_be(step.given, stored, "on_false");
    if (step.given.integer("wait_up_to_ms").value_or(0) > 0 && otherwise != "wait")
      note(step.where + ".wait_up_to",
           fmt::format("does nothing with on_false \"{}\"; say on_false \"wait\", or leave it out",
                       otherwise.empty() ? "skip" : otherwise));
    const bool leaves =
        entry.drip.integer("exit_on_reply").value_or(campaign ? campaign->integer("exit_on_reply") : 1) == 1;
    if (leaves && outreach::needs_reply(will_be(step.given, stored, "condition")))
      note(step.where + ".condition",
           "never holds, as who replies leaves the drip; say exit {\"on_reply\": false}, or take another condition");
  }

  // A nightly document tells of walks long after the drip has ended.
  bool was_in(const std::string& campaign, const std::string& key) {
    const auto contact = tx_.one(q::contact_called, {{"tenant", id_}, {"key", key}});
    return contact &&
           tx_.one(sql::enroll::last_walk, {{"tenant", id_}, {"campaign", campaign}, {"contact", contact->text("id")}});
  }

  void enrollment(const EnrollmentEntry& entry) {
    known_person(entry.where + ".contact", entry.contact);
    const MaybeRow row = tx_.one(q::campaign_row, {{"tenant", id_}, {"slug", entry.campaign}});
    std::string kind = row ? row->text("kind") : "", status = row ? row->text("status") : "";
    for (const CampaignEntry& campaign : tenant_.campaigns) {
      if (campaign.slug != entry.campaign) continue;
      kind = campaign.kind.value_or(row ? kind : "social");
      status = campaign.status.value_or(status);
    }
    if (entry.campaign.empty()) return;
    if (kind == "drip") {
      if (status == "ended" && !(row && was_in(row->text("id"), entry.contact)))
        note(entry.where + ".campaign",
             fmt::format("is \"{}\", which has ended: nobody comes in any more; give the drip the status \"running\", "
                         "or leave the enrolment out",
                         entry.campaign));
      return;
    }
    note(entry.where + ".campaign",
         fmt::format(
             "is \"{}\", which is no drip in this document and none that is stored; give a campaign of kind \"drip\"",
             entry.campaign));
  }

  db::Transaction& tx_;
  const TenantEntry& tenant_;
  Problems& problems_;
  std::string id_; // "" = a new tenant, for whom nothing is stored
  std::set<std::string, std::less<>> people_;
};

} // namespace

void check_outreach(db::Transaction& tx, const TenantEntry& tenant, Problems& problems) {
  Check(tx, tenant, problems).all();
}

} // namespace milkrun::cli
