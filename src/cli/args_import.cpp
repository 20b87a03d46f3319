// Imports; who is enrolled, what would be sent, what was missed.
#include "cli/args_parts.hpp"

#include <algorithm>

namespace milkrun::cli {
namespace {

std::string check_country_code(const std::string& word) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool good = !word.empty() && word.size() <= 3 && word[0] != '0' && std::ranges::all_of(word, is_digit);
  return good ? "" : "must be the digits of a country such as 49";
}

void add_csv(CLI::App& import, Arguments& out, Store& store, ImportCsvArgs& args, const char* list, const char* help) {
  args.list = list;
  CLI::App* sub = command(import, out, list, help, args);
  sub->add_option("file", args.file, "CSV; - = standard input")->required()->type_name("FILE");
  sub->add_option("--tenant", args.tenant, "Whose they are")->required()->type_name("SLUG");
  sub->add_option("--map", args.map, "A column and the field it fills; COLUMN= leaves it out")
      ->allow_extra_args(false)
      ->type_name("COLUMN=FIELD");
  sub->add_option("--set", args.fixed, "A field and its value where a row has none")
      ->allow_extra_args(false)
      ->type_name("FIELD=VALUE");
  sub->add_option("--date-format", args.date_format, "Of dates that are not ISO, such as DD.MM.YYYY")
      ->type_name("FORMAT");
  choice(sub->add_option("--decimal", args.decimal, "comma or point, where amounts do not tell"), {"comma", "point"},
         store);
  sub->add_option("--country-code", args.country_code, "Of phone numbers that begin with 0, such as 49")
      ->check(CLI::Validator(check_country_code, "DIGITS"));
  sub->add_flag("--skip-bad", args.skip_bad, "Store the good rows; without it one bad row stops all");
  sub->add_flag("--dry-run", args.dry_run, "Check only; change nothing");
  sub->add_flag("--json", args.json, "Counts as one line of JSON");
}

void add_who(CLI::App* sub, EnrollArgs& args) {
  sub->add_option("campaign", args.campaign, "Slug of the drip")->type_name("SLUG");
  sub->add_option("--tenant", args.tenant, "Whose drip it is")->type_name("SLUG");
  sub->add_option("--contact", args.contacts, "A phone, an e-mail address or a ref; may be given several times")
      ->type_name("CONTACT");
  sub->add_option("--tag", args.tag, "All contacts that have this tag")->type_name("TAG");
  sub->add_option("--file", args.file, "CSV with a column phone, email or ref; - = standard input")->type_name("FILE");
  sub->add_option("--map", args.map, "A column of the file and what it is")
      ->allow_extra_args(false)
      ->type_name("COLUMN=FIELD");
  sub->add_option("--country-code", args.country_code, "Of phone numbers that begin with 0, such as 49")
      ->check(CLI::Validator(check_country_code, "DIGITS"));
  sub->add_flag("--skip-bad", args.skip_bad, "Go on without those who are not found");
  add_by(sub, args.by);
  sub->add_flag("--dry-run", args.dry_run, "Say what would be done; change nothing");
  sub->add_flag("--json", args.json, "Counts as one line of JSON");
}

void finish_who(Arguments& out, const EnrollArgs& args) {
  if (args.campaign.empty()) throw CLI::RequiredError("campaign");
  if (args.tenant.empty()) throw CLI::RequiredError("--tenant");
  out.command = args;
}

void add_enroll(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* enroll =
      app.add_subcommand("enroll", "Bring contacts into a drip; those who are in it stay where they are");
  enroll->fallthrough()->require_subcommand(0, 1);
  add_who(enroll, store.enroll);
  CLI::App* stop = enroll->add_subcommand("stop", "Take contacts out of a drip");
  store.enroll_stop.stop = true;
  add_who(stop, store.enroll_stop);
  stop->callback([&out, &store] { finish_who(out, store.enroll_stop); });
  enroll->callback([enroll, &out, &store] {
    if (enroll->get_subcommands().empty()) finish_who(out, store.enroll); // else its own callback spoke
  });
}

void add_preview(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* sub = command(app, out, "preview", "What a campaign, a rule or a message says to somebody; stores nothing",
                          store.preview);
  sub->add_option("--campaign", store.preview.campaign, "Every step of this drip, or what it tells of a verified claim")
      ->type_name("SLUG");
  sub->add_option("--rule", store.preview.rule, "This reminder rule, with what the contact owes")->type_name("SLUG");
  sub->add_option("--message", store.preview.message, "This message of the outbox")->type_name("ID");
  add_tenant(sub, store.preview.tenant, "Whose campaign or rule it is");
  sub->add_option("--contact", store.preview.contact, "For this phone, e-mail address or ref")->type_name("CONTACT");
  choice(sub->add_option("--channel", store.preview.channel, "Only this one: whatsapp or email"), {"whatsapp", "email"},
         store);
  sub->add_flag("--json", store.preview.json, "As JSON");
}

void add_mail_back(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* off =
      command(app, out, "unsubscribe", "Take who unsubscribed by a mail's link off the list", store.unsubscribe);
  off->add_option("token", store.unsubscribe.token, "The last part of the link, or the subject of the mail")
      ->required()
      ->type_name("TOKEN");
  add_by(off, store.unsubscribe.by);
  off->add_flag("--json", store.unsubscribe.json, "As JSON");

  CLI::App* back =
      command(app, out, "bounced", "Take in that a mail came back, by the report on standard input", store.bounced);
  back->add_option("address", store.bounced.address, "Whom the report is for: bounce+ID.MAC@...")
      ->required()
      ->type_name("ADDRESS");
  back->add_option("file", store.bounced.file, "The report; - = standard input (default)")->type_name("FILE");
  CLI::Option* hard = back->add_flag("--hard", store.bounced.hard, "Read no report: nobody is at that address");
  back->add_flag("--soft", store.bounced.soft, "Read no report: the mailbox takes nothing for now")->excludes(hard);
  add_by(back, store.bounced.by);
  back->add_flag("--json", store.bounced.json, "As JSON");
}

void add_reminders(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* reminders = group(app, "reminders", "Look at reminders of invoices, have told what lay before a rule");
  CLI::App* list = command(*reminders, out, "list",
                           "Reminders by their moment, latest first: told, planned, skipped and why", store.reminders);
  add_tenant(list, store.reminders.tenant);
  choice(list->add_option("--state", store.reminders.state, "planned, told, skipped or expired"),
         {"planned", "told", "skipped", "expired"}, store);
  list->add_option("--invoice", store.reminders.invoice, "Only of this invoice")->type_name("NUMBER");
  add_list(list, store.reminders, "reminders");
  CLI::App* sub =
      command(*reminders, out, "backfill",
              "Tell the latest step of each open invoice that was due before its rule was there", store.backfill);
  sub->add_option("--tenant", store.backfill.tenant, "Whose invoices")->required()->type_name("SLUG");
  add_by(sub, store.backfill.by);
  sub->add_flag("--dry-run", store.backfill.dry_run, "Say what would be told; change nothing");
  sub->add_flag("--json", store.backfill.json, "As JSON");
}

} // namespace

