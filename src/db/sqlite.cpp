// SQLite by its C API. A body that throws is rolled back; what was committed is on disk (synchronous=FULL).
#include "db/sqlite.hpp"

#include "base/kill_point.hpp"
#include "db/sqlite_statement.hpp"
#include "sql/schema.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <mutex>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_map>

namespace milkrun::db {
namespace {

bool in_memory(const std::string& path) { return path == ":memory:"; }

[[noreturn]] void refuse(const std::string& sentence) { throw DatabaseError(DatabaseError::Kind::broken, sentence); }

void check_mode(const std::string& path) {
  struct stat s{};
  if (lstat(path.c_str(), &s) != 0) return; // absent side files are fine
  if (S_ISLNK(s.st_mode)) refuse(fmt::format("database {} is a symbolic link; give the real path", path));
  if (!S_ISREG(s.st_mode)) refuse(fmt::format("database {} is not a regular file", path));
  if ((s.st_mode & 077) != 0)
    refuse(fmt::format("database {} is readable by others (mode {:04o}); run: chmod 600 {}", path, s.st_mode & 07777,
                       path));
}

// The file is made by us first, so that SQLite never creates it with a wider mode.
void check_file(const std::string& path, const SqliteOptions& options) {
  struct stat s{};
  if (lstat(path.c_str(), &s) != 0) {
    if (errno != ENOENT) refuse(fmt::format("cannot look at database {}: {}", path, std::strerror(errno)));
    if (!options.create) refuse(fmt::format("database {} does not exist; make it with: milkrun init", path));
    const int fd = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) refuse(fmt::format("cannot make database {}: {}", path, std::strerror(errno)));
    close(fd);
  }
  for (const char* suffix : {"", "-wal", "-shm"}) check_mode(path + suffix);
}

// SQLITE_OPEN_NOFOLLOW refuses a link anywhere in the path; in the directories above the file ("/var/run") it is fine.
std::string without_links(const std::string& path) {
  const std::filesystem::path given(path);
  std::error_code error;
  const auto directory = std::filesystem::canonical(given.has_parent_path() ? given.parent_path() : ".", error);
  return error ? path : (directory / given.filename()).string();
}

// Once, before the first connection. Without it every allocation takes one mutex to be counted, and every temporary
// table (a RETURNING, an IN (SELECT …)) begins with 80 KB of page cache.
void configure_sqlite() {
  static const bool done = [] {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);
    return true;
  }();
  static_cast<void>(done);
}

} // namespace

