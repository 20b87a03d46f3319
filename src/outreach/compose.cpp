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
  const auto filled_list = [&](const nlohmann::json& patterns) {
    std::vector<std::string> out;
    if (patterns.is_array())
      for (const auto& pattern : patterns)
        if (pattern.is_string()) out.push_back(filled(pattern.get_ref<const std::string&>()));
    return out;
  };
  message.template_name = wording.template_name;
  message.template_language = wording.template_language;
  message.template_values = filled_list(nlohmann::json::parse(wording.template_values, nullptr, false));
  if (wording.template_name.empty()) return;
  message.text_instead = wording.template_instead == "text";
  const auto second = nlohmann::json::parse(wording.template_instead, nullptr, false);
  if (!second.is_object()) return;
  message.second_name = second.value("name", "");
  message.second_language = second.value("language", "");
  message.second_values = filled_list(second.value("parameters", nlohmann::json::array()));
}

} // namespace milkrun::outreach
