// Readers of what people will read: patterns by language, templates, conditions. Private to the import.
#pragma once

#include "cli/import/entity.hpp"
#include "outreach/wording.hpp"

namespace milkrun::cli {

namespace reads {

// {"en": "…", "de": "…"}, or one text for everybody. Every one is rendered with a sample: what cannot be is a mistake.
Reader patterns(outreach::Kind kind, std::size_t most_bytes, bool one_line);
Reader condition(); // as src/outreach/condition.hpp tells; null or "": for all

} // namespace reads

// The field "template" of the object, into template_name, template_language and template_values. Null: none.
void read_template(Fields& fields, outreach::Kind kind, Given& given, Reading& reading);

} // namespace milkrun::cli
