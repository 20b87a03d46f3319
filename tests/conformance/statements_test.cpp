// Every statement of the product is understood by SQLite against the real schema, and is one statement.
#include "sql/all_statements.hpp"
#include "sql/schema.hpp"

#include <memory>
#include <ostream>
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

} // namespace

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
