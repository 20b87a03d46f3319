// Prepares, binds and steps one SQLite statement.
#include "db/sqlite_statement.hpp"

#include "db/lock_holder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/statvfs.h>

namespace milkrun::db {

namespace {

using Kind = DatabaseError::Kind;

DatabaseError full(std::string_view what) {
  return {Kind::full, fmt::format("disk full while writing the database ({}); free some space and start again, nothing "
                                  "was written by halves",
                                  what)};
}

DatabaseError read_only_disk() {
  return {Kind::broken, "the file system it lies on is mounted read-only; mount it for writing, or see in the system's "
                        "log why it went read-only"};
}

bool on_read_only_disk(sqlite3* db) {
  struct statvfs s{};
  const char* file = sqlite3_db_filename(db, "main");
  return file != nullptr && statvfs(file, &s) == 0 && (s.f_flag & ST_RDONLY) != 0;
}

// A run that is stopped inside its transaction keeps every job of every tenant waiting, and only a person can mend
// that.
DatabaseError locked(sqlite3* db, std::string_view what) {
  const char* file = sqlite3_db_filename(db, "main");
  const std::string holder = file != nullptr ? words_of_lock_holder(file) : "";
  return {Kind::busy, fmt::format("database is locked by another program ({}){}", what,
                                  holder.empty() ? "; try again later" : ", " + holder)};
}

// What the operating system said; SQLite keeps its number for failed opens, reads and writes.
DatabaseError failed_file(int error, std::string_view what, const std::string& why) {
  switch (error) {
  case ENOSPC:
  case EDQUOT:
  case EFBIG: return full(what);
  case EROFS: return read_only_disk();
  case EACCES:
  case EPERM:
    return {Kind::broken, "the database or its -wal and -shm cannot be opened for writing; run as their owner, and see "
                          "that the files and their folder are writable"};
  case EMFILE:
  case ENFILE: return {Kind::broken, "too many open files; raise the limit (ulimit -n, LimitNOFILE=)"};
  default:
    return {Kind::broken, fmt::format("the disk failed while the database was read or written ({}: {}{}{}); see the "
                                      "system's log for errors of this disk, then start again",
                                      what, why, error != 0 ? ", " : "", error != 0 ? std::strerror(error) : "")};
  }
}

// The number of the operating system behind the last error. SQLite keeps it with the connection for what fails while a
// statement is prepared, and with the file for what fails while one runs.
int system_error(sqlite3* db) {
  if (const int error = sqlite3_system_errno(db); error != 0) return error;
  int error = 0;
  sqlite3_file* journal = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&journal)) == SQLITE_OK &&
      journal != nullptr && journal->pMethods != nullptr)
    journal->pMethods->xFileControl(journal, SQLITE_FCNTL_LAST_ERRNO, &error);
  if (error == 0) sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
  return error;
}

} // namespace

DatabaseError error_of(sqlite3* db, std::string_view what) {
  const std::string why = sqlite3_errmsg(db);
  switch (sqlite3_errcode(db) & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
  case SQLITE_PROTOCOL: // lost a race for the log's locks several times over
    return locked(db, what);
  case SQLITE_FULL: return full(what);
  case SQLITE_IOERR:
  case SQLITE_CANTOPEN:
    // Refused for writing, a file is tried for reading: the number told is that of the second try.
    if (on_read_only_disk(db)) return read_only_disk();
    return failed_file(system_error(db), what, why);
  case SQLITE_READONLY:
    if (on_read_only_disk(db)) return read_only_disk();
    return {Kind::broken, "the database cannot be written; run as its owner, and see that the file and its directory "
                          "are writable"};
  case SQLITE_CONSTRAINT: return {Kind::constraint, fmt::format("{}: {}", what, why)};
  case SQLITE_NOTADB:
  case SQLITE_CORRUPT:
    return {Kind::broken, fmt::format("the file is not a sound SQLite database ({}); restore a backup", why)};
  default: return {Kind::broken, fmt::format("{}: {}", what, why)};
  }
}

void throw_sqlite(sqlite3* db, std::string_view what) { throw error_of(db, what); }

