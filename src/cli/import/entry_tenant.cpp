// The tenants of an import document, with all that hangs on them.
#include "cli/import/checks.hpp"
#include "cli/import/entity.hpp"
#include "cli/import/typed_tables.hpp"
#include "content/filter.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::cli {
namespace {

constexpr Millis day_long{86'400'000};
constexpr std::string_view patterns_hold =
    "a list of words, phrases or /expressions/ of RE2, looked for in title, tags and text";

template <class Entry>
TypedField<Entry> patterns(std::string name, std::optional<std::vector<std::string>> Entry::* member,
                           std::string means) {
  return typed::other<Entry>(std::move(name), std::string(patterns_hold), std::move(means),
                             [member](Entry& entry, Fields& fields, std::string_view field, Reading& reading) {
                               const auto& list = entry.*member = fields.texts_with_empty(field);
                               for (std::size_t i = 0; list && i < list->size(); ++i)
                                 reading.note(fmt::format("{}[{}]", fields.where(field), i),
                                              content::pattern_problem((*list)[i]));
                             });
}

FeedEntry read_feed(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  FeedEntry entry{};
  entry.where = where;
  read_typed(feed_table(), entry, fields, reading);
  fields.finish();
  if (!fields.given("url"))
    fields.wrong("url", "is missing; give the feed's address");
  else if (!entry.url.empty())
    reading.note(fields.where("url"), check_url(entry.url, reading.tenant, "feed", reading.allow));
  return entry;
}

// {"start": "08:00", "end": "20:00"}, as a campaign's window.
void read_publish_hours(TenantEntry& entry, Fields& tenant, std::string_view field, Reading& reading) {
  const nlohmann::json* json = tenant.object(field);
  if (!json) return;
  Fields fields(*json, tenant.where(field), reading.problems);
  entry.publish_from = fields.clock("start");
  entry.publish_until = fields.clock("end");
  fields.finish();
  for (const char* name : {"start", "end"})
    if (!fields.given(name)) fields.wrong(name, "is missing; give both ends, such as \"08:00\" and \"20:00\"");
  if (entry.publish_from && entry.publish_until && *entry.publish_from > *entry.publish_until)
    fields.wrong("end", "is before the start; posts are spread over hours of one day");
}

// What a tenant has set up, one by one. Of people and what they do there may be as many as a document holds.
constexpr std::size_t most_set_up = 10'000, most_rules = 1'000;

// Entries of a list, in which each name may stand once.
template <class One>
TypedField<TenantEntry> once(std::string name, std::string_view things, std::string means,
                             std::vector<One> TenantEntry::* member,
                             One (*read)(const nlohmann::json&, const std::string&, Reading&),
                             std::function<void(const One&, const std::string& at, Once&)> known_by,
                             std::size_t most = std::numeric_limits<std::size_t>::max()) {
  return typed::other<TenantEntry>(std::move(name), fmt::format("a list of {}", things), std::move(means),
                                   [=](TenantEntry& entry, Fields& fields, std::string_view field, Reading& reading) {
                                     Once names(reading);
                                     fields.objects(
                                         field,
                                         [&](const nlohmann::json& json, const std::string& at) {
                                           (entry.*member).push_back(read(json, at, reading));
                                           known_by((entry.*member).back(), at, names);
                                         },
                                         most);
                                   });
}

// One claim of one person for one task; its code is unique in the task.
void read_completions(TenantEntry& entry, Fields& fields, std::string_view field, Reading& reading) {
  Once claims(reading), codes(reading);
  fields.objects(field, [&](const nlohmann::json& json, const std::string& at) {
    const CompletionEntry& one = entry.completions.emplace_back(read_completion(json, at, reading));
    if (one.campaign.empty() || one.task.empty() || one.contact.empty()) return; // noted already
    const std::string task = fmt::format("{}/{}", one.campaign, one.task);
    claims.add(fmt::format("{} by {}", task, one.contact), at);
    if (one.code && !one.code->empty()) codes.add(fmt::format("{} of {}", text::lower(*one.code), task), at + ".code");
  });
}

void known_suppression(const SuppressionEntry& one, const std::string& at, Once& names) {
  names.add(one.scope == "all" || one.address.empty() ? one.address : one.scope + " to " + one.address,
            fmt::format("{}.{}", at, one.channel == "email" ? "email" : "phone"));
}

} // namespace

const TypedEntity<FeedEntry>& feed_table() {
  using namespace typed;
  using E = FeedEntry;
  static const TypedEntity<E> table{
      .name = "feeds",
      .table = "feeds",
      .fields = {line("url", &E::url, "of the feed; one of the tenant's own site is refused", 2048).in("url"),
                 word("first_poll", &E::first_poll, {"newest", "none"},
                      "what the first poll publishes: the newest max_items, or nothing")
                     .in("first_poll"),
                 patterns("include", &E::include, "items of this feed must hold one").in("include"),
                 patterns("exclude", &E::exclude, "items of this feed must hold none").in("exclude"),
                 flag("active", &E::active, "false: it is not read").in("active")}};
  return table;
}

