// The reference of the import document, made from the tables by which it is read, and a document to begin with.
#pragma once

#include "cli/import/entries.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::cli {

struct FieldDoc {
  std::string name, holds, otherwise, means; // otherwise: what holds where a new entry leaves it out
};
struct ObjectDoc {
  std::string name;  // "tenants"
  std::string about; // one sentence
  std::vector<FieldDoc> fields;
};

// Every object of the document, the outermost first.
std::vector<ObjectDoc> document_reference();

// docs/import.md, and the list of fields in the manual (mdoc).
std::string reference_markdown(const Known& known);
std::string reference_man();

// A small document that imports as it is.
std::string_view example_document();

// The default of a column as schema.sql has it: "'daily'", "1", "NULL"; nullopt: the column must be given.
std::optional<std::string> schema_default(std::string_view table, std::string_view column);

} // namespace milkrun::cli
