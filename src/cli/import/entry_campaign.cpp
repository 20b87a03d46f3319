// The campaigns of a tenant and their tasks.
#include "cli/import/checks.hpp"
#include "cli/import/typed_tables.hpp"
#include "cli/import/wordings.hpp"
#include "content/template.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::cli {
namespace {

constexpr Millis one_day{86'400'000};
constexpr std::size_t most_tasks = 1'000;

// A word of a closed list, in whatever case it was typed.
template <class Entry, class List, class Name>
TypedField<Entry> known_word(std::string name, std::optional<std::string> Entry::* member, std::string means,
                             List Known::* list, Name name_of) {
  return typed::other<Entry>(
      std::move(name), "a word; see Platforms and actions", std::move(means),
      [=](Entry& entry, Fields& fields, std::string_view field, Reading& reading) {
        auto& word = entry.*member = fields.text(field);
        if (!word) return;
        std::ranges::transform(*word, word->begin(),
                               [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
        const auto& all = reading.known.*list;
        if (all.empty()) return reading.note(fields.where(field), check_upper_word(*word));
        std::vector<std::string_view> names;
        for (const auto& one : all) names.push_back(name_of(one));
        if (std::ranges::find(names, *word) == names.end())
          reading.note(fields.where(field), fmt::format("is \"{}\"; it must be one of {}", text::one_line(*word, 80),
                                                        fmt::join(names, ", ")));
      });
}

std::string check_a_link(std::string_view link) { return check_link(std::string(link)); }

void check_pattern(const std::string& where, std::string_view pattern, Reading& reading) {
  reading.note(where, content::check_template(pattern, content::campaign_placeholders()));
}

void read_window(CampaignEntry& entry, Fields& campaign, std::string_view name, Reading& reading) {
  const nlohmann::json* json = campaign.object(name);
  if (!json) return;
  Fields fields(*json, campaign.where(name), reading.problems);
  WindowEntry window{};
  read_typed(window_table(), window, fields, reading);
  fields.finish();
  for (const char* end : {"start", "end"})
    if (!fields.given(end)) fields.wrong(end, "is missing; give both ends, such as \"09:00\" and \"21:00\"");
  entry.window_start = std::move(window.start);
  entry.window_end = std::move(window.end);
}

std::optional<TemplateEntry> read_template(Fields& campaign, std::string_view name, Reading& reading) {
  const nlohmann::json* json = campaign.object(name);
  if (!json) return std::nullopt;
  Fields fields(*json, campaign.where(name), reading.problems);
  TemplateEntry entry{};
  read_typed(template_table(), entry, fields, reading);
  const auto check = [&](const std::string& at, const std::string& pattern, const std::string&) {
    check_pattern(at, pattern, reading);
  };
  check_instead(entry.instead, campaign.where(name), check);
  fields.finish();
  if (entry.name.empty()) fields.wrong("name", "is missing; give the template's name, or null for no template");
  for (std::size_t i = 0; i < entry.parameters.size(); ++i)
    check(fmt::format("{}[{}]", fields.where("parameters"), i), entry.parameters[i], entry.language);
  return entry;
}

TaskEntry read_task(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  TaskEntry entry{.where = where, .slug = {}};
  read_typed(task_table(), entry, fields, reading);
  reading.note(fields.where("slug"), check_slug(entry.slug));
  if (entry.title && entry.title->empty()) fields.wrong("title", "is empty; messages name the task by it");
  fields.finish();
  return entry;
}

void read_tasks(CampaignEntry& entry, Fields& fields, std::string_view name, Reading& reading) {
  Once tasks(reading);
  fields.objects(
      name,
      [&](const nlohmann::json& one, const std::string& at) {
        entry.tasks.push_back(read_task(one, at, reading));
        tasks.add(entry.tasks.back().slug, at + ".slug");
      },
      most_tasks);
}

} // namespace

const TypedEntity<WindowEntry>& window_table() {
  using E = WindowEntry;
  static const TypedEntity<E> table{
      .name = "window",
      .table = "campaigns",
      .fields = {typed::clock("start", &E::start, "both ends are given").in("window_start"),
                 typed::clock("end", &E::end, "may lie after midnight").in("window_end")}};
  return table;
}

const TypedEntity<TemplateEntry>& template_table() {
  using E = TemplateEntry;
  static const TypedEntity<E> table{
      .name = "template",
      .table = "",
      .fields = {
          typed::line("name", &E::name, "of the WhatsApp account's template").or_else("needed"),
          typed::line("language", &E::language, "such as en or en_US", 20).or_else("the account's template setting"),
          typed::texts("parameters", &E::parameters, "in its order, each one line; may use the text's placeholders",
                       1024)
              .or_else("[]"),
          {.name = "instead",
           .holds = "\"text\", or a template without this field",
           .means =
               "what goes out while the template is paused, disabled or not approved: another template, or the text "
               "within 24 hours of a message of the contact's",
           .read = [](E& entry, Fields& fields, std::string_view,
                      Reading& reading) { entry.instead = read_instead(fields, reading); },
           .otherwise = "nothing: it waits"}}};
  return table;
}

const TypedEntity<TaskEntry>& task_table() {
  using namespace typed;
  using E = TaskEntry;
  static const TypedEntity<E> table{
      .name = "tasks",
      .table = "tasks",
      .fields = {
          line("slug", &E::slug, "what the task is known by in its campaign").in("slug"),
          flag("active", &E::active, "false: its claims wait").in("active"),
          known_word("platform", &E::platform, "where it is done", &Known::platforms,
                     [](std::string_view one) { return one; })
              .or_else("needed for a new one"),
          known_word("action", &E::action, "what is to be done", &Known::actions,
                     [](const ActionKind& one) { return one.name; })
              .or_else("needed for a new one"),
          line("object_id", &E::object_id, "the platform's id of the post; empty: the account itself", 200,
               check_object_id)
              .in("object_id"),
          line("url", &E::url, "where people are sent", 2048, check_a_link).in("url"),
          line("title", &E::title, "what messages call it").or_else("the slug"),
          whole("reward_spins", &E::reward_spins, 0, 1'000'000, "what a verified claim earns").in("reward_spins"),
          span("patience", &E::patience, Millis(60'000), 365 * one_day, "after the claim it is looked for so long")
              .in("patience_ms"),
          other<E>("credentials", "a list of credentials", "for this task alone",
                   [](E& e, Fields& f, std::string_view, Reading& reading) {
                     e.credentials = read_credentials(f, Holder::task, reading);
                   })}};
  return table;
}

const TypedEntity<CampaignEntry>& campaign_table() {
  using namespace typed;
  using E = CampaignEntry;
  static const TypedEntity<E> table{
      .name = "campaigns",
      .table = "campaigns",
      .fields = {
          line("slug", &E::slug, "what the campaign is known by").in("slug"),
          line("name", &E::name, "for people").in("name"),
          word("kind", &E::kind, {"social", "drip"}, "claims and rewards, or steps").in("kind"),
          word("status", &E::status, {"draft", "running", "paused", "ended"},
               "a drip that was a draft or paused, and then runs, waits longer by that time; a step with an hour by "
               "whole days of it")
              .in("status"),
          instant_or_null("starts_at", &E::starts_at, "only claims from then on count; null: from the beginning")
              .in("starts_at"),
          instant_or_null(
              "ends_at", &E::ends_at,
              "only claims before count; those of an ended campaign are still checked until their deadline, or "
              "expire at once when this is null")
              .in("ends_at"),
          word("policy", &E::policy, {"meta", "platform", "followers", "counters", "statistical", "honor", "manual"},
               "how claims are decided: by what Meta shows, also with the platform's token, by what proves nothing "
               "(followers, "
               "counters, statistical, honor: against Meta's terms, and so acknowledged by somebody), by hand")
              .in("policy"),
          line("acknowledged_by", &E::acknowledged_by, "who takes the risk of such a policy").in("acknowledged_by"),
          day("acknowledged_on", &E::acknowledged_on, "since when").in("acknowledged_on"),
          number("probability", &E::probability, 0, 1, "of statistical").in("probability"),
          whole("honor_cap", &E::honor_cap, 1, 1000, "of honor: claims of a contact in a day").in("honor_cap"),
          span("visit_time", &E::visit_time, Millis(0), one_day, "least stay that counts as a visit").in("visit_ms"),
          flag("notifications", &E::notifications, "false: nobody is told of a verdict").in("notifications"),
          line("zone", &E::zone, "of contacts without a timezone of their own; an IANA name; empty: the tenant's", 200,
               check_zone_or_none)
              .in("zone"),
          other<E>(
              "window", "a window",
              "hours of messages, in the contact's zone, or else the campaign's, or else the tenant's; equal ends: "
              "always open",
              read_window),
          span("message_ttl", &E::message_ttl, Millis(60'000), 30 * one_day,
               "later than this a message is not sent any more; what the sender's own limits put off ages from when it "
               "may go")
              .in("message_ttl_ms"),
          other<E>("message", "text", "what is told of a verified claim; empty: the default of the language",
                   [](E& e, Fields& f, std::string_view field, Reading& reading) {
                     e.message = f.lines(field, 4096);
                     if (e.message) check_pattern(f.where(field), *e.message, reading);
                   })
              .in("message_text"),
          other<E>("template", "a template, or null",
                   "of the WhatsApp account; needed where that is the Cloud API or Twilio",
                   [](E& e, Fields& f, std::string_view field, Reading& reading) {
                     e.message_template = f.nullable(field, [&] { return read_template(f, field, reading); });
                   })
              .or_else("null"),
          line("link", &E::link, "what {link} stands for", 2048, check_a_link).in("link"),
          other<E>("credentials", "a list of credentials", "for this campaign alone",
                   [](E& e, Fields& f, std::string_view, Reading& reading) {
                     e.credentials = read_credentials(f, Holder::campaign, reading);
                   }),
          other<E>("tasks", "a list of tasks, 1,000 at most", "what contacts may do", read_tasks)}};
  return table;
}

CampaignEntry read_campaign(const nlohmann::json& json, const std::string& where, Reading& reading) {
  Fields fields(json, where, reading.problems);
  CampaignEntry entry{.where = where, .slug = {}};
  read_typed(campaign_table(), entry, fields, reading);
  reading.note(fields.where("slug"), check_slug(entry.slug));
  read_drip(fields, entry, reading);
  fields.finish();
  return entry;
}

} // namespace milkrun::cli
