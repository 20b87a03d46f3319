// A drip as it stands, in the form in which an import takes one.
#pragma once

#include "cli/show.hpp"

namespace milkrun::cli {

// Of the statements drips and steps (campaigns.sql): every field of a drip and its steps but the credentials, which are
// never shown, and what only claims ask. Imported, it changes nothing.
Json drip_document(const db::Row& drip, const db::Rows& steps);

// The same for people, a line each: when a step comes ("2 days later, 10:00").
std::string delay_words(const db::Row& step);

} // namespace milkrun::cli
