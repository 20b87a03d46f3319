// What a written article shows that nobody asked for: signs that the feed's author, or the tenant's words, spoke to the
// model and were obeyed. A sign is no proof; the article becomes a draft for a person to look at. Pure.
#pragma once

#include "providers/ai/ai.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace milkrun::publish_feeds {

struct Source;

// Phrases for people, none twice; empty = nothing strange:
//   "a link that the source does not have"   an address, a domain name or a mail address
//   "words of an instruction"                ours repeated, or what is said to models
//   "another language than was asked for"    by its script, or by its small words in a text that is long enough
std::vector<std::string> risks_of(const ai::Draft& draft, const Source& source, std::string_view language);

} // namespace milkrun::publish_feeds
