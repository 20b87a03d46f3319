// Rows that tests put into the real schema, and short ways to look at it.
#pragma once

#include "db/db.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace milkrun::test {

// A statement of a test; the text must outlive it.
inline db::Statement sql(const char* literal) { return {"test", literal}; }

inline void change(db::Database& database, const char* literal, std::initializer_list<db::Param> params = {}) {
  database.transact([&](db::Transaction& tx) { tx.execute(sql(literal), params); });
}

inline db::Rows rows(db::Database& database, const char* literal, std::initializer_list<db::Param> params = {}) {
  db::Rows out;
  database.read([&](db::Transaction& tx) { out = tx.query(sql(literal), params); });
  return out;
}

// A row that no database has read: columns and values.
inline db::Row row_of(std::initializer_list<db::Param> columns) {
  auto names = std::make_shared<db::Row::Names>();
  std::vector<db::Value> values;
  for (const db::Param& column : columns) {
    names->emplace_back(column.name);
    values.push_back(column.value);
  }
  return {std::move(names), std::move(values)};
}

// The column `n` of the only row.
inline std::int64_t number(db::Database& database, const char* literal, std::initializer_list<db::Param> params = {}) {
  return rows(database, literal, params).at(0).integer("n");
}

inline void add_tenant(db::Transaction& tx, std::string_view id) {
  tx.execute(sql("INSERT INTO tenants (id, slug, name, created_at) VALUES ($id, $id, $id, 0)"), {{"id", id}});
}

inline void add_tenants(db::Database& database, std::initializer_list<std::string_view> ids) {
  database.transact([&](db::Transaction& tx) {
    for (const std::string_view id : ids) add_tenant(tx, id);
  });
}

} // namespace milkrun::test
