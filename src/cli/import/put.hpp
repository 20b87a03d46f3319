// Writing an entry of a table over the row it is about. Private to the import.
#pragma once

#include "cli/import/entity.hpp"
#include "cli/import/store_parts.hpp"

#include <initializer_list>
#include <string_view>

namespace milkrun::cli {

// Runs `set`, whose parameters are id, the table's columns and `more`: each gets what the entry gives, else what the
// row has. False, and nothing is written, when nothing differs.
bool put(db::Transaction& tx, const db::Statement& set, const db::Row& row, const Entity& entity, const Given& given,
         std::initializer_list<std::string_view> more = {});

} // namespace milkrun::cli
