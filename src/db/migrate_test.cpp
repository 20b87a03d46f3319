// Schema versions: made once, raised step by step with the rows that are there, and refused when they are not ours.
#include "db/test_database.hpp"

#include <array>
#include <atomic>
#include <ostream>
#include <thread>
#include <vector>

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

TEST_CASE("a version that is newer, older without a way up, or no version at all is a sentence with the mend") {
  const TempDir dir;
  struct Case {
    const char* made;
    const char* says;
    const char* mend;
  };
  const Case table[] = {
      {"UPDATE schema_version SET version = 99", "schema version 99", "install a newer milkrun"},
      {"UPDATE schema_version SET version = 0", "schema version 0", "milkrun init and import again"},
      {"UPDATE schema_version SET version = -7", "schema version -7", "milkrun init and import again"},
      {"DELETE FROM schema_version", "holds 0 rows", "restore a backup"},
      {"INSERT INTO schema_version VALUES (2)", "holds 2 rows", "restore a backup"},
      {"DROP TABLE schema_version; CREATE TABLE schema_version (version); INSERT INTO schema_version VALUES ('one')",
       "holds no number", "restore a backup"},
      {"DROP TABLE schema_version; CREATE TABLE schema_version (version); INSERT INTO schema_version VALUES (NULL)",
       "holds no number", "restore a backup"},
      {"DROP TABLE schema_version; CREATE TABLE schema_version (applied TEXT)", "is not ours", "restore a backup"},
      {"DROP TABLE schema_version", "no milkrun schema", "milkrun init"},
  };
  int n = 0;
  for (const Case& c : table) {
    CAPTURE(c.made);
    const auto database = made(dir.file(std::to_string(n++) + ".db"));
    database->run_script(c.made);
    for (const auto& call :
         std::vector<std::function<void()>>{[&] { db::check_version(*database); }, [&] { db::migrate(*database); }}) {
      const Refusal r = refused(call);
      CHECK(r.kind == DatabaseError::Kind::broken);
      CHECK(r.says(c.says));
      CHECK(r.says(c.mend));
    }
    CHECK_FALSE(refused([&] { db::initialise(*database); }).sentence.empty());
  }
}

namespace {

// Version 1 of a small house with rows in it, and two steps up: the referred-to table is rebuilt, then a column comes.
constexpr const char* version_one = R"(
CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY) STRICT;
INSERT INTO schema_version VALUES (1);
CREATE TABLE owners (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE pets (id TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL REFERENCES owners (id), name TEXT NOT NULL) STRICT;
CREATE INDEX pets_owner ON pets (owner);
INSERT INTO owners VALUES ('a', 'Asha'), ('b', 'Bolt');
INSERT INTO pets VALUES ('1', 'a', 'Tom'), ('2', 'a', 'Kit'), ('3', 'b', 'Rex');
)";
constexpr std::string_view rebuild_owners = R"(
CREATE TABLE new_owners (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, city TEXT NOT NULL DEFAULT '' CHECK (city <> 'nowhere')) STRICT;
INSERT INTO new_owners (id, name) SELECT id, name FROM owners;
DROP TABLE owners;
ALTER TABLE new_owners RENAME TO owners;
)";
constexpr std::string_view add_age = "ALTER TABLE pets ADD COLUMN age INTEGER NOT NULL DEFAULT 0;";
constexpr std::string_view lose_bolt = R"(
CREATE TABLE new_owners (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO new_owners SELECT id, name FROM owners WHERE id <> 'b';
DROP TABLE owners;
ALTER TABLE new_owners RENAME TO owners;
)";

std::unique_ptr<db::Sqlite> small_house(const std::string& path) {
  auto database = std::make_unique<db::Sqlite>(path, creating());
  database->run_script(version_one);
  return database;
}

} // namespace

TEST_CASE("a step may rebuild a table that others refer to, and every row is there afterwards") {
  const TempDir dir;
  const auto database = small_house(dir.file("house.db"));
  CHECK(db::migrate(*database, std::array{rebuild_owners, add_age}) == 2);
  CHECK(db::version_of(*database) == 3);
  CHECK(number(*database, "SELECT count(*) AS n FROM pets JOIN owners ON owners.id = pets.owner WHERE city = ''") == 3);
  CHECK(number(*database, "SELECT sum(age) AS n FROM pets") == 0);
  CHECK(db::migrate(*database, std::array{rebuild_owners, add_age}) == 0);
  // References are enforced again, and they lead to the new table.
  CHECK(refused([&] { change(*database, "INSERT INTO pets (id, owner, name) VALUES ('4', 'nobody', 'x')"); }).kind ==
        DatabaseError::Kind::constraint);
  CHECK(refused([&] { change(*database, "DELETE FROM owners WHERE id = 'a'"); }).kind ==
        DatabaseError::Kind::constraint);
}

