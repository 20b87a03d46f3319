// Message templates: `{name}` placeholders, one pass, no code.
#pragma once

#include "base/error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::content {

// `{name}` is replaced by a value, `{name|friend}` by a value or, where that is empty, by what follows the bar; `{{`
// and `}}` are braces. Values are never looked into again.
using Values = std::map<std::string, std::string, std::less<>>;

// permanent "template: …" with the detail naming the placeholder: unknown, or empty and without a default.
Expected<std::string> fill(std::string_view pattern, const Values& values);

// "" when the pattern is well-formed and uses only the names given; else what is wrong and the mend.
std::string check_template(std::string_view pattern, const std::vector<std::string_view>& names);

// The placeholders a campaign's message may use.
const std::vector<std::string_view>& campaign_placeholders();

} // namespace milkrun::content
