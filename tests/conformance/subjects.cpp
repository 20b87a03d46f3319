// SQLite in a file and in memory, each bare and behind group commit.
#include "conformance/database_conformance.hpp"

#include "db/group_commit.hpp"
#include "db/migrate.hpp"
#include "support/temp_dir.hpp"

namespace milkrun::test {
namespace {

// A database together with what must outlive it.
class Owned final : public db::Database {
public:
  Owned(std::unique_ptr<TempDir> dir, std::unique_ptr<db::Sqlite> sqlite, bool grouped)
      : dir_(std::move(dir)), sqlite_(std::move(sqlite)) {
    if (grouped) group_ = std::make_unique<db::GroupCommit>(*sqlite_);
  }
  void transact(const Body& body) override { used().transact(body); }
  void read(const Body& body) override { used().read(body); }
  void rehearse(const Body& body) override { used().rehearse(body); }
  std::int64_t data_version() override { return used().data_version(); }
  std::int64_t statements() const override { return used().statements(); }

private:
  db::Database& used() const { return group_ ? static_cast<db::Database&>(*group_) : *sqlite_; }
  std::unique_ptr<TempDir> dir_;
  std::unique_ptr<db::Sqlite> sqlite_;
  std::unique_ptr<db::GroupCommit> group_;
};

std::unique_ptr<db::Database> on_disk(bool grouped) {
  auto dir = std::make_unique<TempDir>();
  auto sqlite = std::make_unique<db::Sqlite>(dir->file("milkrun.db"), db::SqliteOptions{.create = true});
  db::initialise(*sqlite);
  return std::make_unique<Owned>(std::move(dir), std::move(sqlite), grouped);
}

std::unique_ptr<db::Database> in_memory(bool grouped) {
  return std::make_unique<Owned>(nullptr, db::memory_database(), grouped);
}

} // namespace

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all{
      {"SQLite file", [] { return on_disk(false); }},
      {"SQLite file, group commit", [] { return on_disk(true); }},
      {"SQLite memory", [] { return in_memory(false); }, false},
      {"SQLite memory, group commit", [] { return in_memory(true); }, false},
  };
  return all;
}

} // namespace milkrun::test