PreparedStatement::PreparedStatement(sqlite3* db, const Statement& s) : db_(db), name_(s.name), sql_(s.sql) {
  if (sqlite3_prepare_v3(db, s.sql.data(), static_cast<int>(s.sql.size()), SQLITE_PREPARE_PERSISTENT, &statement_,
                         nullptr) != SQLITE_OK)
    throw_sqlite(db, s.name);
  for (int i = 1; i <= sqlite3_bind_parameter_count(statement_); ++i) {
    const char* name = sqlite3_bind_parameter_name(statement_, i);
    if (name == nullptr || *name != '$')
      throw std::logic_error(fmt::format("{}: parameters must be named with $", s.name));
    parameters_.emplace_back(name + 1);
  }
  Row::Names names;
  for (int i = 0; i < sqlite3_column_count(statement_); ++i) names.emplace_back(sqlite3_column_name(statement_, i));
  columns_ = std::make_shared<const Row::Names>(std::move(names));
}

bool PreparedStatement::only_reads() const {
  return sqlite3_stmt_readonly(statement_) != 0 || sqlite3_stmt_isexplain(statement_) != 0;
}

PreparedStatement::~PreparedStatement() { sqlite3_finalize(statement_); }

void PreparedStatement::bind_one(int index, const Value& value) {
  int rc = SQLITE_OK;
  if (const auto* i = std::get_if<std::int64_t>(&value))
    rc = sqlite3_bind_int64(statement_, index, *i);
  else if (const auto* d = std::get_if<double>(&value))
    rc = sqlite3_bind_double(statement_, index, *d);
  else if (const auto* t = std::get_if<std::string>(&value))
    // Static: the parameters outlive the step, run() resets the bindings after it.
    rc = sqlite3_bind_text64(statement_, index, t->data(), t->size(), SQLITE_STATIC, SQLITE_UTF8);
  else
    rc = sqlite3_bind_null(statement_, index);
  if (rc != SQLITE_OK) throw_sqlite(db_, name_);
}

void PreparedStatement::bind(std::span<const Param> params) {
  if (params.size() != parameters_.size())
    throw std::logic_error(fmt::format("{}: {} parameters given, {} wanted", name_, params.size(), parameters_.size()));
  places_.resize(params.size());
  for (std::size_t n = 0; n < params.size(); ++n) {
    const Param& p = params[n];
    std::size_t& i = places_[n]; // where it was the last time
    if (i >= parameters_.size() || parameters_[i] != p.name)
      i = static_cast<std::size_t>(std::ranges::find(parameters_, p.name) - parameters_.begin());
    if (i == parameters_.size()) throw std::logic_error(fmt::format("{}: no parameter ${}", name_, p.name));
    bind_one(static_cast<int>(i) + 1, p.value);
  }
}

Row PreparedStatement::row() const {
  std::vector<Value> values;
  values.reserve(columns_->size());
  for (int i = 0; i < static_cast<int>(columns_->size()); ++i) {
    switch (sqlite3_column_type(statement_, i)) {
    case SQLITE_INTEGER: values.emplace_back(std::int64_t{sqlite3_column_int64(statement_, i)}); break;
    case SQLITE_FLOAT: values.emplace_back(sqlite3_column_double(statement_, i)); break;
    case SQLITE_NULL: values.emplace_back(); break;
    default:
      values.emplace_back(std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement_, i)),
                                      static_cast<std::size_t>(sqlite3_column_bytes(statement_, i))));
    }
  }
  return {columns_, std::move(values)};
}

Rows PreparedStatement::run(std::span<const Param> params) {
  struct Reset {
    sqlite3_stmt* s;
    ~Reset() {
      sqlite3_reset(s);
      sqlite3_clear_bindings(s);
    }
  } reset{statement_};
  bind(params);
  Rows rows;
  for (;;) {
    const int rc = sqlite3_step(statement_);
    if (rc == SQLITE_DONE) return rows;
    if (rc != SQLITE_ROW) throw_sqlite(db_, name_);
    rows.push_back(row());
  }
}

} // namespace milkrun::db
