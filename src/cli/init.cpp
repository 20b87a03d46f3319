// `milkrun init`: makes the database and, where none exists, the key file. May be run again: what is there stays. It
// never makes a second key for a database that has one: a key that is lost, or that comes late (a mount, a systemd
// credential), would find a wrong one in its place.
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "db/migrate.hpp"
#include "sql/chain.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <unistd.h>

namespace milkrun::cli {
namespace {

std::expected<void, Refusal> make_directory_of(const std::string& file, Exit code) {
  const auto parent = std::filesystem::path(file).parent_path();
  std::error_code failed;
  if (!parent.empty()) std::filesystem::create_directories(parent, failed);
  if (failed) return refuse(code, fmt::format("cannot make the directory {}: {}", parent.string(), failed.message()));
  return {};
}

// It knows its key, or holds what was sealed with it.
bool has_its_key(db::Database& database) {
  bool has = false;
  database.read([&](db::Transaction& tx) {
    has = tx.one(sql::chain::key_check) || !tx.query(sql::chain::some_credentials).empty();
  });
  return has;
}

std::expected<void, Refusal> make_key(const Settings& settings) {
  if (auto made = make_directory_of(settings.key_file, Exit::config); !made) return made;
  try {
    MasterKey::create_file(settings.key_file, owner_of_database(settings));
  } catch (const std::runtime_error& e) {
    return refuse(Exit::config, e.what());
  }
  return {};
}

} // namespace

Answer init(const InitArgs&, const Context& context) {
  const Settings& settings = context.settings;
  TRY(judge_key_folder(settings)); // before anything is made
  const bool has_key = access(settings.key_file.c_str(), F_OK) == 0;
  if (has_key) TRY(open_key(settings)); // a key that cannot be used is said before anything is made
  if (auto made = make_directory_of(settings.database, Exit::io); !made) return std::unexpected(made.error());
  db::Sqlite database(settings.database, {.create = true});
  const bool made_database = db::initialise(database);
  db::check_version(database);
  if (!has_key && has_its_key(database))
    return refuse(Exit::config,
                  fmt::format("the key file {} is missing, and {} was made with a key; put the key back from your "
                              "backup, or name it with --key-file: another one would open nothing",
                              settings.key_file, settings.database));
  if (!has_key)
    if (auto made = make_key(settings); !made) return std::unexpected(made.error());

  TRY(open_vault(settings, database)); // from now on the database knows its key

  context.out << fmt::format("database  {} {}\n", settings.database, made_database ? "made" : "was there already");
  context.out << fmt::format("key file  {} {}\n", settings.key_file,
                             has_key ? "was there already"
                                     : "made: keep a copy apart from the database's backups; without it no stored "
                                       "credential opens");
  if (const std::string warning = key_beside_database(settings); !warning.empty())
    context.out << fmt::format("warning   {}\n", warning);
  return Exit::ok;
}

} // namespace milkrun::cli
