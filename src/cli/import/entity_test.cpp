// Each table, its columns in schema.sql and its statement say the same.
#include "cli/import/entity.hpp"
#include "cli/import/put.hpp"
#include "cli/import/test_world.hpp"
#include "sql/import_outreach.hpp"

#include <algorithm>

using namespace milkrun;
using namespace milkrun::cli;

namespace {

struct Pair {
  const Entity& entity;
  const char* table;
  db::Statement set;
};

std::vector<Pair> pairs() {
  namespace q = sql::import_outreach;
  return {{contact_entity(), "contacts", q::set_contact},
          {tenant_outreach_entity(), "tenants", q::set_tenant_outreach},
          {test_mode_entity(), "tenants", q::set_test_mode},
          {rule_entity(), "reminder_rules", q::set_rule},
          {invoice_entity(), "invoices", q::set_invoice},
          {drip_entity(), "campaigns", q::set_drip},
          {step_entity(), "steps", q::set_step}};
}

} // namespace

TEST_CASE("every column of a table is in the schema, and its set statement writes it") {
  const auto database = db::memory_database();
  CHECK(pairs().size() == entities().size());
  for (const Pair& pair : pairs()) {
    CAPTURE(pair.table);
    db::Rows columns;
    database->read([&](db::Transaction& tx) {
      columns = tx.query({"test", "SELECT name FROM pragma_table_info($table)"}, {{"table", pair.table}});
    });
    for (const Field& field : pair.entity.fields) {
      CAPTURE(field.column);
      CHECK(std::ranges::any_of(columns, [&](const db::Row& row) { return row.text("name") == field.column; }));
      CHECK(pair.set.sql.find(std::string(field.column) + " = $" + std::string(field.column)) !=
            std::string_view::npos);
    }
  }
}
