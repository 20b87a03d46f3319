// A look into the product's database file from outside, by SQLite's C API alone: what is on the disk, not what the
// product says of it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;

namespace milkrun::e2e {

using Row = std::map<std::string, std::string>; // NULL is ""

class DatabaseFile {
public:
  explicit DatabaseFile(std::string path) : path_(std::move(path)) {}

  // Read only. Throws std::runtime_error with SQLite's complaint.
  std::vector<Row> query(const std::string& sql) const;
  // The first column of the first row, as a number.
  std::int64_t number(const std::string& sql) const;
  // What a test moves by hand instead of waiting for days; also pragmas.
  void change(const std::string& sql) const;
  // How long the next item waits, from now; nullopt: none does.
  std::optional<std::int64_t> wait_ms() const;
  // Every wait is nearer by so much, as if a scheduler had waited it out.
  void skip(std::int64_t ms) const;
  // Holds the write lock until it is destroyed.
  std::shared_ptr<void> lock() const;
  // The bytes of the database and its side files.
  std::string bytes() const;

private:
  std::string path_;
};

} // namespace milkrun::e2e
