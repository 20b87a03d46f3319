// Campaigns, tasks and claims against what is stored: what counts is how they would be after the import.
#include "base/text.hpp"
#include "cli/import/stored_parts.hpp"
#include "content/template.hpp"
#include "sql/import.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace milkrun::cli {
namespace {

namespace q = sql::import;

using MaybeRow = std::optional<db::Row>;

// What a text will be: given now, stored, or a new row's default.
std::string will_be(const std::optional<std::string>& given, const MaybeRow& row, std::string_view column,
                    std::string_view otherwise = "") {
  if (given) return *given;
  return row ? row->text(column) : std::string(otherwise);
}

std::optional<Time> will_be(const Nullable<Time>& given, const MaybeRow& row, std::string_view column) {
  if (given.given) return given.value;
  return row ? row->maybe_time(column) : std::nullopt;
}

void check_policy(const CampaignEntry& entry, const MaybeRow& row, Problems& problems) {
  constexpr std::array<std::string_view, 4> unproven = {"followers", "counters", "statistical", "honor"};
  const std::string policy = will_be(entry.policy, row, "policy", "meta");
  if (std::ranges::find(unproven, policy) == unproven.end()) return;
  if (!will_be(entry.acknowledged_by, row, "acknowledged_by").empty() &&
      !will_be(entry.acknowledged_on, row, "acknowledged_on").empty())
    return;
  problems.push_back({entry.where + ".policy",
                      fmt::format("is \"{}\": it rewards what nobody can prove, and Meta's Platform Terms forbid "
                                  "rewards for likes, follows and shares, at the risk of the Page or the app; give "
                                  "acknowledged_by and acknowledged_on, who takes that risk and since when, or use "
                                  "\"meta\"",
                                  policy)});
}

void check_span(const CampaignEntry& entry, const MaybeRow& row, Problems& problems) {
  const auto from = will_be(entry.starts_at, row, "starts_at"), to = will_be(entry.ends_at, row, "ends_at");
  if (from && to && *from >= *to)
    problems.push_back({entry.where + ".ends_at", "is not after starts_at; no claim would ever count"});
}

// A {link} of a campaign without one would fail message by message.
void check_link_used(const CampaignEntry& entry, const MaybeRow& row, Problems& problems) {
  content::Values values;
  for (const std::string_view name : content::campaign_placeholders()) values.emplace(name, "x");
  values["link"] = will_be(entry.link, row, "link");
  const auto check = [&](const std::string& where, const std::string& pattern) {
    if (const auto text = content::fill(pattern, values); !text)
      problems.push_back(
          {where, fmt::format("cannot be filled: {}, or give the campaign a link", text.error().detail)});
  };
  check(entry.where + ".message", will_be(entry.message, row, "message_text"));
  std::vector<std::string> parameters;
  if (entry.message_template.given) {
    if (entry.message_template.value) parameters = entry.message_template.value->parameters;
  } else if (row) {
    parameters = nlohmann::json::parse(row->text("template_values")).get<std::vector<std::string>>();
  }
  for (std::size_t i = 0; i < parameters.size(); ++i)
    check(fmt::format("{}.template.parameters[{}]", entry.where, i), parameters[i]);
}

// What the tenant's claims may refer to: the document's own, or what is stored.
class References {
public:
  References(db::Transaction& tx, const TenantEntry& tenant, const MaybeRow& row)
      : tx_(tx), tenant_(row ? row->text("id") : std::string()) {
    for (const CampaignEntry& campaign : tenant.campaigns)
      for (const TaskEntry& task : campaign.tasks) tasks_.emplace(campaign.slug, task.slug);
    for (const ContactEntry& contact : tenant.contacts) contacts_.insert(contact.given.text("phone"));
  }

  MaybeRow stored_task(const std::string& campaign, const std::string& slug) {
    return tx_.one(q::task_by_slug, {{"tenant", tenant_}, {"campaign", campaign}, {"slug", slug}});
  }

  void check(const CompletionEntry& entry, Problems& problems) {
    const MaybeRow task = stored_task(entry.campaign, entry.task);
    if (!task && !tasks_.contains({entry.campaign, entry.task}))
      problems.push_back({entry.where + ".task",
                          fmt::format("is \"{}\" of the campaign \"{}\", which is neither in this document nor stored; "
                                      "add it to the tenant's campaigns",
                                      entry.task, entry.campaign)});
    if (!contacts_.contains(entry.contact) &&
        !tx_.one(q::contact_by_phone, {{"tenant", tenant_}, {"phone", entry.contact}}))
      problems.push_back(
          {entry.where + ".contact",
           fmt::format("is \"{}\", which is neither in this document nor stored; add it to the tenant's contacts",
                       entry.contact)});
    if (task && entry.code) check_code(entry, task->text("id"), problems);
  }

private:
  void check_code(const CompletionEntry& entry, const std::string& task, Problems& problems) {
    const auto holder = tx_.one(q::code_holder, {{"task", task}, {"code", *entry.code}});
    if (holder && holder->text("phone") != entry.contact)
      problems.push_back({entry.where + ".code",
                          fmt::format("is \"{}\", which another contact has for this task; a code is for one person",
                                      text::one_line(*entry.code, 80))});
  }

  db::Transaction& tx_;
  std::string tenant_; // id; "" = a new tenant, for whom nothing is stored
  std::set<std::pair<std::string, std::string>> tasks_;
  std::set<std::string> contacts_;
};

void check_task(const TaskEntry& entry, const MaybeRow& row, Problems& problems) {
  for (const auto& [name, given] : {std::pair("platform", &entry.platform), std::pair("action", &entry.action)})
    if (will_be(*given, row, name).empty())
      problems.push_back({fmt::format("{}.{}", entry.where, name), "is missing; a new task needs it"});
}

} // namespace

void check_campaigns(db::Transaction& tx, const TenantEntry& tenant, Problems& problems) {
  const MaybeRow owner = tx.one(q::tenant_by_slug, {{"slug", tenant.slug}});
  References references(tx, tenant, owner);
  for (const CampaignEntry& campaign : tenant.campaigns) {
    const MaybeRow row =
        owner ? tx.one(q::campaign_by_slug, {{"tenant", owner->text("id")}, {"slug", campaign.slug}}) : std::nullopt;
    check_policy(campaign, row, problems);
    check_span(campaign, row, problems);
    check_link_used(campaign, row, problems);
    check_secrets(tx, "campaign", row ? row->text("id") : std::string(), campaign.credentials, problems);
    for (const TaskEntry& task : campaign.tasks) {
      const MaybeRow stored = references.stored_task(campaign.slug, task.slug);
      check_task(task, stored, problems);
      check_secrets(tx, "task", stored ? stored->text("id") : std::string(), task.credentials, problems);
    }
  }
  for (const CompletionEntry& completion : tenant.completions) references.check(completion, problems);
}

} // namespace milkrun::cli
