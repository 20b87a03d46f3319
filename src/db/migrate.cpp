// Schema versions. There is one released version yet, so there is no step to run; the first one goes into `steps`.
#include "db/migrate.hpp"

#include "sql/migrate.hpp"
#include "sql/schema.hpp"

#include <fmt/format.h>
#include <vector>

namespace milkrun::db {
namespace {

// steps[i] raises version i + 1 to i + 2.
const std::vector<std::string_view> steps = {};

// Only SQLite has this catalogue, so it is not among the statements that every database must understand.
constexpr Statement any_table{"migrate.any_table", "SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1"};

[[noreturn]] void refuse_schema(const std::string& sentence) {
  throw DatabaseError(DatabaseError::Kind::broken, sentence);
}

void refuse_newer(std::int64_t version) {
  if (version > schema_version)
    refuse_schema(fmt::format("the database has schema version {}, this milkrun knows {}; install a newer milkrun",
                              version, schema_version));
}

} // namespace

std::optional<std::int64_t> version_of(Database& database) {
  std::optional<std::int64_t> version;
  try {
    database.read([&](Transaction& tx) {
      const std::optional<Row> row = tx.one(sql::migrate::version);
      version = row ? std::optional(row->integer("version")) : std::nullopt;
    });
  } catch (const DatabaseError& e) {
    if (std::string_view(e.what()).find("no such table") == std::string_view::npos) throw;
  }
  return version;
}

bool initialise(Sqlite& database) {
  if (const auto version = version_of(database)) {
    refuse_newer(*version);
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

int migrate(Sqlite& database) {
  const auto version = version_of(database);
  if (!version) refuse_schema("the database has no milkrun schema; make it with: milkrun init");
  refuse_newer(*version);
  int taken = 0;
  for (std::int64_t v = *version; v < schema_version; ++v, ++taken)
    database.run_script(steps.at(static_cast<std::size_t>(v - 1)));
  return taken;
}

void check_version(Database& database) {
  const auto version = version_of(database);
  if (!version) refuse_schema("the database has no milkrun schema; make it with: milkrun init");
  refuse_newer(*version);
  if (*version < schema_version)
    refuse_schema(fmt::format("the database has schema version {}, this milkrun needs {}; run: milkrun migrate",
                              *version, schema_version));
}

} // namespace milkrun::db
