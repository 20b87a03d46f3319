// Opening what several commands need, with the failures turned into their exit codes.
#pragma once

#include "cli/exit.hpp"
#include "cli/settings.hpp"
#include "credentials/vault.hpp"
#include "db/sqlite.hpp"

#include <memory>
#include <optional>
#include <string>

namespace milkrun::cli {

// The key of settings.key_file; Exit::config with the mend.
std::expected<MasterKey, Refusal> open_key(const Settings& settings);
std::expected<Vault, Refusal> open_vault(const Settings& settings);
// The database of settings.database with our schema version. Throws db::DatabaseError.
std::unique_ptr<db::Sqlite> open_database(const Settings& settings, bool read_only = false);
// Whom --tenant SLUG means; nullopt for "" (everybody), Exit::usage for nobody.
std::expected<std::optional<TenantId>, Refusal> tenant_of_flag(db::Database& database, const std::string& slug);

} // namespace milkrun::cli
