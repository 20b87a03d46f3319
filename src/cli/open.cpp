// Opens the key and the database of the settings.
#include "cli/open.hpp"

#include "db/migrate.hpp"

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

} // namespace milkrun::cli
