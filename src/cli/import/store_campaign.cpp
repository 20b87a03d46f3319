// Campaigns and their tasks, with the credentials that are theirs alone.
#include "base/id.hpp"
#include "cli/import/store_parts.hpp"
#include "sql/import.hpp"

namespace milkrun::cli {
namespace {

namespace q = sql::import;

bool update_campaign(Storing& s, const std::string& id, const CampaignEntry& entry) {
  return s.tx.execute(q::update_campaign, {{"id", id},
                                           {"name", db::value(entry.name)},
                                           {"kind", db::value(entry.kind)},
                                           {"status", db::value(entry.status)},
                                           {"starts_given", entry.starts_at.given},
                                           {"starts_at", db::value(entry.starts_at.value)},
                                           {"ends_given", entry.ends_at.given},
                                           {"ends_at", db::value(entry.ends_at.value)},
                                           {"policy", db::value(entry.policy)},
                                           {"acknowledged_by", db::value(entry.acknowledged_by)},
                                           {"acknowledged_on", db::value(entry.acknowledged_on)},
                                           {"probability", optional_real(entry.probability)},
                                           {"honor_cap", db::value(entry.honor_cap)},
                                           {"visit_ms", optional_millis(entry.visit_time)}}) > 0;
}

bool update_messages(Storing& s, const std::string& id, const CampaignEntry& entry) {
  // Given as null, a template has no name: the campaign has none.
  const TemplateEntry given = entry.message_template.value.value_or(TemplateEntry());
  const auto if_given = [&](db::Value value) { return entry.message_template.given ? std::move(value) : db::Value(); };
  return s.tx.execute(q::update_campaign_messages, {{"id", id},
                                                    {"notifications", optional_flag(entry.notifications)},
                                                    {"zone", db::value(entry.zone)},
                                                    {"window_start", db::value(entry.window_start)},
                                                    {"window_end", db::value(entry.window_end)},
                                                    {"message_ttl_ms", optional_millis(entry.message_ttl)},
                                                    {"message_text", db::value(entry.message)},
                                                    {"template_name", if_given(given.name)},
                                                    {"template_language", if_given(given.language)},
                                                    {"template_values", if_given(optional_list(given.parameters))},
                                                    {"template_instead", if_given(given.instead)},
                                                    {"link", db::value(entry.link)}}) > 0;
}

// True when a task that was stored already, or whose credential serves it, is another now.
bool store_task(Storing& s, const TenantId& tenant, const std::string& campaign, const std::string& campaign_slug,
                const TaskEntry& entry) {
  const auto row =
      s.tx.one(q::task_by_slug, {{"tenant", tenant.value}, {"campaign", campaign_slug}, {"slug", entry.slug}});
  const std::string id = row ? row->text("id") : new_id();
  if (!row)
    s.tx.execute(q::add_task, {{"id", id}, {"tenant", tenant.value}, {"campaign", campaign}, {"slug", entry.slug}});
  const bool changed = s.tx.execute(q::update_task, {{"id", id},
                                                     {"active", optional_flag(entry.active)},
                                                     {"platform", db::value(entry.platform)},
                                                     {"action", db::value(entry.action)},
                                                     {"object_id", db::value(entry.object_id)},
                                                     {"url", db::value(entry.url)},
                                                     {"title", db::value(entry.title)},
                                                     {"reward_spins", db::value(entry.reward_spins)},
                                                     {"patience_ms", optional_millis(entry.patience)}}) > 0;
  count(s.counts.tasks, !row, changed);
  bool other = changed;
  for (const CredentialEntry& one : entry.credentials) other |= store_credential(s, "task", tenant, id, one);
  return row && other;
}

} // namespace

bool store_campaign(Storing& s, const TenantId& tenant, const CampaignEntry& entry) {
  const auto row = s.tx.one(q::campaign_by_slug, {{"tenant", tenant.value}, {"slug", entry.slug}});
  const std::string id = row ? row->text("id") : new_id();
  // The seed decides claims: it must never be another one.
  if (!row)
    s.tx.execute(q::add_campaign, {{"id", id}, {"tenant", tenant.value}, {"slug", entry.slug}, {"seed", new_id()}});
  resume_drip(s, tenant, entry);
  bool changed = update_campaign(s, id, entry);
  changed |= update_messages(s, id, entry);
  changed |= store_drip(s, tenant, entry);
  if (row && entry.zone && *entry.zone != row->text("zone")) date_anew(s, id);
  count(s.counts.campaigns, !row, changed);
  for (const CredentialEntry& one : entry.credentials) changed |= store_credential(s, "campaign", tenant, id, one);
  changed = row && changed;
  for (const TaskEntry& one : entry.tasks) changed |= store_task(s, tenant, id, entry.slug, one);
  return changed;
}

} // namespace milkrun::cli
