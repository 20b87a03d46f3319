// Opens the key and the database of the settings.
#include "cli/open.hpp"

#include "base/text.hpp"
#include "db/migrate.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

namespace milkrun::cli {

std::expected<MasterKey, Refusal> open_key(const Settings& settings) {
  try {
    return MasterKey::from_file(settings.key_file);
  } catch (const std::runtime_error& e) {
    return refuse(Exit::config, e.what());
  }
}

std::expected<Vault, Refusal> open_vault(const Settings& settings) { return Vault(TRY(open_key(settings))); }

std::unique_ptr<db::Sqlite> open_database(const Settings& settings, bool read_only) {
  auto database = std::make_unique<db::Sqlite>(settings.database, db::SqliteOptions{.read_only = read_only});
  db::check_version(*database);
  return database;
}

std::expected<std::optional<TenantId>, Refusal> tenant_of_flag(db::Database& database, const std::string& slug) {
  std::optional<TenantId> tenant;
  if (slug.empty()) return tenant;
  database.read([&](db::Transaction& tx) {
    const auto row = tx.one(sql::cli::tenant_by_slug, {{"slug", slug}});
    tenant = row ? std::optional(TenantId{row->text("id")}) : std::nullopt;
  });
  if (!tenant)
    return refuse(Exit::usage, fmt::format("--tenant {}: there is no such tenant; give the slug of one that was "
                                           "imported or synced",
                                           text::one_line(slug, 80)));
  return tenant;
}

} // namespace milkrun::cli
