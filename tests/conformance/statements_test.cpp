// Every statement of the product is understood by SQLite against the real schema, and is one statement.
#include "sql/all_statements.hpp"
#include "sql/schema.hpp"

#include <memory>
#include <ostream>
#include <regex>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <sqlite3.h>

using namespace milkrun;

namespace {

using Connection = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

Connection database_with_schema() {
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(":memory:", &raw) == SQLITE_OK);
  Connection db(raw, &sqlite3_close);
  const int rc = sqlite3_exec(raw, std::string(sql::schema).c_str(), nullptr, nullptr, nullptr);
  INFO(sqlite3_errmsg(raw));
  REQUIRE(rc == SQLITE_OK);
  return db;
}

// "credentials" and "id", "scope" … of "INSERT INTO credentials (id, scope …) …"; no columns where it is no INSERT.
struct Insert {
  std::string table;
  std::set<std::string> columns;
};
Insert insert_of(std::string_view sql) {
  std::smatch found;
  const std::string text(sql);
  static const std::regex insert(R"(INSERT INTO (\w+) \(([^)]*)\))");
  if (!std::regex_search(text, found, insert)) return {};
  Insert out{found[1], {}};
  const std::string list = found[2];
  static const std::regex word(R"(\w+)");
  for (std::sregex_iterator at(list.begin(), list.end(), word), end; at != end; ++at) out.columns.insert(at->str());
  return out;
}

// The columns that a new row must be given.
std::set<std::string> needed_of(sqlite3* db, const std::string& table) {
  const std::string sql =
      "SELECT name FROM pragma_table_info('" + table + "') WHERE \"notnull\" = 1 AND dflt_value IS NULL";
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
  std::set<std::string> out;
  while (sqlite3_step(statement) == SQLITE_ROW)
    out.insert(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
  sqlite3_finalize(statement);
  return out;
}

} // namespace

TEST_CASE("M39: there is one schema, and whoever adds a row gives it all that has no default") {
  const Connection db = database_with_schema();
  int inserts = 0;
  for (const db::Statement* statement : test::all_statements()) {
    CAPTURE(statement->name);
    CHECK(statement->sql.find("CREATE TABLE") == std::string_view::npos);
    CHECK(statement->sql.find("ALTER TABLE") == std::string_view::npos);
    const Insert insert = insert_of(statement->sql);
    if (insert.table.empty()) {
      CHECK(statement->sql.find("INSERT INTO") == std::string_view::npos);
      continue;
    }
    ++inserts;
    for (const std::string& column : needed_of(db.get(), insert.table))
      CHECK_MESSAGE(insert.columns.contains(column), (insert.table + "." + column));
  }
  CHECK(inserts > 20);
}

TEST_CASE("SQLite prepares every statement of the product against schema.sql") {
  const Connection db = database_with_schema();
  REQUIRE_FALSE(test::all_statements().empty());
  for (const db::Statement* statement : test::all_statements()) {
    CAPTURE(statement->name);
    sqlite3_stmt* prepared = nullptr;
    const char* tail = nullptr;
    const int rc =
        sqlite3_prepare_v2(db.get(), statement->sql.data(), static_cast<int>(statement->sql.size()), &prepared, &tail);
    CHECK_MESSAGE(rc == SQLITE_OK, sqlite3_errmsg(db.get()));
    if (rc == SQLITE_OK)
      CHECK_MESSAGE(std::string(tail, statement->sql.data() + statement->sql.size()).empty(),
                    "more than one statement");
    sqlite3_finalize(prepared);
  }
}

TEST_CASE("every statement has a name of its own") {
  std::set<std::string_view> names;
  for (const db::Statement* statement : test::all_statements()) {
    CAPTURE(statement->name);
    CHECK(names.insert(statement->name).second);
  }
}
