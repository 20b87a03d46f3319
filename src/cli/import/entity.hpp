// An entity of the document as a table: each field's name, what it may hold, its column, and its line in the manual.
// Whoever adds a column writes it here, in schema.sql and in the entity's `set` statement; a test compares the three.
#pragma once

#include "cli/import/entries.hpp"
#include "db/db.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::cli {

// Takes the field: the column's value, or nullopt when it is absent or wrong (the mistake is then noted). `holds` says
// what it takes, in the words of the reference.
struct Reader {
  std::function<std::optional<db::Value>(Fields&, std::string_view name, Reading&)> take;
  std::string holds;
  std::optional<db::Value> operator()(Fields& fields, std::string_view name, Reading& reading) const {
    return take(fields, name, reading);
  }
};

struct Field {
  std::string_view name;
  std::string_view column;
  Reader read;
  std::string_view help;
  std::string_view otherwise = {}; // what holds where it is left out, when the schema's default does not say
};

struct Entity {
  std::string_view name;  // of the list it stands in: "invoices"
  std::string_view table; // of the schema
  std::vector<Field> fields;
};

// Reads the table's fields of an object; the caller reads what is not a column, and finishes.
Given read_given(const Entity& entity, Fields& fields, Reading& reading);

// All tables, for tests and the manual.
const std::vector<const Entity*>& entities();
const Entity& contact_entity();
const Entity& tenant_outreach_entity();
const Entity& test_mode_entity();
const Entity& rule_entity();
const Entity& invoice_entity();
const Entity& drip_entity();
const Entity& step_entity();

// ---- readers

namespace reads {

Reader line(std::size_t most_bytes = 200);
Reader word(std::initializer_list<std::string_view> allowed);
Reader whole(std::int64_t least, std::int64_t most);
Reader flag();
Reader instant();
Reader passed(); // an instant that is not in the future
Reader day();
Reader clock();
Reader span(Millis least, Millis most);
// A list, stored as JSON: any texts · words of a closed list, each once · ISO dates.
Reader names(std::size_t most_bytes = 100);
Reader words(std::initializer_list<std::string_view> allowed, bool may_be_empty);
Reader days();
// null is a value: none.
Reader or_null(Reader read);
// "" is a value: none.
Reader or_empty(Reader read);
// What `read` takes must also pass: `check` answers "", or what is wrong and the mend.
Reader checked(Reader read, std::string (*check)(std::string_view));
// The same reader under other words.
Reader holding(std::string holds, Reader read);

} // namespace reads

} // namespace milkrun::cli
