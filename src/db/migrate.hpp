// The database's version: made by init, raised by migrate, checked at every start.
#pragma once

#include "db/sqlite.hpp"

#include <span>

namespace milkrun::db {

inline constexpr std::int64_t schema_version = 1; // of schema.sql

// The version in the file; nullopt when the database is empty or another program's. Throws DatabaseError when it has
// our version table and no version that can be one.
std::optional<std::int64_t> version_of(Database& database);

// Loads schema.sql into an empty database. False when it already has the schema. Throws DatabaseError when the file
// holds something else or a newer schema.
bool initialise(Sqlite& database);

// Brings an older schema up to date, one transaction per step. Returns the number of steps taken. Throws DatabaseError
// for a version there is no way up from, and when a step would break a reference between rows: that step is rolled
// back whole.
int migrate(Sqlite& database);
// The same with steps of the caller's: steps[i] is the script that raises version i + 1 to i + 2, and the last one ends
// at ours. A step may rebuild a table that others refer to: make the new one, copy, drop the old one, rename.
int migrate(Sqlite& database, std::span<const std::string_view> steps);

// Throws DatabaseError unless the schema is ours; the sentence names the mend. The number alone does not say so while
// the schema changes in place: each table and index must be there in the words of schema.sql (comments, spaces and
// quotes aside), so a step leaves them in these words. Triggers, views and virtual tables are refused: we have none,
// and those of somebody else would run with our rights. Tables and indexes beside ours are nobody's trouble.
void check_version(Database& database);

} // namespace milkrun::db
