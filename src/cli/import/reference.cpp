// Gathers the tables of all entries. What a field holds, where it is stored and what it means stands beside its reader;
// its default is the schema's.
#include "cli/import/reference.hpp"

#include "cli/import/typed_tables.hpp"

namespace milkrun::cli {
namespace {

// A default in the words of a document.
std::string shown(const std::string& stored, std::string_view holds) {
  if (stored == "NULL") return "null";
  if (holds.starts_with("a duration")) return duration_words(Millis(text::to_int(stored).value_or(0)));
  if (holds == "true or false") return stored == "1" ? "true" : "false";
  if (!stored.starts_with('\'')) return stored;
  const std::string text = stored.substr(1, stored.size() - 2);
  if (text == "{}" && holds.find("by language") != holds.npos) return "none";
  return text.empty() ? "empty" : text;
}

FieldDoc described(std::string name, std::string holds, std::string means, std::string_view table,
                   std::string_view column, std::string otherwise) {
  if (otherwise.empty() && !table.empty() && !column.empty()) {
    const auto stored = schema_default(table, column);
    otherwise = stored ? shown(*stored, holds) : "needed for a new one";
    // A column may be null where a document may not say so.
    if (otherwise == "null" && holds.find("null") == holds.npos) otherwise = "none";
  }
  return {std::move(name), std::move(holds), std::move(otherwise), std::move(means)};
}

template <class Entry> void add(ObjectDoc& doc, const TypedEntity<Entry>& entity) {
  for (const TypedField<Entry>& f : entity.fields)
    doc.fields.push_back(described(f.name, f.holds, f.means, entity.table, f.column, f.otherwise));
}

void add(ObjectDoc& doc, const Entity& entity) {
  for (const Field& f : entity.fields)
    doc.fields.push_back(described(std::string(f.name), f.read.holds, std::string(f.help), entity.table, f.column,
                                   std::string(f.otherwise)));
}

template <class... Tables> ObjectDoc object(std::string name, std::string about, const Tables&... tables) {
  ObjectDoc doc{std::move(name), std::move(about), {}};
  (add(doc, tables), ...);
  return doc;
}

ObjectDoc drip_fields() {
  ObjectDoc doc =
      object("campaigns of kind drip", "What a drip has beside the fields of every campaign.", drip_entity());
  doc.fields.push_back({"exit", "an exit", "", "when somebody leaves before the end"});
  doc.fields.push_back({"steps", "a list of steps", "",
                        "1,000 at most, always given whole; one that is not in the list any more is passed by, also by "
                        "who stands at it"});
  return doc;
}

ObjectDoc rules() {
  ObjectDoc doc = object("reminder_rules",
                         "When and how open invoices are reminded of. What was due before a rule was switched "
                         "on is not sent. One that is more than an hour late (after a hold, a gap or an outage) goes "
                         "between 8 and 21 o'clock on the contact's clock.",
                         rule_entity());
  doc.fields.push_back({"template", "a template, or null", "none", "in place of the text on WhatsApp"});
  return doc;
}

ObjectDoc steps() {
  ObjectDoc doc =
      object("steps", "The steps of a drip, in their order. A broadcast is a drip of one step.", step_entity());
  doc.fields.push_back({"delay", "a delay", "at once", "before this step"});
  doc.fields.push_back({"template", "a template, or null", "none", "in place of the text on WhatsApp"});
  return doc;
}

ObjectDoc delay() {
  return object(
      "delay",
      "Both are given. Counted from the planned moment of the step before; from when that one went out, where "
      "it went late by more than half of the delay. A changed delay, from or at reaches those who wait for "
      "the step.",
      delay_table());
}

} // namespace

std::vector<ObjectDoc> document_reference() {
  ObjectDoc whole{"the document",
                  "",
                  {{"plans", "a list of plans", "", "what tenants may use"},
                   {"portals", "a list of portals", "", "customer portals whose tenants are served"},
                   {"platform", "a platform", "", "the operator's own"},
                   {"tenants", "a list of tenants", "", "who is served"}}};
  ObjectDoc platform{"platform", "The operator's own; test mode given here holds for all tenants.", {}};
  platform.fields.push_back({"credentials", "a list of credentials", "", "for tenants that have a grant"});
  add(platform, test_mode_entity());
  return {
      std::move(whole),
      object("plans", "What a tenant may use in a calendar month (UTC).", plan_table()),
      object("portals", "A customer portal: its list says which tenants there are.", portal_table()),
      std::move(platform),
      object("tenants", "One customer, with all that is theirs.", tenant_table(), tenant_outreach_entity(),
             test_mode_entity()),
      object("credentials", "Always given whole; the most specific one is used: task, campaign, tenant, platform.",
             credential_table()),
      object("feeds", "What a tenant publishes from.", feed_table()),
      object("campaigns", "What people do for rewards; with kind drip, messages in steps.", campaign_table()),
      object("tasks", "What a campaign's contacts may do.", task_table()),
      object("window", "Hours of the day.", window_table()),
      object("template", "A template that the WhatsApp account knows. Always given whole.", template_table()),
      drip_fields(),
      object("exit", "When somebody leaves a drip.", exit_table()),
      steps(),
      delay(),
      object("enrollments", "Who walks through a drip.", enrollment_table()),
      object("contacts", "Known by any of phone, email and ref.", contact_entity()),
      object("completions",
             "What a contact claims to have done. Made once: given again, times and verdict stay, and only "
             "proof it lacks is added while it is pending.",
             completion_table()),
      object(
          "suppressions",
          "Who must not be written to. What a service says is kept as well: who typed STOP to its number (Twilio) gets "
          "nothing more there, who stopped marketing in WhatsApp (Meta's 131050) gets no drips and verdicts there, and "
          "her invoices go on.",
          suppression_table()),
      object("receipts",
             "What was heard of messages that were sent, for the conditions delivered, read and clicked. The first "
             "time that is told counts; of a message that is none of ours nothing is said.",
             receipt_table()),
      rules(),
      object("invoices",
             "What a contact owes. A credit note is none: what is credited is told as paid_minor of the invoices it "
             "is for, or as their status.",
             invoice_links_table(), invoice_entity())};
}

} // namespace milkrun::cli
