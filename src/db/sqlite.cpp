// SQLite by its C API. A body that throws is rolled back; what was committed is on disk (synchronous=FULL), or will be
// soon where the caller said that it waits for that (synchronous=NORMAL, and the log's own flushes).
#include "db/sqlite.hpp"

#include "base/kill_point.hpp"
#include "db/sqlite_file.hpp"
#include "db/sqlite_statement.hpp"
#include "db/sqlite_sync.hpp"
#include "sql/schema.hpp"

#include <array>
#include <fmt/format.h>
#include <mutex>
#include <sqlite3.h>
#include <unordered_map>
#include <utility>

namespace milkrun::db {
namespace {

bool in_memory(const std::string& path) { return path == ":memory:"; }

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

// A run with nothing to do writes one row. Copying that into the database and removing the log when it ends would take
// more flushes of the disk than all the rest; a log of so few pages is read again in no time.
constexpr int log_that_may_stay = 64;

namespace {

constexpr Statement definitions{"definitions", "SELECT type, sql FROM main.sqlite_master WHERE tbl_name = $table "
                                               "AND sql IS NOT NULL AND type IN ('table', 'index') ORDER BY type DESC"};

} // namespace

class Sqlite::Connection {
public:
  Connection(const std::string& path, const SqliteOptions& options, std::atomic<std::int64_t>& ran)
      : statements(ran), read_only_(options.read_only), busy_(options.busy_timeout),
        checkpoint_at_(options.wal_checkpoint), cut_at_(options.wal_most) {
    configure_sqlite();
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW |
                      (in_memory(path) ? SQLITE_OPEN_CREATE : 0);
    const std::string real = in_memory(path) ? path : without_links(path);
    if (sqlite3_open_v2(real.c_str(), &db_, flags, nullptr) != SQLITE_OK) {
      const DatabaseError error = error_of(db_, "open");
      sqlite3_close_v2(db_);
      throw DatabaseError(error.kind, fmt::format("database {}: {}", path, error.what()));
    }
    wait_for_lock(options.busy_timeout);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_limit(db_, SQLITE_LIMIT_ATTACHED, 0);
    try {
      if (!in_memory(path))
        script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", "its -shm, without which it cannot be read either");
      script("PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8000;");
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
    scripted_ = false;
  }
  ~Connection() {
    statements_.clear();
    if (read_only_ || (wal_pages_ < log_that_may_stay && !scripted_))
      sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_close_v2(db_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void script(std::string_view text, std::string_view what = "script") {
    scripted_ = true;
    if (sqlite3_exec(db_, std::string(text).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) throw_sqlite(db_, what);
  }
  // Found by the text's address, which the program's own statements keep; another text at that address is prepared
  // anew.
  PreparedStatement& prepared(const Statement& s) {
    std::unique_ptr<PreparedStatement>& kept = statements_[s.sql.data()];
    if (!kept || kept->sql() != s.sql) kept = std::make_unique<PreparedStatement>(db_, s);
    return *kept;
  }
  // From now on the file cannot be written through this connection; temporary tables can.
  void read_only_file() {
    sqlite3_set_authorizer(
        db_,
        [](void*, int action, const char*, const char*, const char* schema, const char*) {
          const bool writes = action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
          return writes && schema != nullptr && std::string_view(schema) == "main" ? SQLITE_DENY : SQLITE_OK;
        },
        nullptr);
  }
  // The table's and its indexes' own words, said again for a temporary one; then its rows.
  void shadow(const Copy& copy) {
    std::string script;
    for (const Row& r : prepared(definitions).run(std::array{Param("table", copy.table)})) {
      std::string words = r.text("sql");
      const bool table = r.text("type") == "table";
      words.insert(words.find(table ? "TABLE " : "INDEX ") + 6, "temp.");
      script += words + ";\n";
    }
    script += fmt::format("INSERT INTO temp.{0} SELECT * FROM main.{0}{1}{2};", copy.table,
                          copy.only.empty() ? "" : " WHERE ", copy.only);
    if (sqlite3_exec(db_, script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
      throw_sqlite(db_, "copy for a dry run");
  }
  // What is copied may be as large as the database: a file that only this connection knows, not memory.
  void copies_to_disk() { script("PRAGMA temp_store=FILE; PRAGMA temp.cache_size=-8000;"); }
  bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }
  std::int64_t changes() const { return sqlite3_changes64(db_); }
  void plain(const Statement& s) { prepared(s).run({}); }
  void wait_for_lock(Millis at_most) {
    busy_ = at_most;
    sqlite3_busy_timeout(db_, static_cast<int>(busy_.count()));
  }
  // Whether a commit waits for the disk. SQLite obeys it while it prepares the pragma, so that none is kept.
  void wait_for_disk(bool waits) {
    if (std::exchange(waits_for_disk_, waits) == waits) return;
    if (sqlite3_exec(db_, waits ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", nullptr, nullptr, nullptr) !=
        SQLITE_OK)
      throw_sqlite(db_, "synchronous");
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
  bool read_only_, scripted_ = false, waits_for_disk_ = true;
  Millis busy_;
  int checkpoint_at_, cut_at_, next_checkpoint_ = 0, wal_pages_ = 0;
  std::unordered_map<const char*, std::unique_ptr<PreparedStatement>> statements_;
};

namespace {

constexpr Statement begin_write{"begin", "BEGIN IMMEDIATE"}, begin_read{"begin", "BEGIN"}, commit{"commit", "COMMIT"},
    rollback{"rollback", "ROLLBACK"}, save{"save", "SAVEPOINT body"}, release{"release", "RELEASE body"},
    back{"back", "ROLLBACK TO body"}, only_read{"only_read", "PRAGMA query_only=ON"},
    version{"data_version", "PRAGMA data_version"}, unforced{"unforced", "PRAGMA foreign_keys=OFF"},
    forced{"forced", "PRAGMA foreign_keys=ON"}, references{"foreign_key_check", "PRAGMA foreign_key_check"};

} // namespace

// The handle a body gets.
template <class Connection> class SqliteTransaction final : public Transaction {
public:
  SqliteTransaction(Connection& c, bool may_write) : connection_(c), may_write_(may_write) {}
  using Transaction::execute;
  using Transaction::query;
  Rows query(const Statement& s, std::span<const Param> p) override {
    // A full disk rolls back by itself. A body that swallowed that error would go on, each statement its own commit.
    if (!connection_.in_transaction()) throw DatabaseError(DatabaseError::Kind::full, "the transaction was lost");
    ++connection_.statements;
    PreparedStatement& statement = connection_.prepared(s);
    if (!may_write_ && !statement.only_reads())
      throw DatabaseError(DatabaseError::Kind::broken, fmt::format("{}: a read may not write", s.name));
    return statement.run(p);
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
  const bool may_write_;
};

namespace {

template <class Connection>
void in_transaction(Connection& c, const Statement& begin, const Statement& end, const Database::Body& body,
                    bool may_write = true) {
  std::lock_guard hold(c.lock);
  c.plain(begin);
  try {
    SqliteTransaction<Connection> tx(c, may_write);
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

Sqlite::Sqlite(const std::string& path, const SqliteOptions& options)
    : path_(path), options_(options), sync_(in_memory(path) ? nullptr : std::make_unique<LogSync>(path)) {
  if (!in_memory(path)) check_database_file(path, options.create);
  writer_ = std::make_unique<Connection>(path, options, statements_);
  if (in_memory(path)) return;
  reader_ = std::make_unique<Connection>(path, options, statements_);
  reader_->plain(only_read);
}

Sqlite::~Sqlite() = default;

void Sqlite::transact(const Body& body) {
  std::lock_guard hold(writer_->lock);
  writer_->wait_for_disk(true);
  in_transaction(*writer_, begin_write, commit, body);
}

std::uint64_t Sqlite::transact_early(const Body& body) {
  std::lock_guard hold(writer_->lock);
  const bool early = sync_ && sync_->ready();
  writer_->wait_for_disk(!early);
  in_transaction(*writer_, begin_write, commit, body);
  return early ? sync_->written() : 0;
}

std::uint64_t Sqlite::durable() { return sync_ ? sync_->durable() : 0; }

void Sqlite::when_durable(std::function<void()> grown) {
  if (sync_) sync_->when_durable(std::move(grown));
}

// A temporary table of the same name hides the one of the file, with its constraints and indexes; only the references
// to other tables are left out, which would be looked for among the temporary ones.
void Sqlite::rehearse(std::span<const Copy> copies, const Body& body) {
  if (in_memory(path_)) return in_transaction(*writer_, begin_write, rollback, body);
  SqliteOptions options = options_;
  options.read_only = true;
  Connection c(path_, options, statements_);
  c.plain(unforced);
  c.read_only_file();
  c.copies_to_disk();
  in_transaction(c, begin_read, rollback, [&](Transaction& tx) {
    for (const Copy& copy : copies) c.shadow(copy);
    body(tx);
  });
}

void Sqlite::read(const Body& body) {
  // In memory the writing connection reads too; `query_only`, switched there, would have SQLite prepare all its
  // statements anew.
  in_transaction(reader_ ? *reader_ : *writer_, begin_read, rollback, body, false);
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

bool Sqlite::rebuild(std::string_view script, const std::function<bool(Transaction&)>& first) {
  std::lock_guard hold(writer_->lock);
  struct Enforced { // the switch has no effect inside a transaction
    Connection& c;
    explicit Enforced(Connection& connection) : c(connection) { c.plain(unforced); }
    ~Enforced() { c.plain(forced); }
  } const enforced(*writer_);
  bool done = false;
  in_transaction(*writer_, begin_write, commit, [&](Transaction& tx) {
    done = first(tx);
    if (!done) return;
    writer_->script(script);
    const Rows broken = tx.query(references);
    if (!broken.empty())
      throw DatabaseError(DatabaseError::Kind::broken,
                          fmt::format("a new schema would leave {} rows whose references lead nowhere, the first in {} "
                                      "(to {}); nothing was changed",
                                      broken.size(), broken.front().text("table"), broken.front().text("parent")));
  });
  return done;
}

std::unique_ptr<Sqlite> memory_database() {
  auto database = std::make_unique<Sqlite>(":memory:", SqliteOptions{});
  database->run_script(sql::schema);
  return database;
}

} // namespace milkrun::db
