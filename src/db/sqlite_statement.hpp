// One prepared SQLite statement: named parameters in, owned rows out. Private to src/db.
#pragma once

#include "db/db.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace milkrun::db {

// The connection's last error as a sentence with its cause and mend; `what` names the statement.
DatabaseError error_of(sqlite3* db, std::string_view what);
// Throws DatabaseError for the connection's last error; `what` names the statement.
[[noreturn]] void throw_sqlite(sqlite3* db, std::string_view what);

class PreparedStatement {
public:
  PreparedStatement(sqlite3* db, const Statement& statement);
  ~PreparedStatement();
  PreparedStatement(const PreparedStatement&) = delete;
  PreparedStatement& operator=(const PreparedStatement&) = delete;

  // Binds by name, steps to the end, resets. A parameter too many or too few throws std::logic_error.
  Rows run(std::span<const Param> params);
  const std::string& sql() const { return sql_; }
  bool only_reads() const;

private:
  void bind(std::span<const Param> params);
  void bind_one(int index, const Value& value);
  Row row() const;

  sqlite3* db_;
  std::string name_, sql_;
  sqlite3_stmt* statement_ = nullptr;
  std::vector<std::string> parameters_; // without `$`, in order of their index
  std::vector<std::size_t> places_;     // of the given ones among them, as they were bound last
  std::shared_ptr<const Row::Names> columns_;
};

} // namespace milkrun::db
