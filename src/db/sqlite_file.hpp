// The database's file and folder, looked at before SQLite opens them. Private to src/db.
#pragma once

#include <string>

namespace milkrun::db {

// Throws DatabaseError with the mend unless the file, its -wal and -shm, and the folder may be used: regular files with
// one name, for their owner alone, in a folder that nobody else may write to; of one owner also when we are root. Makes
// the file (0600) when `create` and it is not there; what root makes in the folder of another user belongs to that
// user.
void check_database_file(const std::string& path, bool create);

// The path with the links of its folder resolved: SQLite is told to follow none.
std::string without_links(const std::string& path);

} // namespace milkrun::db
