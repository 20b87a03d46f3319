// Which language a text is in, as far as its script and its small words tell. Pure.
#pragma once

#include <string>
#include <string_view>

namespace milkrun::publish_feeds {

// The language that a text's small words say it is in ("de"), when they say it clearly; "" = they do not.
std::string language_of(std::string_view text);

// Whether a text, or some sentences of it, is clearly in another language than was asked for, by code or by name
// ("de-AT", "German", "Deutsch", "ru"). Of a language that is not known here nothing is said.
bool is_in_other_language(std::string_view text, std::string_view wanted);
// The same, where nobody asked and the original's language is meant.
bool differs_in_language(std::string_view text, std::string_view original);

} // namespace milkrun::publish_feeds
