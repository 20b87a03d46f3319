// SQLite behind db::Database: one writing connection, one reading connection, both mutexed.
#pragma once

#include "db/db.hpp"

#include <memory>
#include <string>

namespace milkrun::db {

struct SqliteOptions {
  bool create = false;    // make the file (0600) when it is not there
  bool read_only = false; // dry run: writes of rehearse() stay in memory, the file's bytes do not change
  Millis busy_timeout{10'000};
};

// WAL, synchronous=FULL, foreign keys, defensive mode, prepared statements kept. ":memory:" is for tests.
class Sqlite final : public Database {
public:
  // Throws DatabaseError with a sentence that names the file and the mend: missing, world- or group-readable,
  // a symbolic link, not a database, locked, disk full.
  Sqlite(const std::string& path, const SqliteOptions& options);
  ~Sqlite() override;

  void transact(const Body& body) override;
  void read(const Body& body) override;
  void rehearse(const Body& body) override;

  // Runs a script of several statements in one transaction (schema.sql, a migration).
  void run_script(std::string_view script);

private:
  class Connection;
  std::unique_ptr<Connection> writer_, reader_; // reader_ is empty for ":memory:": the writer reads too
};

// A memory database with schema.sql loaded, for tests.
std::unique_ptr<Sqlite> memory_database();

} // namespace milkrun::db
