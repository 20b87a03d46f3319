// What a written article shows that nobody asked for: signs that the feed's author, or the tenant's words, spoke to the
// model and were obeyed. A sign is no proof; the article becomes a draft for a person to look at. Pure.
#pragma once

#include "base/reason.hpp"
#include "providers/ai/ai.hpp"

#include <string_view>
#include <vector>

namespace milkrun::publish_feeds {

struct Source;

// None twice; empty = nothing strange:
//   article.risk_link       a link that the source does not have: an address, a domain name or a mail address; or
//                           another way to reach somebody: a telephone number, a bank account, a wallet, an @name
//   article.risk_words      words of an instruction: ours repeated, or what is said to models
//   article.risk_language   another language than was asked for: by its script, or by its small words in a text that is
//                           long enough
std::vector<ReasonCode> risks_of(const ai::Draft& draft, const Source& source, std::string_view language);

} // namespace milkrun::publish_feeds
