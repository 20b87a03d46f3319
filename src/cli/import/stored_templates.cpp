// WhatsApp accounts that reach people by templates only, against what the document wants to send with them: a text
// without a template would wait message by message for somebody to give one.
#include "cli/import/stored_parts.hpp"
#include "providers/whatsapp/whatsapp.hpp"
#include "sql/import.hpp"
#include "sql/import_outreach.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::cli {
namespace {

namespace q = sql::import;
namespace qo = sql::import_outreach;

using MaybeRow = std::optional<db::Row>;

class Templates {
public:
  Templates(db::Transaction& tx, const Document& document, const TenantEntry& tenant, Problems& problems)
      : tx_(tx), tenant_(tenant), problems_(problems) {
    if (const auto row = tx.one(q::tenant_by_slug, {{"slug", tenant.slug}})) id_ = row->text("id");
    of_tenant_ = account(tenant.credentials, "tenant", id_);
    if (!of_tenant_ && is_granted()) of_tenant_ = account(document.platform, "platform", "platform");
  }

  void all() {
    for (const CampaignEntry& one : tenant_.campaigns) campaign(one);
    for (const RuleEntry& one : tenant_.reminder_rules) {
      const MaybeRow row = tx_.one(qo::rule_row, {{"tenant", id_}, {"slug", one.slug}});
      check(one.where, one.given, row, of_tenant_);
    }
  }

private:
  // The settings of an owner's WhatsApp account as they will be; nullopt: it has none.
  std::optional<std::string> account(const std::vector<CredentialEntry>& given, std::string_view scope,
                                     const std::string& owner) {
    const auto one = std::ranges::find(given, "whatsapp", &CredentialEntry::service);
    if (one != given.end()) return one->settings;
    const MaybeRow row = tx_.one(q::credential_at, {{"scope", scope}, {"owner_key", owner}, {"service", "whatsapp"}});
    return row ? std::optional(row->text("settings")) : std::nullopt;
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
      return;
    }
    if (!entry.notifications.value_or(row ? row->flag("notifications") : true)) return;
    const bool has = entry.message_template.given ? entry.message_template.value.has_value()
                                                  : row && !row->text("template_name").empty();
    if (!has) note(entry.where, *settings, "set notifications to false");
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
  std::optional<std::string> of_tenant_;
};

} // namespace

void check_templates(db::Transaction& tx, const Document& document, const TenantEntry& tenant, Problems& problems) {
  Templates(tx, document, tenant, problems).all();
}

} // namespace milkrun::cli
