// Who holds the write lock of a database. Private to src/db.
#pragma once

#include <string>

namespace milkrun::db {

// For people, of a database that this process has open: which process it is, what state that is in and what to do.
// "" when it is none, or one that cannot be named.
std::string words_of_lock_holder(const std::string& path);

} // namespace milkrun::db
