// The rewriting for PostgreSQL: words change, everything quoted or commented stays, the rest is refused by name.
#include "conformance/postgres_dialect.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

TEST_CASE("the schema's words become PostgreSQL's, and quoted or commented ones stay") {
  struct Row {
    const char* sqlite;
    const char* postgres;
  };
  const Row table[] = {
      {"CREATE TABLE t (a INTEGER NOT NULL, b REAL) STRICT;",
       "CREATE TABLE t (a BIGINT NOT NULL, b DOUBLE PRECISION) ;"},
      {"a integer DEFAULT 'INTEGER it''s'", "a BIGINT DEFAULT 'INTEGER it''s'"},
      {"-- it's an INTEGER, STRICT\na INTEGER", "-- it's an INTEGER, STRICT\na BIGINT"},
      {"/* INTEGER ' */ a INTEGER", "/* INTEGER ' */ a BIGINT"},
      {"\"integer\" TEXT", "\"integer\" TEXT"},
      {") -- the end\n STRICT;", ") -- the end\n ;"},
      {"strict TEXT, integers TEXT", "strict TEXT, integers TEXT"},
      {"x TEXT DEFAULT 'open", "x TEXT DEFAULT 'open"},
      {"", ""},
  };
  for (const Row& row : table) {
    CAPTURE(row.sqlite);
    const Expected<std::string> out = postgres::schema(row.sqlite);
    REQUIRE(out.has_value());
    CHECK(*out == row.postgres);
  }
}

TEST_CASE("parameters get positions in the order of their first use, and a name used twice is one parameter") {
  const Expected<postgres::Prepared> out =
      postgres::statement("SELECT '$a', $b FROM t WHERE c = $now AND d < $b -- $e\nAND f = CAST($now AS INTEGER)");
  REQUIRE(out.has_value());
  CHECK(out->sql == "SELECT '$a', $1 FROM t WHERE c = $2 AND d < $1 -- $e\nAND f = CAST($2 AS BIGINT)");
  CHECK(out->names == std::vector<std::string>{"b", "now"});
}

TEST_CASE("a name that begins like another one is its own parameter") {
  const Expected<postgres::Prepared> out = postgres::statement("$id,$id2,$id_x");
  REQUIRE(out.has_value());
  CHECK(out->sql == "$1,$2,$3");
}

TEST_CASE("a word only SQLite knows is refused by name") {
  for (const char* sql : {"id INTEGER PRIMARY KEY AUTOINCREMENT", "SELECT iif(a, 1, 0)",
                          "CREATE TABLE t (a TEXT) WITHOUT ROWID", "SELECT ifnull(a, 0)", "a BLOB"}) {
    CAPTURE(sql);
    const Expected<std::string> out = postgres::schema(sql);
    REQUIRE_FALSE(out.has_value());
    CHECK(out.error().reason.code() == "postgres: a word only SQLite knows");
    CHECK_FALSE(out.error().detail.empty());
    CHECK_FALSE(postgres::statement(sql).has_value());
  }
}
