// schema.sql and every statement of the product, understood by a real PostgreSQL after the rewriting of words and
// parameters. The cluster is brought up by postgres.sh (a ctest fixture); MILKRUN_POSTGRES_SOCKET is its directory.
#include "conformance/postgres_dialect.hpp"
#include "sql/all_statements.hpp"
#include "sql/schema.hpp"

#include <memory>
#include <ostream>
#include <string>

#include <doctest/doctest.h>
#include <libpq-fe.h>

using namespace milkrun;

namespace {

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

// A connection whose search path is a schema of its own, made anew, with our tables in it.
Connection database_with_schema() {
  Connection db(PQconnectdb("host=" MILKRUN_POSTGRES_SOCKET " user=milkrun dbname=postgres"), &PQfinish);
  INFO(PQerrorMessage(db.get()));
  REQUIRE(PQstatus(db.get()) == CONNECTION_OK);
  const Expected<std::string> tables = postgres::schema(sql::schema);
  const std::string refused = tables ? "" : tables.error().reason.text() + ": " + tables.error().detail;
  INFO(refused);
  REQUIRE(tables.has_value());
  const std::string fresh = "DROP SCHEMA IF EXISTS milkrun CASCADE; CREATE SCHEMA milkrun; SET search_path TO milkrun;";
  const Result made(PQexec(db.get(), (fresh + *tables).c_str()), &PQclear);
  INFO(PQerrorMessage(db.get()));
  REQUIRE(PQresultStatus(made.get()) == PGRES_COMMAND_OK);
  return db;
}

} // namespace

TEST_CASE("PostgreSQL prepares every statement of the product against schema.sql") {
  const Connection db = database_with_schema();
  REQUIRE_FALSE(test::all_statements().empty());
  for (const db::Statement* statement : test::all_statements()) {
    CAPTURE(statement->name);
    const Expected<postgres::Prepared> rewritten = postgres::statement(statement->sql);
    CHECK_MESSAGE(rewritten.has_value(), (rewritten ? "" : rewritten.error().detail));
    if (!rewritten) continue;
    const Result prepared(PQprepare(db.get(), "", rewritten->sql.c_str(), 0, nullptr), &PQclear);
    const bool understood = PQresultStatus(prepared.get()) == PGRES_COMMAND_OK;
    CHECK_MESSAGE(understood, PQerrorMessage(db.get()));
    if (!understood) continue;
    const Result described(PQdescribePrepared(db.get(), ""), &PQclear);
    CHECK(static_cast<std::size_t>(PQnparams(described.get())) == rewritten->names.size());
  }
}
