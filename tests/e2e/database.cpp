// Opens the file anew for each question, so that no test holds a lock it does not know of.
#include "e2e/database.hpp"

#include <chrono>
#include <fstream>
#include <sqlite3.h>
#include <sstream>
#include <stdexcept>

namespace milkrun::e2e {
namespace {

using Handle = std::shared_ptr<sqlite3>;

Handle open(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int rc = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Handle handle(raw, sqlite3_close_v2);
  if (rc != SQLITE_OK) throw std::runtime_error(path + ": " + sqlite3_errmsg(raw));
  sqlite3_busy_timeout(raw, 20'000);
  return handle;
}

int keep(void* rows, int columns, char** values, char** names) {
  Row row;
  for (int i = 0; i < columns; ++i) row[names[i]] = values[i] == nullptr ? "" : values[i];
  static_cast<std::vector<Row>*>(rows)->push_back(std::move(row));
  return 0;
}

std::vector<Row> run(const Handle& handle, const std::string& sql) {
  std::vector<Row> rows;
  char* complaint = nullptr;
  if (sqlite3_exec(handle.get(), sql.c_str(), keep, &rows, &complaint) == SQLITE_OK) return rows;
  const std::string why = complaint == nullptr ? "" : complaint;
  sqlite3_free(complaint);
  throw std::runtime_error(sql + ": " + why);
}

} // namespace

std::vector<Row> DatabaseFile::query(const std::string& sql) const {
  return run(open(path_, SQLITE_OPEN_READONLY), sql);
}

std::int64_t DatabaseFile::number(const std::string& sql) const { return std::stoll(query(sql).at(0).begin()->second); }

void DatabaseFile::change(const std::string& sql) const { run(open(path_, SQLITE_OPEN_READWRITE), sql); }

std::optional<std::int64_t> DatabaseFile::wait_ms() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t next = number("SELECT coalesce(min(due_at), 0) FROM ledger WHERE state IN ('due', 'uncertain')");
  if (next == 0) return std::nullopt;
  return next - std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void DatabaseFile::skip(std::int64_t ms) const {
  const std::string by = std::to_string(ms);
  change("UPDATE ledger SET due_at = due_at - " + by + ", look_after = look_after - " + by +
         " WHERE state IN ('due', 'uncertain'); UPDATE parks SET until = until - " + by +
         ", probe_until = probe_until - " + by + "; UPDATE paces SET next = next - " + by);
}

std::shared_ptr<void> DatabaseFile::lock() const {
  const Handle handle = open(path_, SQLITE_OPEN_READWRITE);
  run(handle, "BEGIN EXCLUSIVE");
  return handle;
}

std::string DatabaseFile::bytes() const {
  std::ostringstream out;
  for (const char* suffix : {"", "-wal", "-journal"})
    if (std::ifstream file(path_ + suffix, std::ios::binary); file && file.peek() != EOF) out << file.rdbuf();
  return out.str();
}

} // namespace milkrun::e2e
