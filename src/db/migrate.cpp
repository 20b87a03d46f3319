// Schema versions. There is no released version yet, so there is no step to run; the first one goes into `own_steps`.
#include "db/migrate.hpp"

#include "sql/migrate.hpp"
#include "sql/schema.hpp"

#include <fmt/format.h>
#include <vector>

namespace milkrun::db {
namespace {

const std::vector<std::string_view> own_steps = {};

// Only SQLite has this catalogue, so these are not among the statements that every database must understand.
constexpr Statement any_table{"migrate.any_table", "SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1"};
constexpr Statement has_version{
    "migrate.has_version", "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_version' LIMIT 1"};
constexpr Statement stranger{"migrate.stranger",
                             "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view') OR "
                             "sql LIKE 'CREATE VIRTUAL%' LIMIT 1"};

[[noreturn]] void refuse_schema(const std::string& sentence) {
  throw DatabaseError(DatabaseError::Kind::broken, sentence);
}

[[noreturn]] void refuse_garbage(std::string_view what) {
  refuse_schema(fmt::format("its table schema_version {}; the file is damaged or another program's: restore a backup, "
                            "or choose another path",
                            what));
}

std::int64_t single_version(Transaction& tx) {
  Rows rows;
  try {
    rows = tx.query(sql::migrate::version);
  } catch (const DatabaseError& e) {
    if (e.kind != DatabaseError::Kind::broken || std::string_view(e.what()).find("no such column") == std::string::npos)
      throw;
    refuse_garbage("is not ours");
  }
  if (rows.size() != 1) refuse_garbage(fmt::format("holds {} rows in place of one", rows.size()));
  const std::optional<std::int64_t> version = rows.front().as_integer("version");
  if (!version) refuse_garbage("holds no number");
  return *version;
}

std::int64_t known_version(Database& database, std::int64_t ours) {
  const auto version = version_of(database);
  if (!version) refuse_schema("the database has no milkrun schema; make it with: milkrun init");
  if (*version > ours)
    refuse_schema(fmt::format("the database has schema version {}, this milkrun knows {}; install a newer milkrun",
                              *version, ours));
  if (*version < 1)
    refuse_schema(fmt::format("the database has schema version {}, which no milkrun ever made; restore a backup, or "
                              "make a new database with milkrun init and import again",
                              *version));
  return *version;
}

void refuse_strangers(Database& database) {
  database.read([](Transaction& tx) {
    if (const auto found = tx.one(stranger))
      refuse_schema(fmt::format("the database has a {} \"{}\" that is not milkrun's; restore a backup, or remove it "
                                "with the sqlite3 program",
                                found->text("type") == "table" ? "virtual table" : found->text("type"),
                                found->text("name")));
  });
}

} // namespace

std::optional<std::int64_t> version_of(Database& database) {
  std::optional<std::int64_t> version;
  database.read(
      [&](Transaction& tx) { version = tx.one(has_version) ? std::optional(single_version(tx)) : std::nullopt; });
  return version;
}

bool initialise(Sqlite& database) {
  if (version_of(database)) {
    known_version(database, schema_version);
    return false;
  }
  database.read([](Transaction& tx) {
    if (const auto table = tx.one(any_table))
      refuse_schema(fmt::format("the file is another program's database (it has a table {}); choose another path",
                                table->text("name")));
  });
  try {
    database.run_script(sql::schema);
  } catch (const DatabaseError&) {
    if (!version_of(database)) throw;
    return false; // another init was a moment earlier
  }
  return true;
}

int migrate(Sqlite& database, std::span<const std::string_view> steps) {
  const auto ours = static_cast<std::int64_t>(steps.size()) + 1;
  refuse_strangers(database);
  int taken = 0;
  for (std::int64_t v = known_version(database, ours); v < ours; ++v) {
    const bool done = database.rebuild(steps[static_cast<std::size_t>(v - 1)], [&](Transaction& tx) {
      return tx.execute(sql::migrate::raise, {{"from", v}, {"to", v + 1}}) == 1; // else another was a moment earlier
    });
    if (done) ++taken;
  }
  return taken;
}

int migrate(Sqlite& database) { return migrate(database, own_steps); }

void check_version(Database& database) {
  const std::int64_t version = known_version(database, schema_version);
  if (version < schema_version)
    refuse_schema(fmt::format("the database has schema version {}, this milkrun needs {}; run: milkrun migrate",
                              version, schema_version));
  refuse_strangers(database);
}

} // namespace milkrun::db
