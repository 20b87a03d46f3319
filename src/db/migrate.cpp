// Schema versions. There is no released version yet, so there is no step to run; the first one goes into `own_steps`.
#include "db/migrate.hpp"

#include "sql/migrate.hpp"
#include "sql/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace milkrun::db {
namespace {

const std::vector<std::string_view> own_steps = {};

// Only SQLite has this catalogue, so these are not among the statements that every database must understand.
constexpr Statement any_table{"migrate.any_table", "SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1"};
constexpr Statement has_version{
    "migrate.has_version", "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_version' LIMIT 1"};
// What is allowed, for SQLite goes by `sql` alone: a trigger whose type was written over is a trigger still.
constexpr Statement stranger{
    "migrate.stranger",
    "SELECT coalesce(sql, '') AS sql, coalesce(name, '') AS name FROM sqlite_master WHERE NOT coalesce("
    "(type = 'table' AND sql GLOB 'CREATE TABLE *') OR (type = 'index' AND (sql IS NULL OR "
    "sql GLOB 'CREATE INDEX *' OR sql GLOB 'CREATE UNIQUE INDEX *')), false) LIMIT 1"};
constexpr Statement words_of_all{"migrate.words",
                                 "SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"};

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

std::string_view kind_of(std::string_view sql) {
  if (sql.starts_with("CREATE TRIGGER")) return "trigger";
  if (sql.starts_with("CREATE VIEW")) return "view";
  return sql.starts_with("CREATE VIRTUAL") ? "virtual table" : "line in its catalogue";
}

void refuse_strangers(Database& database) {
  database.read([](Transaction& tx) {
    if (const auto found = tx.one(stranger))
      refuse_schema(fmt::format("the database has a {} \"{}\" that is not milkrun's; restore a backup, or remove it "
                                "with the sqlite3 program",
                                kind_of(found->text("sql")), found->text("name")));
  });
}

bool in_a_word(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// The statements of a script without what makes no difference: comments, spaces, and the quotes around a name, which
// SQLite sets when a table is renamed.
std::vector<std::string> statements_of(std::string_view script) {
  std::vector<std::string> out;
  std::string one;
  bool gap = false;
  for (std::size_t i = 0; i < script.size(); ++i) {
    const char c = script[i];
    if (script.substr(i).starts_with("--")) {
      i = std::min(script.find('\n', i), script.size());
      gap = true;
    } else if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      gap = true;
    } else if (c == ';') {
      out.push_back(std::move(one));
      one.clear();
    } else if (c != '"') {
      if (gap && !one.empty() && in_a_word(one.back()) && in_a_word(c)) one += ' ';
      gap = false;
      const std::size_t end = c == '\'' ? std::min(script.find('\'', i + 1), script.size() - 1) : i;
      one += script.substr(i, end + 1 - i);
      i = end;
    }
  }
  if (!one.empty()) out.push_back(std::move(one));
  return out;
}

void refuse_another_state(Database& database) {
  std::set<std::string> there;
  database.read([&](Transaction& tx) {
    there.clear();
    for (const Row& row : tx.query(words_of_all))
      for (std::string& words : statements_of(row.text("sql"))) there.insert(std::move(words));
  });
  constexpr std::string_view create = "CREATE ";
  for (const std::string& words : statements_of(sql::schema))
    if (words.starts_with(create) && !there.contains(words))
      refuse_schema(fmt::format(
          "the database was made by another state of schema version {} (ours has another {}, or it has none); before "
          "the first release there is no way up: make a new database with milkrun init, and import again",
          schema_version, words.substr(create.size(), words.find('(') - create.size())));
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

int migrate(Sqlite& database) {
  const int taken = migrate(database, own_steps);
  refuse_another_state(database);
  return taken;
}

void check_version(Database& database) {
  const std::int64_t version = known_version(database, schema_version);
  if (version < schema_version)
    refuse_schema(fmt::format("the database has schema version {}, this milkrun needs {}; run: milkrun migrate",
                              version, schema_version));
  refuse_strangers(database);
  refuse_another_state(database);
}

} // namespace milkrun::db
