// Which words of a message go out by WhatsApp: its template, the one it names for the time that one rests, or its text.
// For rows of deliver.sql.
#pragma once

#include "base/clock.hpp"
#include "db/db.hpp"

#include <optional>
#include <string>

namespace milkrun::outreach {

enum class Words { text, first, second }; // first, second: the template of that name

// nullopt: its template rests, and nothing may go out in its place.
std::optional<Words> usable_words(const db::Row& row, Time now);

// What may go out in the place of its template while that rests.
std::optional<Words> words_instead(const db::Row& row, Time now);

// What a template is known by among the parks: whose account it belongs to, its name and language.
std::string template_id(const db::Row& row, Words which);

// Whether free text may go to the contact: by what she wrote, unless the service has said since that it may not.
bool window_open(const db::Row& row, Time now);

} // namespace milkrun::outreach
