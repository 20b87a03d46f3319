// What a person is told when the campaign has no text of its own.
#pragma once

#include <string_view>

namespace milkrun::verify_social {

// German for "de" and its regions, English otherwise; with or without a closing link.
std::string_view default_text(std::string_view language, bool with_link);

} // namespace milkrun::verify_social
