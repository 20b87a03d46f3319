// The database's version: made by init, raised by migrate, checked at every start.
#pragma once

#include "db/sqlite.hpp"

namespace milkrun::db {

inline constexpr std::int64_t schema_version = 1; // of schema.sql

// The version in the file; nullopt when the database is empty.
std::optional<std::int64_t> version_of(Database& database);

// Loads schema.sql into an empty database. False when it already has the schema. Throws DatabaseError when the file
// holds something else or a newer schema.
bool initialise(Sqlite& database);

// Brings an older schema up to date, one transaction per step. Returns the number of steps taken.
int migrate(Sqlite& database);

// Throws DatabaseError unless the schema is exactly ours; the sentence names the mend.
void check_version(Database& database);

} // namespace milkrun::db
