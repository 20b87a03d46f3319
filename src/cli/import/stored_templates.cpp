// WhatsApp accounts that reach people by templates only, against what is sent with them, by the document or by what is
// stored: a text without a template would wait message by message for somebody to give one.
#include "cli/import/stored_parts.hpp"
#include "providers/whatsapp/whatsapp.hpp"
#include "sql/import.hpp"
#include "sql/import_outreach.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace milkrun::cli {
namespace {

namespace q = sql::import;
namespace qo = sql::import_outreach;

using MaybeRow = std::optional<db::Row>;
constexpr std::int64_t most_stored = 50; // that are named

class Templates {
public:
  Templates(db::Transaction& tx, const Document& document, const TenantEntry& tenant, Problems& problems)
      : tx_(tx), tenant_(tenant), problems_(problems) {
    if (const auto row = tx.one(q::tenant_by_slug, {{"slug", tenant.slug}})) id_ = row->text("id");
    of_tenant_ = account(tenant.credentials, "tenant", id_);
    if (!of_tenant_ && is_granted()) of_tenant_ = account(document.platform, "platform", "platform");
    before_ = stored_account(tx, id_);
  }

  void all() {
    for (const CampaignEntry& one : tenant_.campaigns) campaign(one);
    for (const RuleEntry& one : tenant_.reminder_rules) {
      const MaybeRow row = tx_.one(qo::rule_row, {{"tenant", id_}, {"slug", one.slug}});
      check(one.where, one.given, row, of_tenant_);
    }
    if (!id_.empty() && newly_needed(of_tenant_, before_)) stored(*of_tenant_);
  }

  // What the tenant sends with now.
  static std::optional<std::string> stored_account(db::Transaction& tx, const std::string& tenant) {
    if (tenant.empty()) return std::nullopt;
    if (auto own = stored_settings(tx, "tenant", tenant)) return own;
    const db::Rows grants = tx.query(q::grants_of, {{"tenant", tenant}});
    const bool granted =
        std::ranges::any_of(grants, [](const db::Row& row) { return row.text("service") == "whatsapp"; });
    return granted ? stored_settings(tx, "platform", "platform") : std::nullopt;
  }
  // What was stored with an account that wanted templates already waits already: a new secret is not refused for it.
  static bool newly_needed(const std::optional<std::string>& after, const std::optional<std::string>& before) {
    return after && whatsapp::needs_templates(*after) && !(before && whatsapp::needs_templates(*before));
  }
  static Problem untemplated(const std::string& where, const std::string& settings, const db::Row& row,
                             const std::string& tenant) {
    const std::string &kind = row.text("kind"), &slug = row.text("slug");
    const std::string what = kind == "campaign" ? fmt::format("campaign {}", slug)
                             : kind == "step"   ? fmt::format("step {} of campaign {}", slug, row.text("campaign"))
                                                : fmt::format("reminder rule {}", slug);
    return {where,
            fmt::format("this WhatsApp account ({}) writes first by approved templates only, and the stored {}{} "
                        "has none; give it one",
                        whatsapp::adapter_of(settings), what, tenant.empty() ? "" : " of tenant " + tenant)};
  }

private:
  static std::optional<std::string> stored_settings(db::Transaction& tx, std::string_view scope,
                                                    const std::string& owner) {
    const MaybeRow row = tx.one(q::credential_at, {{"scope", scope}, {"owner_key", owner}, {"service", "whatsapp"}});
    return row ? std::optional(row->text("settings")) : std::nullopt;
  }

  // What is stored and not given again.
  void stored(const std::string& settings) {
    for (const db::Row& row : tx_.query(q::untemplated, {{"tenant", id_}, {"campaign", ""}, {"limit", most_stored}})) {
      if (is_given(row)) continue;
      const bool own =
          std::ranges::find(tenant_.credentials, "whatsapp", &CredentialEntry::service) != tenant_.credentials.end();
      const std::string place = own              ? tenant_.where + ".credentials"
                                : tenant_.grants ? tenant_.where + ".grants"
                                                 : std::string("platform.credentials");
      problems_.push_back(untemplated(place, settings, row, ""));
    }
  }

  // The document says itself what becomes of it.
  bool is_given(const db::Row& row) const {
    if (row.text("kind") == "rule")
      return std::ranges::find(tenant_.reminder_rules, row.text("slug"), &RuleEntry::slug) !=
             tenant_.reminder_rules.end();
    const auto entry = std::ranges::find(tenant_.campaigns, row.text("campaign"), &CampaignEntry::slug);
    if (entry == tenant_.campaigns.end()) return false;
    const bool own =
        std::ranges::find(entry->credentials, "whatsapp", &CredentialEntry::service) != entry->credentials.end();
    return row.text("kind") == "campaign" || entry->steps || entry->status == "ended" || own;
  }

