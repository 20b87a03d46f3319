// Opening what several commands need, with the failures turned into their exit codes.
#pragma once

#include "cli/args.hpp"
#include "cli/exit.hpp"
#include "cli/settings.hpp"
#include "credentials/vault.hpp"
#include "db/sqlite.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace milkrun::cli {

// Whether nobody but us, root and the database's owner may put files where the key is, or will be; Exit::config with
// the mend.
std::expected<void, Refusal> judge_key_folder(const Settings& settings);
// The key of settings.key_file, in such a folder; Exit::config with the mend.
std::expected<MasterKey, Refusal> open_key(const Settings& settings);
// The same, and refused when it is not the key that the database's credentials are sealed with. A database that does
// not know its key yet learns it, unless it is only read.
std::expected<Vault, Refusal> open_vault(const Settings& settings, db::Database& database, bool read_only = false);
// The key of the settings is there and is not the database's.
struct AnotherKey : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// For commands that need no key: throws AnotherKey. Without a key, or with one that we may not read, they go on.
void check_key(const Settings& settings, db::Database& database);
// The database of settings.database with our schema version, where the key is not another's. Throws db::DatabaseError,
// AnotherKey.
std::unique_ptr<db::Sqlite> open_database(const Settings& settings, bool read_only = false);
// Whose the database is, or the nearest folder where it is not there yet: what we make beside it must be that user's.
files::Owner owner_of_database(const Settings& settings);
// Exit::usage for root where the database belongs to somebody else.
std::expected<void, Refusal> refuse_root(const Settings& settings);
// Makes the file in which runs hold their locks, for the database's owner; Exit::io when it cannot be used.
std::expected<void, Refusal> prepare_runs_file(const Settings& settings, const std::string& path);
// A word of warning where a copy of the database's folder is a copy of its key; "" elsewhere.
std::string key_beside_database(const Settings& settings);
// The same in the log, by the first run of a job each day (UTC): it was told when the key was made, and forgotten. And
// that root runs it, on a database of its own, without having insisted.
void warn_of_arrangement(const Settings& settings, db::Database& database, const JobArgs& args, Time now);
// Whom --tenant SLUG means; nullopt for "" (everybody), Exit::usage for nobody.
std::expected<std::optional<TenantId>, Refusal> tenant_of_flag(db::Database& database, const std::string& slug);

} // namespace milkrun::cli
