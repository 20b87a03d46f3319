// All or nothing: a message of which one part cannot be filled is never sent.
#include "outreach/compose.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::outreach {

void compose(NewMessage& message, const Wording& wording, const content::Values& values) {
  const auto filled = [&](std::string_view pattern) {
    auto text = content::fill(pattern, values);
    if (text) return *std::move(text);
    if (message.cannot.empty()) message.cannot = text.error().reason.text() + ": " + text.error().detail;
    return std::string();
  };
  message.text = filled(wording.text);
  message.subject = filled(wording.subject);
  message.template_name = wording.template_name;
  message.template_language = wording.template_language;
  const auto patterns = nlohmann::json::parse(wording.template_values, nullptr, false);
  if (patterns.is_array())
    for (const auto& pattern : patterns)
      if (pattern.is_string()) message.template_values.push_back(filled(pattern.get_ref<const std::string&>()));
}

} // namespace milkrun::outreach
