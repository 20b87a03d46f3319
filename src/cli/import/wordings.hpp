// Readers of what people will read: patterns by language, templates, conditions. Private to the import.
#pragma once

#include "cli/import/entity.hpp"
#include "outreach/wording.hpp"

#include <functional>

namespace milkrun::cli {

namespace reads {

// {"en": "…", "de": "…"}, or one text for everybody. Every one is rendered with a sample: what cannot be is a mistake.
Reader patterns(outreach::Kind kind, std::size_t most_bytes, bool one_line);
Reader condition(); // as src/outreach/condition.hpp tells; null or "": for all

} // namespace reads

// The field "template" of the object, into the four columns template_…. Null: none.
void read_template(Fields& fields, outreach::Kind kind, Given& given, Reading& reading);

// "instead" of a template: "text", or another template; as the column template_instead has it, "" = not given.
std::string read_instead(Fields& tmpl, Reading& reading);
// Shows every parameter of it to `check`. `where`: of the template.
using CheckParameter =
    std::function<void(const std::string& where, const std::string& pattern, const std::string& language)>;
void check_instead(const std::string& instead, const std::string& where, const CheckParameter& check);

} // namespace milkrun::cli
