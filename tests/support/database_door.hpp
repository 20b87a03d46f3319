// A database in front of another one: a test changes what it wants to, everything else goes through.
#pragma once

#include "db/db.hpp"

namespace milkrun::test {

class DatabaseDoor : public db::Database {
public:
  explicit DatabaseDoor(db::Database& real) : real_(real) {}
  void transact(const Body& body) override { real_.transact(body); }
  void read(const Body& body) override { real_.read(body); }
  void rehearse(std::span<const db::Copy> copies, const Body& body) override { real_.rehearse(copies, body); }
  std::int64_t data_version() override { return real_.data_version(); }
  std::int64_t statements() const override { return real_.statements(); }

protected:
  db::Database& real_;
};

} // namespace milkrun::test