const TypedEntity<TenantEntry>& tenant_table() {
  using namespace typed;
  using E = TenantEntry;
  static const TypedEntity<E> table{
      .name = "tenants",
      .table = "tenants",
      .fields = {
          other<E>("slug", "text",
                   "what the tenant is known by; PORTAL.NAME of a portal's, which only the portal makes",
                   [](E& e, Fields& f, std::string_view field, Reading& reading) {
                     e.slug = f.text(field).value_or("");
                     reading.note(f.where(field), check_tenant_slug(e.slug));
                     reading.tenant = e.slug.empty() ? "?" : e.slug; // "" would be the platform
                   })
              .in("slug"),
          line("name", &E::name, "for people").or_else("the slug"),
          line("timezone", &E::timezone, "an IANA name; slots, days and hours are the tenant's own", 200, check_zone)
              .in("timezone"),
          line("language", &E::language, "of its posts and texts", 80).in("language"),
          line("tone", &E::tone, "asked of the AI").in("tone"),
          other<E>("plan", "the slug of a plan, or null", "null: none, and no limits",
                   [](E& e, Fields& f, std::string_view field, Reading& reading) {
                     e.plan = f.nullable(field, [&] { return f.text(field); });
                     if (e.plan.value) reading.note(f.where(field), check_slug(*e.plan.value));
                   })
              .or_else("null"),
          flag("active", &E::active, "false: nothing is done for it").in("active"),
          other<E>("grants", "a list of services of the platform",
                   "the whole list: whose platform credential it may use",
                   [](E& e, Fields& f, std::string_view, Reading&) { e.grants = read_grants(f); })
              .or_else("[]"),
          other<E>("credentials", "a list of credentials", "its own accounts",
                   [](E& e, Fields& f, std::string_view, Reading& reading) {
                     e.credentials = read_credentials(f, Holder::tenant, reading);
                   }),
          word("publish_mode", &E::publish_mode, {"publish", "draft"}, "what a post becomes").in("publish_mode"),
          word("frequency", &E::frequency, {"daily", "3x_week", "weekly"},
               "its slot: a local day, a third of a week, a week")
              .in("frequency"),
          word("writer", &E::writer, {"ai", "passthrough"}, "who writes posts: an AI, or the item as it is")
              .in("writer"),
          whole("max_items", &E::max_items, 1, 100, "posts a slot").in("max_items"),
          other<E>(
              "publish_hours", "an object with start and end",
              "local hours over which a slot's posts are spread: what is left of them when they are chosen; when they "
              "are over, those of the next day, or at once where the slot ends before; equal ends: all at once then; "
              "the posts of a feed's first slot come at once",
              read_publish_hours)
              .or_else("08:00 to 20:00"),
          texts("categories", &E::categories, "names given to every post").in("categories"),
          patterns("include", &E::include, "items of its feeds must hold one").in("include"),
          patterns("exclude", &E::exclude, "items of its feeds must hold none").in("exclude"),
          once<FeedEntry>(
              "feeds", "feeds, 10,000 at most", "what is published", &E::feeds, read_feed,
              [](const FeedEntry& one, const std::string& at, Once& names) { names.add(one.url, at + ".url"); },
              most_set_up),
          span("sender_interval", &E::sender_interval, Millis(0), day_long,
               "least time between two messages of its sender")
              .in("sender_interval_ms"),
          whole_or_null("messages_per_day", &E::messages_per_day, 0, 1'000'000,
                        "in its own days; null: no cap. While reminders wait for a place, marketing has one of four")
              .in("messages_per_day"),
          whole_or_null("contact_daily_cap", &E::contact_daily_cap, 1, 1'000'000,
                        "messages to one contact in a day; null: no cap")
              .in("contact_daily_cap"),
          other<E>("warmup_start", "a date, or null", "a new sender began then: its cap grows day by day; null: none",
                   [](E& e, Fields& f, std::string_view field, Reading&) {
                     e.warmup_start = f.nullable(field, [&] { return f.date(field); });
                   })
              .in("warmup_start"),
          once<CampaignEntry>(
              "campaigns", "campaigns, 10,000 at most", "what people do for rewards, and drips", &E::campaigns,
              read_campaign,
              [](const CampaignEntry& one, const std::string& at, Once& names) { names.add(one.slug, at + ".slug"); },
              most_set_up),
          once<ContactEntry>("contacts", "contacts", "whom it writes to", &E::contacts, read_contact,
                             [](const ContactEntry& one, const std::string& at, Once& names) {
                               for (const char* key : {"phone", "email", "ref"})
                                 names.add(one.given.text(key), fmt::format("{}.{}", at, key));
                             }),
          other<E>("completions", "a list of completions", "what contacts claim to have done", read_completions),
          once<SuppressionEntry>("suppressions", "suppressions", "who must not be written to; the list only adds",
                                 &E::suppressions, read_suppression, known_suppression),
          once<RuleEntry>(
              "reminder_rules", "reminder rules, 1,000 at most",
              "when and how it reminds; none: 3 days before, on the due date, 1 and 7 days after, in German or "
              "English",
              &E::reminder_rules, read_rule,
              [](const RuleEntry& one, const std::string& at, Once& names) { names.add(one.slug, at + ".slug"); },
              most_rules),
          once<InvoiceEntry>("invoices", "invoices", "what contacts owe", &E::invoices, read_invoice,
                             [](const InvoiceEntry& one, const std::string& at, Once& names) {
                               names.add(one.number, at + ".number");
                             }),
          once<EnrollmentEntry>(
              "enrollments", "enrolments", "who walks through a drip", &E::enrollments, read_enrollment,
              [](const EnrollmentEntry& one, const std::string& at, Once& names) {
                if (!one.campaign.empty() && !one.contact.empty())
                  names.add(fmt::format("{} in {}", one.contact, one.campaign), at);
              }),
          once<ReceiptEntry>("receipts", "receipts", "what was heard of messages: arrived, read, clicked", &E::receipts,
                             read_receipt, [](const ReceiptEntry&, const std::string&, Once&) {})}};
  return table;
}

TenantEntry read_tenant(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  TenantEntry entry{};
  entry.where = where;
  read_typed(tenant_table(), entry, fields, reading);
  entry.outreach = read_given(tenant_outreach_entity(), fields, reading);
  entry.test_mode = read_given(test_mode_entity(), fields, reading);
  fields.finish();
  reading.tenant.clear();
  return entry;
}

} // namespace milkrun::cli
