// Walks the chain in one query, opens what it finds, and never hands a credential to another tenant.
#include "credentials/vault.hpp"

#include "base/text.hpp"
#include "http/client.hpp"
#include "sql/chain.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace milkrun {
namespace {

std::string binding_owner(std::string_view scope, std::string_view owner_key) {
  return scope == "platform" ? std::string(scope) : fmt::format("{}:{}", scope, owner_key);
}

// Scheme, host and port; what is no address of a server stands for itself.
std::string origin_of(const std::string& base_url) {
  const std::string host = http::server_of(base_url);
  if (host.empty()) return base_url;
  return fmt::format("{}://{}", text::lower(std::string_view(base_url).substr(0, base_url.find(':'))), host);
}

// Two spellings of one place are one: the host's case, a port that is the usual one, a slash at the end.
std::string place_of(const std::string& base_url) {
  const std::size_t scheme = base_url.find("://");
  if (scheme == std::string::npos) return base_url;
  std::string_view path =
      std::string_view(base_url).substr(std::min(base_url.find_first_of("/?#", scheme + 3), base_url.size()));
  while (path.ends_with('/')) path.remove_suffix(1);
  return origin_of(base_url) + std::string(path);
}

Binding binding_of(const db::Row& row) {
  return {.tenant = row.text("tenant_id"),
          .owner = binding_owner(row.text("scope"), row.text("owner_key")),
          .service = row.text("service"),
          .id = row.text("id"),
          .origin = origin_of(row.text("base_url")),
          .account = row.text("account"),
          .version = row.integer("updated_at")};
}

Binding check_binding() { return {.tenant = operator_tenant.value, .owner = "key-check"}; }

Owner owner_of(std::string_view scope) {
  if (scope == "platform") return Owner::platform;
  return scope == "portal" ? Owner::portal : Owner::tenant;
}

std::string app_of(const std::string& settings) {
  const auto json = nlohmann::json::parse(settings, nullptr, false);
  const auto found = json.is_object() ? json.find("app_id") : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Of a secret that its service renewed: the hash of what was imported, sealed behind it, so that the same document once
// more brings nothing back that is used up. An import takes no such character.
constexpr std::string_view imported_as = "\x1e";

struct Kept {
  Secret secret;
  std::string imported; // "" = it is as it was imported
};

std::optional<Kept> open_kept(const MasterKey& key, const db::Row& row) {
  auto whole = unseal(key, binding_of(row), row.text("sealed"));
  if (!whole) return std::nullopt;
  const std::size_t mark = whole->reveal().rfind(imported_as);
  if (mark == std::string_view::npos) return Kept{std::move(*whole), ""};
  return Kept{Secret(std::string(whole->reveal().substr(0, mark))),
              std::string(whole->reveal().substr(mark + imported_as.size()))};
}

std::string seal_kept(const MasterKey& key, const Binding& binding, const Kept& kept) {
  if (kept.imported.empty()) return seal(key, binding, kept.secret);
  return seal(key, binding, Secret::joined({kept.secret.reveal(), imported_as, kept.imported}));
}

std::string hash_of(const Secret& secret) { return text::sha256_hex(secret.reveal()); }

bool was_imported(const Kept& kept, const Secret& secret) {
  return kept.imported.empty() ? kept.secret.reveal() == secret.reveal() : kept.imported == hash_of(secret);
}

std::string id_or_empty(const auto& id) { return id ? id->value : std::string(); }

} // namespace

std::string waits_for(const CredentialId& id) { return "credential " + id.value; }

std::string waits_for_one(std::string_view service) { return fmt::format("credential of {}", service); }

Expected<Credential> Vault::open(const db::Row& row, const TenantId& granted_to) const {
  const std::string& scope = row.text("scope");
  const std::string& service = row.text("service");
  const Owner owner = owner_of(scope);
  // The query forbids it, so it is a bug, or somebody's hand in the file.
  if (row.text("tenant_id") != (owner == Owner::tenant ? granted_to.value : operator_tenant.value) ||
      row.text("owner_key") != row.text("wanted_owner"))
    throw std::logic_error("a credential of another owner was found for an item");
  auto kept = open_kept(key_, row);
  if (!kept)
    return fail(Fault::setting, Reason("credential.unreadable", {service}),
                "wrong master key, or the row was changed or moved; import the credential again");
  return Credential{.id = {row.text("id")},
                    .service = service,
                    .owner = owner,
                    .granted_to = granted_to,
                    .tenant = row.text("tenant_slug"),
                    .base_url = row.text("base_url"),
                    .host = http::server_of(row.text("base_url")),
                    .app = app_of(row.text("settings")),
                    .account = row.text("account"),
                    .secret = std::move(kept->secret),
                    .settings = row.text("settings"),
                    .updated_at = row.time("updated_at"),
                    .marks = marks_of(key_, granted_to)};
}

Expected<Credential> Vault::resolve(db::Transaction& tx, const CredentialScope& scope, std::string_view service) const {
  const std::optional<db::Row> row = tx.one(sql::chain::find, {{"tenant", scope.tenant.value},
                                                               {"campaign", id_or_empty(scope.campaign)},
                                                               {"task", id_or_empty(scope.task)},
                                                               {"portal", id_or_empty(scope.portal)},
                                                               {"service", service}});
  if (!row)
    return fail(Fault::setting, Reason("credential.missing", {std::string(service)}),
                "import one for the tenant, or grant it the platform's");
  return open(*row, scope.tenant);
}

Expected<Credential> Vault::again(db::Transaction& tx, const TenantId& tenant, const CredentialId& id,
                                  const std::string& host) const {
  const std::optional<db::Row> row = tx.one(sql::chain::by_id, {{"tenant", tenant.value}, {"id", id.value}});
  if (!row) return fail(Fault::setting, "credential.gone");
  Credential credential = TRY(open(*row, tenant));
  if (credential.host != host) return fail(Fault::setting, "credential.moved", fmt::format("was {}", host));
  return credential;
}

namespace {

// `tenant` "": everybody's. As the ledger does it, whose room this one does not see.
void wake(db::Transaction& tx, const std::string& waits_for, const std::string& tenant, Time now) {
  constexpr std::int64_t at_once = 500; // as the statement says
  if (tx.execute(sql::chain::wake, {{"waits_for", waits_for}, {"tenant", tenant}, {"now", now}}) == at_once)
    tx.execute(sql::chain::wake_later, {{"waits_for", waits_for}, {"tenant", tenant}});
}

} // namespace

bool Vault::store(db::Transaction& tx, const NewCredential& c, Time now) const {
  const auto existing =
      tx.one(sql::chain::existing, {{"scope", c.scope}, {"owner_key", c.owner_key}, {"service", c.service}});
  const std::string known = existing ? existing->text("id") : "";
  const auto old = existing ? open_kept(key_, *existing) : std::nullopt;
  const bool same_place = existing && place_of(existing->text("base_url")) == place_of(c.base_url);
  const bool same_server = existing && http::server_of(existing->text("base_url")) == http::server_of(c.base_url);
  if (c.keep_secret && existing && (!old || !same_server))
    return false; // nothing that could be kept: it stays as it is
  const bool same_secret = old && (c.keep_secret || was_imported(*old, c.secret));
  if (same_secret && existing->text("base_url") == c.base_url && existing->text("account") == c.account &&
      existing->text("settings") == c.settings)
    return false;
  const Kept kept = same_secret && same_server ? *old : Kept{c.secret, ""};
  // It is the seal's version, too: it moves on also within a millisecond, or when the clock was set back.
  const Time changed = existing ? std::max(now, existing->time("updated_at") + Millis(1)) : now;
  Binding binding{.tenant = c.tenant.value,
                  .owner = binding_owner(c.scope, c.owner_key),
                  .service = c.service,
                  // Another place makes it another credential: what was sent to the old one must not be looked up, and
                  // missed, there.
                  .id = same_place ? known : new_id(),
                  .origin = origin_of(c.base_url),
                  .account = c.account,
                  .version = to_ms(changed)};
  const auto part = [&](std::string_view scope) { return c.scope == scope ? db::Value(c.owner_key) : db::Value(); };
  tx.execute(sql::chain::upsert, {{"id", binding.id},
                                  {"scope", c.scope},
                                  {"tenant", c.tenant.value},
                                  {"campaign", part("campaign")},
                                  {"task", part("task")},
                                  {"portal", part("portal")},
                                  {"service", c.service},
                                  {"base_url", c.base_url},
                                  {"account", c.account},
                                  {"settings", c.settings},
                                  {"sealed", seal_kept(key_, binding, kept)},
                                  {"changed", changed},
                                  {"owner_key", c.owner_key}});
  tx.execute(sql::chain::unpark, {{"id", known}, {"now", now}});
  wake(tx, waits_for(CredentialId{known}), "", now);
  wake(tx, waits_for_one(c.service), c.tenant == operator_tenant ? "" : c.tenant.value, now);
  // What waits with the old place has a new one now.
  if (existing && !same_place)
    wake(tx, fmt::format("{} {}", c.service, http::server_of(existing->text("base_url"))),
         c.tenant == operator_tenant ? "" : c.tenant.value, now);
  tx.execute(sql::chain::bump);
  return true;
}

bool Vault::renew(db::Transaction& tx, const Credential& c, const Secret& secret, Time now) const {
  const auto row = tx.one(sql::chain::of_id, {{"id", c.id.value}});
  if (!row || row->time("updated_at") != c.updated_at) return false;
  const auto old = open_kept(key_, *row);
  if (!old) return false;
  const Kept kept{secret, old->imported.empty() ? hash_of(old->secret) : old->imported};
  Binding binding = binding_of(*row);
  binding.version = to_ms(std::max(now, c.updated_at + Millis(1)));
  tx.execute(sql::chain::renew,
             {{"id", c.id.value}, {"sealed", seal_kept(key_, binding, kept)}, {"changed", binding.version}});
  tx.execute(sql::chain::bump);
  return true;
}

KeyFit key_fit(db::Transaction& tx, const MasterKey& key) {
  if (const auto check = tx.one(sql::chain::key_check))
    return unseal(key, check_binding(), check->text("sealed")) ? KeyFit::fits : KeyFit::another;
  // A database from before there was a check value: one credential that opens tells as much.
  const db::Rows some = tx.query(sql::chain::some_credentials);
  if (some.empty()) return KeyFit::unknown;
  const bool opens = std::ranges::any_of(
      some, [&](const db::Row& row) { return unseal(key, binding_of(row), row.text("sealed")).has_value(); });
  return opens ? KeyFit::unknown : KeyFit::another;
}

void remember_key(db::Transaction& tx, const MasterKey& key) {
  tx.execute(sql::chain::remember_key, {{"sealed", seal(key, check_binding(), Secret("this is the key"))}});
}

} // namespace milkrun
