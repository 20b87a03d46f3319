// Checks an import document against what is stored. Only reads.
#include "cli/import/stored.hpp"

#include "base/shown.hpp"
#include "base/text.hpp"
#include "cli/import/checks.hpp"
#include "cli/import/stored_parts.hpp"
#include "http/client.hpp"
#include "providers/feed/own_site.hpp"
#include "sql/import.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::cli {
namespace {

namespace q = sql::import;

// A secret is sealed to its host: it cannot be carried to another one.
void check_secret(db::Transaction& tx, const PortalEntry& portal, const std::string& id, std::string_view name,
                  std::string_view service, const std::optional<Secret>& secret, Problems& problems) {
  if (secret || !portal.base_url) return;
  const auto stored = tx.one(q::credential_at, {{"scope", "portal"}, {"owner_key", id}, {"service", service}});
  if (stored && http::host_of(stored->text("base_url")) != http::host_of(*portal.base_url))
    problems.push_back({fmt::format("{}.{}", portal.where, name),
                        fmt::format("is missing: the stored one is bound to {}; give it again for the new base_url",
                                    http::host_of(stored->text("base_url")))});
}

void check_portal(db::Transaction& tx, const PortalEntry& portal, Problems& problems) {
  const auto row = tx.one(q::portal_by_slug, {{"slug", portal.slug}});
  if (row) {
    check_secret(tx, portal, row->text("id"), "token", "portal", portal.token, problems);
    check_secret(tx, portal, row->text("id"), "api_key", "portal-callback", portal.api_key, problems);
    return;
  }
  if (!portal.base_url) problems.push_back({portal.where + ".base_url", "is missing; a new portal needs its address"});
  if (!portal.token)
    problems.push_back({portal.where + ".token", "is missing; a new portal needs the token of its tenant list"});
}

} // namespace

void check_secrets(db::Transaction& tx, std::string_view scope, const std::string& owner,
                   const std::vector<CredentialEntry>& credentials, Problems& problems) {
  for (const CredentialEntry& entry : credentials) {
    if (!entry.keep_secret) continue;
    const auto stored =
        owner.empty() ? std::nullopt
                      : tx.one(q::credential_at, {{"scope", scope}, {"owner_key", owner}, {"service", entry.service}});
    if (!stored) {
      if (!entry.secret_missing.empty()) problems.push_back({entry.where + ".secret", entry.secret_missing});
    } else if (http::server_of(stored->text("base_url")) != http::server_of(entry.base_url)) {
      problems.push_back({entry.where + ".secret",
                          fmt::format("is missing: the stored one is bound to {}; give it again for the new base_url",
                                      http::server_of(stored->text("base_url")))});
    }
  }
}

namespace {

void check_plan(db::Transaction& tx, const TenantEntry& tenant, const Document& document, Problems& problems) {
  const auto& wanted = tenant.plan.value;
  if (!wanted) return;
  const auto same = [&](const PlanEntry& plan) { return plan.slug == *wanted; };
  if (std::ranges::any_of(document.plans, same) || tx.one(q::plan_by_slug, {{"slug", *wanted}})) return;
  problems.push_back(
      {tenant.where + ".plan", fmt::format("is \"{}\", which is neither in this document nor stored; add it "
                                           "to plans",
                                           text::one_line(*wanted, 80))});
}

// Who is of a portal comes from that portal's list, and from nowhere else.
void check_portal_tenant(db::Transaction& tx, const TenantEntry& tenant, Problems& problems) {
  if (!is_of_portal(tenant.slug) || tx.one(q::tenant_by_slug, {{"slug", tenant.slug}})) return;
  problems.push_back({tenant.where + ".slug",
                      fmt::format("is \"{}\", which no portal's list has brought; a tenant of one's own has no dot in "
                                  "its slug",
                                  text::one_line(tenant.slug, 120))});
}

// The site the tenant's posts go to after this import; "" when it has none.
std::string site_of(db::Transaction& tx, const TenantEntry& tenant, const std::optional<db::Row>& row) {
  const auto given = std::ranges::find(tenant.credentials, "wordpress", &CredentialEntry::service);
  if (given != tenant.credentials.end()) return given->base_url;
  if (!row) return {};
  const auto stored =
      tx.one(q::credential_at, {{"scope", "tenant"}, {"owner_key", row->text("id")}, {"service", "wordpress"}});
  return stored ? stored->text("base_url") : "";
}

void check_feeds(db::Transaction& tx, const TenantEntry& tenant, Problems& problems) {
  const auto row = tx.one(q::tenant_by_slug, {{"slug", tenant.slug}});
  const std::string site = site_of(tx, tenant, row);
  if (site.empty()) return;
  constexpr auto mend = "every post would come back as news; give a feed of another site";
  for (const FeedEntry& entry : tenant.feeds)
    if (entry.active.value_or(true) && feed::belongs_to_site(entry.url, site))
      problems.push_back(
          {entry.where + ".url", fmt::format("is a feed of the tenant's own site {}: {}", http::host_of(site), mend)});
  if (!row) return;
  for (const db::Row& stored : tx.query(q::feeds_of, {{"tenant", row->text("id")}})) {
    const std::string& url = stored.text("url");
    const bool given = std::ranges::any_of(tenant.feeds, [&](const FeedEntry& entry) { return entry.url == url; });
    if (!given && feed::belongs_to_site(url, site))
      problems.push_back(
          {tenant.where + ".credentials", fmt::format("point to the site of the stored feed {}: {}, or switch "
                                                      "that one off (\"active\": false)",
                                                      shown::url(url), mend)});
  }
}

} // namespace

Problems check_stored(db::Transaction& tx, const Document& document) {
  Problems problems;
  for (const PortalEntry& portal : document.portals) check_portal(tx, portal, problems);
  check_secrets(tx, "platform", "platform", document.platform, problems);
  document.each_tenant([&](const TenantEntry& tenant) {
    if (problems.full()) return;
    check_portal_tenant(tx, tenant, problems);
    const auto row = tx.one(q::tenant_by_slug, {{"slug", tenant.slug}});
    check_secrets(tx, "tenant", row ? row->text("id") : std::string(), tenant.credentials, problems);
    check_plan(tx, tenant, document, problems);
    check_feeds(tx, tenant, problems);
    check_campaigns(tx, tenant, problems);
    check_outreach(tx, tenant, problems);
    check_templates(tx, document, tenant, problems);
  });
  check_platform_templates(tx, document, problems);
  return problems;
}

} // namespace milkrun::cli
