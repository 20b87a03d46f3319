// SQLite behind db::Database: one writing connection, one reading connection, both mutexed.
#pragma once

#include "db/db.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace milkrun::db {

class LogSync;

struct SqliteOptions {
  bool create = false;    // make the file (0600) when it is not there
  bool read_only = false; // nothing of the file changes, not even by a checkpoint
  Millis busy_timeout{10'000};
  // Pages of the write-ahead log (4 KiB each). From `wal_checkpoint` on it is copied into the database after a commit,
  // so that it begins anew; readers, or a writer that comes between, make it grow on. From `wal_most` on it is cut off
  // whole at the first commit at which nobody reads.
  int wal_checkpoint = 4'000, wal_most = 16'000;
};

// WAL, synchronous=FULL but for transact_early(), foreign keys, defensive mode, prepared statements kept. ":memory:" is
// for tests.
class Sqlite final : public Database {
public:
  // Throws DatabaseError with a sentence that names the file and the mend: missing, world- or group-readable,
  // a symbolic link, not a database, locked, disk full.
  Sqlite(const std::string& path, const SqliteOptions& options);
  ~Sqlite() override;

  void transact(const Body& body) override;
  std::uint64_t transact_early(const Body& body) override;
  std::uint64_t durable() override;
  void when_durable(std::function<void()> grown) override;
  void read(const Body& body) override;
  void rehearse(std::span<const Copy> copies, const Body& body) override;
  std::int64_t data_version() override;
  std::int64_t statements() const override { return statements_; }

  // How long transact() waits from now on for another program's lock before it throws DatabaseError of kind busy; the
  // body has not been called then. Zero: not at all.
  void wait_for_lock(Millis at_most);

  // Runs a script of several statements in one transaction (schema.sql).
  void run_script(std::string_view script);
  // A script that may rebuild tables that others refer to: foreign keys are not enforced while it runs, and checked
  // before it is committed; a broken reference throws DatabaseError and rolls all back. False, with nothing done, when
  // `first` says no inside the transaction.
  bool rebuild(std::string_view script, const std::function<bool(Transaction&)>& first);

private:
  class Connection;
  std::atomic<std::int64_t> statements_ = 0;
  const std::string path_;
  const SqliteOptions options_;
  std::unique_ptr<Connection> writer_, reader_; // reader_ is empty for ":memory:": the writer reads too
  const std::unique_ptr<LogSync> sync_;         // empty for ":memory:"
};

// A memory database with schema.sql loaded, for tests.
std::unique_ptr<Sqlite> memory_database();

} // namespace milkrun::db
