// Opens the key and the database of the settings.
#include "cli/open.hpp"

#include "base/text.hpp"
#include "db/migrate.hpp"
#include "log/log.hpp"
#include "sql/cli.hpp"
#include "sql/day.hpp"

#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

namespace milkrun::cli {
namespace {

std::string another_key(const Settings& settings) {
  return fmt::format("the master key {} is not the one that the credentials in {} are sealed with; put the right key "
                     "back from your backup, or name it with --key-file",
                     settings.key_file, settings.database);
}

} // namespace

std::expected<void, Refusal> judge_key_folder(const Settings& settings) {
  const auto parent = std::filesystem::path(settings.key_file).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  struct stat s{};
  if (!files::look(folder, s, true)) return {};
  // Nobody takes another's file out of a sticky folder, and some orchestrators mount secrets in one.
  if ((s.st_mode & S_ISVTX) != 0) s.st_mode &= ~mode_t{022};
  const std::string why = files::complaint_of_directory(folder, s, owner_of_database(settings).user);
  if (why.empty()) return {};
  return refuse(Exit::config, fmt::format("master key {}: its folder {} {}", settings.key_file, folder, why));
}

std::expected<MasterKey, Refusal> open_key(const Settings& settings) {
  TRY(judge_key_folder(settings));
  try {
    return MasterKey::from_file(settings.key_file);
  } catch (const std::runtime_error& e) {
    return refuse(Exit::config, e.what());
  }
}

std::expected<Vault, Refusal> open_vault(const Settings& settings, db::Database& database, bool read_only) {
  MasterKey key = TRY(open_key(settings));
  KeyFit fit = KeyFit::unknown;
  const auto ask = [&](db::Transaction& tx) { fit = key_fit(tx, key); };
  database.read(ask);
  if (fit == KeyFit::unknown && !read_only)
    database.transact([&](db::Transaction& tx) {
      ask(tx); // another command may have been a moment earlier
      if (fit == KeyFit::unknown) remember_key(tx, key);
    });
  if (fit == KeyFit::another) return refuse(Exit::config, another_key(settings));
  return Vault(std::move(key));
}

void check_key(const Settings& settings, db::Database& database) {
  const auto key = open_key(settings);
  if (!key) return;
  KeyFit fit = KeyFit::unknown;
  database.read([&](db::Transaction& tx) { fit = key_fit(tx, *key); });
  if (fit == KeyFit::another) throw AnotherKey(another_key(settings));
}

files::Owner owner_of_database(const Settings& settings) {
  struct stat s{};
  if (files::look(settings.database, s)) return files::owner_of(s);
  std::error_code failed;
  auto folder = std::filesystem::absolute(settings.database, failed).parent_path();
  while (!folder.empty() && !files::look(folder.string(), s, true) && folder != folder.root_path())
    folder = folder.parent_path();
  return files::look(folder.string(), s, true) ? files::owner_of(s) : files::us();
}

std::expected<void, Refusal> refuse_root(const Settings& settings) {
  const uid_t owner = owner_of_database(settings).user;
  if (geteuid() != 0 || owner == 0) return {};
  struct stat s{};
  return refuse(Exit::usage, fmt::format("we are root, and {} {} belongs to user {}; run as that user: sudo -u {} "
                                         "milkrun ..., or (a job) insist with --as-root",
                                         files::look(settings.database, s) ? "the database" : "the folder of",
                                         settings.database, files::user_name(owner), files::user_name(owner)));
}

std::expected<void, Refusal> prepare_runs_file(const Settings& settings, const std::string& path) {
  std::string why;
  if (files::open_own(path, owner_of_database(settings), why)) return {};
  return refuse(Exit::io, fmt::format("the runs file {}; the folder of the database must be writable for the "
                                      "user who runs milkrun, and have room",
                                      why));
}

std::string key_beside_database(const Settings& settings) {
  const auto folder = [](const std::string& file) {
    std::error_code error;
    return std::filesystem::weakly_canonical(std::filesystem::path(file), error).parent_path();
  };
  if (folder(settings.key_file) != folder(settings.database)) return {};
  return fmt::format("the master key {} lies beside the database: who copies that folder, or gets a backup of it, can "
                     "open every credential; move the key and set key_file",
                     settings.key_file);
}

void warn_of_arrangement(const Settings& settings, db::Database& database, const JobArgs& args, Time now) {
  const std::string warning = key_beside_database(settings);
  const bool root = geteuid() == 0 && !args.as_root;
  if (warning.empty() && !root) return;
  const std::string_view job = args.job->name;
  std::optional<Time> last;
  database.read([&](db::Transaction& tx) { last = tx.one(sql::day::last_run, {{"job", job}})->maybe_time("at"); });
  if (last && std::chrono::floor<std::chrono::days>(*last) >= std::chrono::floor<std::chrono::days>(now)) return;
  if (!warning.empty()) log::warn("key_beside_database", {{"text", warning}});
  if (root)
    log::warn("runs_as_root", {{"text", "a job talks to strangers and needs nothing that only root may do; run it as a "
                                        "user of its own who owns the database, or insist with --as-root"}});
}

std::unique_ptr<db::Sqlite> open_database(const Settings& settings, bool read_only) {
  auto database = std::make_unique<db::Sqlite>(settings.database, db::SqliteOptions{.read_only = read_only});
  db::check_version(*database);
  check_key(settings, *database);
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