// A document, or one of the tables that people have in spreadsheets.
void add_import(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* import = app.add_subcommand(
      "import", "Take plans, portals, tenants and all that is theirs from JSON, or a table from CSV");
  import->fallthrough()->require_subcommand(0, 1);
  import->add_option("file", store.import.file, "JSON document; - = standard input")->type_name("FILE");
  import->add_flag("--dry-run", store.import.dry_run, "Check only; change nothing");
  import->add_flag("--json", store.import.json, "Counts as one line of JSON");
  CLI::Option* reference = import->add_flag("--reference{markdown}", store.import.reference,
                                            "Print every field, setting and action, and read nothing; =man for mdoc");
  choice(reference, {"markdown", "man"}, store);
  import->add_flag("--example", store.import.example, "Print a document to begin with, and read nothing")
      ->excludes(reference);
  add_csv(*import, out, store, store.contacts, "contacts", "Take the contacts of a tenant from a CSV file");
  add_csv(*import, out, store, store.invoices, "invoices", "Take the invoices of a tenant from a CSV file");
  import->callback([import, &out, &store] {
    if (!import->get_subcommands().empty()) return; // its own callback spoke
    if (store.import.file.empty() && store.import.reference.empty() && !store.import.example)
      throw CLI::RequiredError("file");
    out.command = store.import;
  });
}

void add_outreach(CLI::App& app, Arguments& out, Store& store) {
  add_enroll(app, out, store);
  add_mail_back(app, out, store);
  add_preview(app, out, store);
  add_reminders(app, out, store);
}

} // namespace milkrun::cli
