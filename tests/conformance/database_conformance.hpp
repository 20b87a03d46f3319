// What every db::Database must do. A driver joins by giving its subject to check_database().
#pragma once

#include "db/db.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace milkrun::test {

struct Subject {
  std::string name;
  std::function<std::unique_ptr<db::Database>()> make; // a new database with schema.sql loaded
  bool concurrent_reads = true;                        // false: a reader keeps the writers out (memory)
};

// Runs the whole suite inside a TEST_CASE; each property gets a database of its own.
void check_database(const Subject& subject);

// The databases of this build.
const std::vector<Subject>& subjects();

} // namespace milkrun::test
