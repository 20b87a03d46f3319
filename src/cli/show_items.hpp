// Items of the ledger and operators' acts, as several commands show them.
#pragma once

#include "cli/show.hpp"

namespace milkrun::cli {

// "STAGE/KEY", one line.
std::string item_name(const db::Row& row);
Json item_json(const db::Row& row);
Json act_json(const db::Row& row);
// A table of acts, latest first.
void print_acts(std::ostream& out, const Listed& acts, std::int64_t limit, std::size_t width,
                std::string_view when_empty);

} // namespace milkrun::cli