  // The settings of an owner's WhatsApp account as they will be; nullopt: it has none.
  std::optional<std::string> account(const std::vector<CredentialEntry>& given, std::string_view scope,
                                     const std::string& owner) {
    const auto one = std::ranges::find(given, "whatsapp", &CredentialEntry::service);
    if (one != given.end()) return one->settings;
    return stored_settings(tx_, scope, owner);
  }

  bool is_granted() {
    if (tenant_.grants) return std::ranges::find(*tenant_.grants, "whatsapp") != tenant_.grants->end();
    return std::ranges::any_of(tx_.query(q::grants_of, {{"tenant", id_}}),
                               [](const db::Row& row) { return row.text("service") == "whatsapp"; });
  }

  void note(const std::string& where, const std::string& settings, std::string_view or_else) {
    problems_.push_back(
        {where + ".template",
         fmt::format("is missing: this WhatsApp account ({}) writes first by approved templates only; give "
                     "the name of one, or {}",
                     whatsapp::adapter_of(settings), or_else)});
  }

  void campaign(const CampaignEntry& entry) {
    const MaybeRow row = tx_.one(qo::campaign_row, {{"tenant", id_}, {"slug", entry.slug}});
    std::optional<std::string> settings = account(entry.credentials, "campaign", row ? row->text("id") : std::string());
    if (!settings) settings = of_tenant_;
    if (!settings || !whatsapp::needs_templates(*settings)) return;
    if (entry.kind.value_or(row ? row->text("kind") : "social") == "drip") {
      if (entry.steps)
        for (const StepEntry& step : *entry.steps)
          check(step.where, step.given,
                row ? tx_.one(qo::step_row, {{"campaign", row->text("id")}, {"slug", step.slug}}) : MaybeRow(),
                settings);
      else if (row)
        campaign_steps(entry, row->text("id"), *settings);
      return;
    }
    if (!entry.notifications.value_or(row ? row->flag("notifications") : true)) return;
    const bool has = entry.message_template.given ? entry.message_template.value.has_value()
                                                  : row && !row->text("template_name").empty();
    if (!has) note(entry.where, *settings, "set notifications to false");
  }

  // The steps that a campaign has, when it gets an account of its own.
  void campaign_steps(const CampaignEntry& entry, const std::string& id, const std::string& settings) {
    if (std::ranges::find(entry.credentials, "whatsapp", &CredentialEntry::service) == entry.credentials.end()) return;
    const auto before = stored_settings(tx_, "campaign", id);
    if (!newly_needed(settings, before ? before : before_) || entry.status == "ended") return;
    for (const db::Row& row : tx_.query(q::untemplated, {{"tenant", id_}, {"campaign", id}, {"limit", most_stored}}))
      problems_.push_back(untemplated(entry.where + ".credentials", settings, row, ""));
  }

  // A step or a rule, as it will be.
  void check(const std::string& where, const Given& given, const MaybeRow& row,
             const std::optional<std::string>& settings) {
    if (!settings || !whatsapp::needs_templates(*settings)) return;
    const auto will_be = [&](std::string_view column, std::string_view otherwise) {
      if (given.has(column)) return given.text(column);
      return row ? row->text_or_empty(column) : std::string(otherwise);
    };
    if (given.has("active") ? given.integer("active") == 0 : row && !row->flag("active")) return;
    if (will_be("channels", "whatsapp").find("whatsapp") == std::string::npos) return;
    if (will_be("template_name", "").empty()) note(where, *settings, "leave whatsapp out of its channels");
  }

  db::Transaction& tx_;
  const TenantEntry& tenant_;
  Problems& problems_;
  std::string id_; // "" = a new tenant, for whom nothing is stored
  std::optional<std::string> of_tenant_, before_;
};

} // namespace

void check_templates(db::Transaction& tx, const Document& document, const TenantEntry& tenant, Problems& problems) {
  Templates(tx, document, tenant, problems).all();
}

void check_platform_templates(db::Transaction& tx, const Document& document, Problems& problems) {
  constexpr std::int64_t most_tenants = 1'000;
  const auto given = std::ranges::find(document.platform, "whatsapp", &CredentialEntry::service);
  if (given == document.platform.end() || !whatsapp::needs_templates(given->settings)) return;
  const db::Rows granted = tx.query(q::granted_without_own, {{"service", "whatsapp"}, {"limit", most_tenants}});
  std::set<std::string, std::less<>> others; // that the document does not name
  for (const db::Row& tenant : granted) others.insert(tenant.text("slug"));
  document.each_tenant([&](const TenantEntry& tenant) { others.erase(tenant.slug); });
  for (const db::Row& tenant : granted) {
    const std::string& slug = tenant.text("slug");
    if (!others.contains(slug)) continue;
    if (!Templates::newly_needed(given->settings, Templates::stored_account(tx, tenant.text("id")))) return;
    for (const db::Row& row :
         tx.query(q::untemplated, {{"tenant", tenant.text("id")}, {"campaign", ""}, {"limit", most_stored}}))
      problems.push_back(Templates::untemplated("platform.credentials", given->settings, row, slug));
  }
}

} // namespace milkrun::cli
