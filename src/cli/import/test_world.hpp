// What the suites of the import share: reading alone, and a world with a database in memory.
#pragma once

#include "cli/import/read.hpp"
#include "cli/import/store.hpp"
#include "cli/import/stored.hpp"
#include "db/sqlite.hpp"

#include "support/fakes.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace milkrun::cli::test_import {

// One row of a table of mistakes.
struct Mistake {
  std::string text, where, says;
};

// Exactly that one is found.
inline void check_mistake(const Problems& found, const Mistake& expected) {
  CAPTURE(expected.text);
  REQUIRE(found.size() == 1);
  CAPTURE(found[0].where + " " + found[0].what);
  CHECK(found[0].where == expected.where);
  CHECK(found[0].what.find(expected.says) != std::string::npos);
}

inline Problems problems_of(const std::string& text) {
  const auto document = read_document(text, {});
  return document ? Problems{} : document.error();
}

struct World {
  std::unique_ptr<db::Sqlite> database = db::memory_database();
  Vault vault{MasterKey::random()};

  Problems check(const std::string& text) {
    Problems found;
    database->read([&](db::Transaction& tx) { found = check_stored(tx, read(text)); });
    return found;
  }
  Counts store(const std::string& text) {
    Counts counts;
    database->transact([&](db::Transaction& tx) {
      REQUIRE(check_stored(tx, read(text)).empty());
      counts = store_document(tx, read(text), vault, test::noon);
    });
    return counts;
  }
  Counts store_in_steps(const std::string& text) {
    return cli::store_in_steps(*database, read(text), vault, test::noon);
  }
  db::Row row(std::string_view sql) {
    std::optional<db::Row> found;
    database->read([&](db::Transaction& tx) { found = tx.one({"test", sql}); });
    REQUIRE(found);
    return *found;
  }
  void run(const std::string& sql) { database->run_script(sql); }

  static Document read(const std::string& text) {
    auto document = read_document(text, {});
    REQUIRE(document);
    return std::move(*document);
  }
};

inline bool is(const Tally& t, std::int64_t added, std::int64_t changed, std::int64_t same) {
  return t.added == added && t.changed == changed && t.same == same;
}

} // namespace milkrun::cli::test_import
