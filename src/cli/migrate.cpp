// `milkrun migrate`: raises an older database to this version's schema, a transaction a step.
#include "db/migrate.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"

#include <fmt/format.h>

namespace milkrun::cli {

Answer migrate(const MigrateArgs&, const Context& context) {
  db::Sqlite database(context.settings.database, {});
  if (db::version_of(database) == db::schema_version) check_key(context.settings, database);
  const int steps = db::migrate(database);
  if (steps == 0)
    context.out << fmt::format("the schema is up to date (version {})\n", db::schema_version);
  else
    context.out << fmt::format("schema raised to version {} in {} steps\n", db::schema_version, steps);
  return Exit::ok;
}

} // namespace milkrun::cli
