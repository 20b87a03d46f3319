// One comparison for every table: what is equal is not written, so that an import twice changes nothing.
#include "cli/import/put.hpp"

namespace milkrun::cli {

bool put(db::Transaction& tx, const db::Statement& set, const db::Row& row, const Entity& entity, const Given& given,
         std::initializer_list<std::string_view> more) {
  std::vector<db::Param> params{{"id", row.text("id")}};
  bool differs = false;
  const auto add = [&](std::string_view column) {
    const auto found = given.values.find(column);
    const db::Value& value = found == given.values.end() ? row.value(column) : found->second;
    differs |= value != row.value(column);
    params.emplace_back(column, value);
  };
  for (const Field& field : entity.fields) add(field.column);
  for (const std::string_view column : more) add(column);
  if (differs) tx.execute(set, std::span<const db::Param>(params));
  return differs;
}

} // namespace milkrun::cli
