// Schema versions: made once, raised step by step with the rows that are there, and refused when they are not ours.
#include "db/test_database.hpp"

#include <atomic>
#include <ostream>
#include <thread>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::test;
using db::DatabaseError;

TEST_CASE("the schema is loaded once, and another program's database is left alone") {
  const TempDir dir;
  db::Sqlite database(dir.file("milkrun.db"), creating());
  CHECK(db::version_of(database) == std::nullopt);
  CHECK(refused([&] { db::check_version(database); }).says("milkrun init"));
  CHECK(refused([&] { db::migrate(database); }).says("milkrun init"));
  CHECK(db::initialise(database));
  CHECK_FALSE(db::initialise(database));
  CHECK(db::version_of(database) == db::schema_version);
  CHECK(db::migrate(database) == 0);
  CHECK_NOTHROW(db::check_version(database));

  db::Sqlite other(dir.file("other.db"), creating());
  change(other, "CREATE TABLE songs (title TEXT)");
  const Refusal r = refused([&] { db::initialise(other); });
  CHECK(r.says("another program's database"));
  CHECK(r.says("songs"));
  CHECK(number(other, "SELECT count(*) AS n FROM sqlite_master") == 1);
}

TEST_CASE("several inits at once make one schema, and none of them fails") {
  const TempDir dir;
  for (int round = 0; round < 10; ++round) {
    const std::string path = dir.file(std::to_string(round) + ".db");
    std::vector<std::unique_ptr<db::Sqlite>> handles;
    for (int i = 0; i < 4; ++i) handles.push_back(std::make_unique<db::Sqlite>(path, creating()));
    std::atomic<int> made = 0, failed = 0;
    {
      std::vector<std::jthread> inits;
      for (const auto& handle : handles)
        inits.emplace_back([&] {
          try {
            made += db::initialise(*handle) ? 1 : 0;
          } catch (const DatabaseError&) {
            ++failed;
          }
        });
    }
    CHECK(made == 1);
    CHECK(failed == 0);
    CHECK_NOTHROW(db::check_version(*handles[0]));
  }
}

TEST_CASE("a newer schema is refused everywhere, an older one names the command") {
  const TempDir dir;
  const auto database = made(dir.file("milkrun.db"));
  change(*database, "UPDATE schema_version SET version = 99");
  for (const auto& call :
       std::vector<std::function<void()>>{[&] { db::check_version(*database); }, [&] { db::migrate(*database); },
                                          [&] { db::initialise(*database); }}) {
    const Refusal r = refused(call);
    CHECK(r.says("schema version 99"));
    CHECK(r.says("install a newer milkrun"));
  }
  change(*database, "UPDATE schema_version SET version = 0");
  CHECK(refused([&] { db::check_version(*database); }).says("milkrun migrate"));
}