TEST_CASE("a step that breaks a reference or fails half way leaves all as it was, and earlier steps stand") {
  const TempDir dir;
  constexpr std::string_view fails = "UPDATE pets SET name = 'gone'; INSERT INTO nowhere VALUES (1);";
  int n = 0;
  for (const std::string_view bad : {lose_bolt, fails}) {
    const auto database = small_house(dir.file(std::to_string(n++) + ".db"));
    const Refusal r = refused([&] { db::migrate(*database, std::array{add_age, bad}); });
    CHECK(r.kind == DatabaseError::Kind::broken);
    if (bad == lose_bolt) CHECK(r.says("1 rows whose references lead nowhere, the first in pets (to owners)"));
    CHECK(db::version_of(*database) == 2);
    CHECK(number(*database, "SELECT count(*) AS n FROM owners") == 2);
    CHECK(number(*database, "SELECT count(*) AS n FROM pets WHERE name <> 'gone'") == 3);
    CHECK(refused([&] { change(*database, "DELETE FROM owners"); }).kind == DatabaseError::Kind::constraint);
    CHECK(db::migrate(*database, std::array{add_age, rebuild_owners}) == 1);
  }
}

TEST_CASE("two migrations at once take each step once") {
  const TempDir dir;
  const std::string path = dir.file("house.db");
  small_house(path).reset();
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> both;
    for (int i = 0; i < 4; ++i)
      both.emplace_back([&] {
        db::Sqlite own(path, {});
        taken += db::migrate(own, std::array{add_age, rebuild_owners});
      });
  }
  CHECK(taken == 2);
  db::Sqlite database(path, {});
  CHECK(db::version_of(database) == 3);
  CHECK(number(database, "SELECT count(*) AS n FROM pets") == 3);
}

TEST_CASE("the product's own schema with rows in it is left alone by migrate") {
  const TempDir dir;
  const auto database = made(dir.file("milkrun.db"));
  add_tenants(*database, {"asha", "bolt"});
  CHECK(db::migrate(*database) == 0);
  CHECK_NOTHROW(db::check_version(*database));
  CHECK(number(*database, "SELECT count(*) AS n FROM tenants") == 3);
}

TEST_CASE("a trigger, a view or a virtual table that somebody put there is refused by name") {
  const TempDir dir;
  int n = 0;
  for (const char* put : {"CREATE TRIGGER evil AFTER INSERT ON plans BEGIN DELETE FROM tenants; END",
                          "CREATE VIEW evil AS SELECT 1", "CREATE VIRTUAL TABLE evil USING fts5(x)"}) {
    CAPTURE(put);
    const auto database = made(dir.file(std::to_string(n++) + ".db"));
    database->run_script(put);
    CHECK(refused([&] { db::check_version(*database); }).says("\"evil\" that is not milkrun's"));
    CHECK(refused([&] { db::migrate(*database); }).says("\"evil\" that is not milkrun's"));
  }
}

TEST_CASE("a database that another state of the same version has made is one sentence with the mend") {
  const TempDir dir;
  struct {
    const char *made, *says;
  } const table[] = {
      {"DROP TABLE wakes", "TABLE wakes"},
      {"DROP TABLE key_check", "TABLE key_check"},
      {"DROP INDEX ledger_waits", "INDEX ledger_waits ON ledger"},
      {"ALTER TABLE wakes ADD COLUMN since INTEGER", "TABLE wakes"},
      {"DROP TABLE told; CREATE TABLE told (waits_for TEXT NOT NULL, at INTEGER NOT NULL) STRICT", "TABLE told"},
  };
  int n = 0;
  for (const auto& c : table) {
    CAPTURE(c.made);
    const auto database = made(dir.file(std::to_string(n++) + ".db"));
    database->run_script(c.made);
    for (const auto& call :
         std::vector<std::function<void()>>{[&] { db::check_version(*database); }, [&] { db::migrate(*database); }}) {
      const Refusal r = refused(call);
      CHECK(r.kind == DatabaseError::Kind::broken);
      CHECK(r.says("another state of schema version 1"));
      CHECK(r.says(c.says));
      CHECK(r.says("milkrun init, and import again"));
    }
  }
}

TEST_CASE("what changes nothing of the schema is no other state: a rebuilt table, statistics, things beside it") {
  const TempDir dir;
  const auto database = made(dir.file("milkrun.db"));
  change(*database, "ANALYZE");
  change(*database, "CREATE TABLE notes (text TEXT)");
  change(*database, "CREATE INDEX notes_text ON notes (text)");
  database->run_script("CREATE TABLE new_told (waits_for TEXT NOT NULL, tenant_id TEXT NOT NULL, -- whose\n"
                       "reason TEXT NOT NULL, at INTEGER NOT NULL,PRIMARY KEY(waits_for,tenant_id,reason)) STRICT;"
                       "DROP TABLE told; ALTER TABLE new_told RENAME TO told; CREATE INDEX told_old ON told(at)");
  CHECK_NOTHROW(db::check_version(*database));
  CHECK(db::migrate(*database) == 0);
}
