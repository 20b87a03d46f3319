// From a pattern to the frozen words of a message.
#pragma once

#include "content/template.hpp"
#include "outreach/outbox.hpp"

#include <string_view>

namespace milkrun::outreach {

// Patterns with {placeholders}: the text, and a template of the service with its parameters.
struct Wording {
  std::string_view text;
  std::string_view subject = {}; // of an e-mail
  std::string_view template_name = {}, template_language = {};
  std::string_view template_values = "[]"; // JSON array of patterns
  // While the template rests: "" = nothing, "text", or a JSON object {"name", "language", "parameters"} of patterns.
  std::string_view template_instead = {};
};

// Fills text, subject and template of the message, for its channel and its fallback. What the channel would send and
// cannot be filled says why in message.cannot; a fallback that cannot be written is left out, and so are words for a
// template's rest. message.not_by tells it of every channel.
void compose(NewMessage& message, const Wording& wording, const content::Values& values);

} // namespace milkrun::outreach
