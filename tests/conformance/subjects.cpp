// SQLite in a file and in memory.
#include "conformance/database_conformance.hpp"

#include "db/migrate.hpp"
#include "support/temp_dir.hpp"

namespace milkrun::test {
namespace {

// A database together with the folder it lies in.
class OnDisk final : public db::Database {
public:
  OnDisk() { db::initialise(sqlite_); }
  void transact(const Body& body) override { sqlite_.transact(body); }
  void read(const Body& body) override { sqlite_.read(body); }
  void rehearse(std::span<const db::Copy> copies, const Body& body) override { sqlite_.rehearse(copies, body); }
  std::int64_t data_version() override { return sqlite_.data_version(); }
  std::int64_t statements() const override { return sqlite_.statements(); }

private:
  TempDir dir_;
  db::Sqlite sqlite_{dir_.file("milkrun.db"), {.create = true}};
};

} // namespace

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all{
      {"SQLite file", [] { return std::make_unique<OnDisk>(); }},
      {"SQLite memory", [] { return db::memory_database(); }, false},
  };
  return all;
}

} // namespace milkrun::test
