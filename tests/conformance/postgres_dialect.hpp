// One SQL text, two databases: what has to change before PostgreSQL understands our SQLite schema and statements.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace milkrun::postgres {

// The schema for PostgreSQL: INTEGER becomes BIGINT, REAL becomes DOUBLE PRECISION, the table option STRICT goes;
// strings, quoted names and comments stay as they are. permanent: a word only SQLite knows, named in `detail`.
Expected<std::string> schema(std::string_view sqlite);

struct Prepared {
  std::string sql;                // with $1..$n
  std::vector<std::string> names; // names[i] is the parameter $(i+1); a name used twice is one parameter
};

// A statement for PostgreSQL: the same word changes, and `$name` parameters become positions. Errors as above.
Expected<Prepared> statement(std::string_view sqlite);

} // namespace milkrun::postgres
