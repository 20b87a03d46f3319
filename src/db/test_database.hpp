// What the tests of src/db share: a new database, what a call is refused with, and bodies that write much.
#pragma once

#include "db/migrate.hpp"
#include "support/rows.hpp"
#include "support/temp_dir.hpp"

#include <functional>
#include <memory>
#include <string>

namespace milkrun::test {

inline db::SqliteOptions creating() { return {.create = true}; }

// A new database with the schema.
inline std::unique_ptr<db::Sqlite> made(const std::string& path) {
  auto database = std::make_unique<db::Sqlite>(path, creating());
  db::initialise(*database);
  return database;
}

struct Refusal {
  db::DatabaseError::Kind kind = db::DatabaseError::Kind::constraint;
  std::string sentence;
  bool says(std::string_view part) const { return sentence.find(part) != std::string::npos; }
};

// What the call is refused with; an empty sentence when it is not.
inline Refusal refused(const std::function<void()>& call) {
  try {
    call();
  } catch (const db::DatabaseError& e) {
    return {e.kind, e.what()};
  }
  return {};
}

inline Refusal refused_open(const std::string& path, db::SqliteOptions options = {}) {
  return refused([&] { db::Sqlite(path, options); });
}

inline constexpr const char* insert = "INSERT INTO plans (id, slug) VALUES ($id, $id)";
inline constexpr const char* count = "SELECT count(*) AS n FROM plans";

// Two megabytes: more than the page limit of the tests below leaves.
inline void insert_much(db::Transaction& tx) {
  for (int i = 0; i < 2'000; ++i) tx.execute(sql(insert), {{"id", std::to_string(i) + std::string(1'000, 'x')}});
}

inline void insert_much_and_fail(db::Transaction& tx) {
  insert_much(tx);
  throw db::DatabaseError(db::DatabaseError::Kind::broken, "planned");
}

inline void limit_size(db::Database& d) {
  d.transact([](db::Transaction& tx) { tx.query(sql("PRAGMA max_page_count = 200")); });
}

} // namespace milkrun::test