class Sqlite::Connection {
public:
  Connection(const std::string& path, const SqliteOptions& options, std::atomic<std::int64_t>& ran)
      : statements(ran), busy_(options.busy_timeout), checkpoint_at_(options.wal_checkpoint),
        cut_at_(options.wal_most) {
    configure_sqlite();
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW |
                      (in_memory(path) ? SQLITE_OPEN_CREATE : 0);
    const std::string real = in_memory(path) ? path : without_links(path);
    if (sqlite3_open_v2(real.c_str(), &db_, flags, nullptr) != SQLITE_OK) {
      const std::string why = sqlite3_errmsg(db_);
      sqlite3_close_v2(db_);
      refuse(fmt::format("cannot open database {}: {}", path, why));
    }
    wait_for_lock(options.busy_timeout);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    if (options.read_only) sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_limit(db_, SQLITE_LIMIT_ATTACHED, 0);
    try {
      if (!in_memory(path)) script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
      script("PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000;");
    } catch (const DatabaseError& e) {
      sqlite3_close_v2(db_);
      throw DatabaseError(e.kind, fmt::format("database {}: {}", path, e.what()));
    }
    sqlite3_exec(db_, fmt::format("PRAGMA journal_size_limit={}", 4096LL * checkpoint_at_).c_str(), nullptr, nullptr,
                 nullptr);
    // In the place of SQLite's own, which knows only the checkpoint that gives way to everybody.
    sqlite3_wal_hook(
        db_,
        [](void* self, sqlite3*, const char*, int pages) {
          static_cast<Connection*>(self)->wal_pages_ = pages;
          return SQLITE_OK;
        },
        this);
  }
  ~Connection() {
    statements_.clear();
    sqlite3_close_v2(db_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void script(std::string_view text) {
    if (sqlite3_exec(db_, std::string(text).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
      throw_sqlite(db_, "script");
  }
  // Found by the text's address, which the program's own statements keep; another text at that address is prepared
  // anew.
  PreparedStatement& prepared(const Statement& s) {
    std::unique_ptr<PreparedStatement>& kept = statements_[s.sql.data()];
    if (!kept || kept->sql() != s.sql) kept = std::make_unique<PreparedStatement>(db_, s);
    return *kept;
  }
  bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }
  std::int64_t changes() const { return sqlite3_changes64(db_); }
  void plain(const Statement& s) { prepared(s).run({}); }
  void wait_for_lock(Millis at_most) {
    busy_ = at_most;
    sqlite3_busy_timeout(db_, static_cast<int>(busy_.count()));
  }
  // After a commit. A checkpoint that fails (a reader, a full disk) loses nothing: what was committed is in the log.
  void tend_wal() {
    if (wal_pages_ < checkpoint_at_) next_checkpoint_ = checkpoint_at_;
    if (wal_pages_ < next_checkpoint_) return;
    next_checkpoint_ = wal_pages_ + checkpoint_at_ / 4; // not at every commit while somebody is in the way
    sqlite3_busy_timeout(db_, 0);
    sqlite3_wal_checkpoint_v2(
        db_, nullptr, wal_pages_ >= cut_at_ ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    sqlite3_busy_timeout(db_, static_cast<int>(busy_.count()));
  }

  std::recursive_mutex lock; // a body may ask for data_version()
  std::atomic<std::int64_t>& statements;

private:
  sqlite3* db_ = nullptr;
  Millis busy_;
  int checkpoint_at_, cut_at_, next_checkpoint_ = 0, wal_pages_ = 0;
  std::unordered_map<const char*, std::unique_ptr<PreparedStatement>> statements_;
};

namespace {

constexpr Statement begin_write{"begin", "BEGIN IMMEDIATE"}, begin_read{"begin", "BEGIN"}, commit{"commit", "COMMIT"},
    rollback{"rollback", "ROLLBACK"}, save{"save", "SAVEPOINT body"}, release{"release", "RELEASE body"},
    back{"back", "ROLLBACK TO body"}, only_read{"only_read", "PRAGMA query_only=ON"},
    may_write{"may_write", "PRAGMA query_only=OFF"}, version{"data_version", "PRAGMA data_version"};

} // namespace

// The handle a body gets.
template <class Connection> class SqliteTransaction final : public Transaction {
public:
  explicit SqliteTransaction(Connection& c) : connection_(c) {}
  using Transaction::execute;
  using Transaction::query;
  Rows query(const Statement& s, std::span<const Param> p) override {
    // A full disk rolls back by itself. A body that swallowed that error would go on, each statement its own commit.
    if (!connection_.in_transaction()) throw DatabaseError(DatabaseError::Kind::full, "the transaction was lost");
    ++connection_.statements;
    return connection_.prepared(s).run(p);
  }
  std::int64_t execute(const Statement& s, std::span<const Param> p) override {
    query(s, p);
    return connection_.changes();
  }
  void savepoint(const std::function<void()>& body) override {
    connection_.plain(save);
    try {
      body();
    } catch (...) {
      // A full disk rolls back the whole transaction by itself: then there is nothing left to go back to.
      if (!connection_.in_transaction())
        throw DatabaseError(DatabaseError::Kind::full, "the transaction was lost inside a savepoint");
      connection_.plain(back);
      connection_.plain(release);
      throw;
    }
    connection_.plain(release);
  }

private:
  Connection& connection_;
};

namespace {

template <class Connection>
void in_transaction(Connection& c, const Statement& begin, const Statement& end, const Database::Body& body) {
  std::lock_guard hold(c.lock);
  c.plain(begin);
  try {
    SqliteTransaction<Connection> tx(c);
    body(tx);
    if (&end == &commit) kill_point("db.before_commit");
    c.plain(end);
  } catch (...) {
    if (c.in_transaction()) c.plain(rollback);
    throw;
  }
  if (&end != &commit) return;
  kill_point("db.after_commit");
  c.tend_wal();
}

} // namespace

Sqlite::Sqlite(const std::string& path, const SqliteOptions& options) {
  if (!in_memory(path)) check_file(path, options);
  writer_ = std::make_unique<Connection>(path, options, statements_);
  if (in_memory(path)) return;
  reader_ = std::make_unique<Connection>(path, options, statements_);
  reader_->plain(only_read);
}

Sqlite::~Sqlite() = default;

void Sqlite::transact(const Body& body) { in_transaction(*writer_, begin_write, commit, body); }
void Sqlite::rehearse(const Body& body) { in_transaction(*writer_, begin_write, rollback, body); }

void Sqlite::read(const Body& body) {
  if (reader_) return in_transaction(*reader_, begin_read, rollback, body);
  in_transaction(*writer_, begin_read, rollback, [&](Transaction& tx) {
    writer_->plain(only_read);
    try {
      body(tx);
    } catch (...) {
      writer_->plain(may_write);
      throw;
    }
    writer_->plain(may_write);
  });
}

std::int64_t Sqlite::data_version() {
  std::lock_guard hold(writer_->lock);
  return writer_->prepared(version).run({}).at(0).integer("data_version");
}

void Sqlite::wait_for_lock(Millis at_most) {
  std::lock_guard hold(writer_->lock);
  writer_->wait_for_lock(at_most);
}

void Sqlite::run_script(std::string_view script) {
  in_transaction(*writer_, begin_write, commit, [&](Transaction&) { writer_->script(script); });
}

std::unique_ptr<Sqlite> memory_database() {
  auto database = std::make_unique<Sqlite>(":memory:", SqliteOptions{});
  database->run_script(sql::schema);
  return database;
}

} // namespace milkrun::db
