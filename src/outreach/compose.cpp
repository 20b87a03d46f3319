// All or nothing of what one channel sends: with a part that cannot be filled it never goes there. What another channel
// would have said is in nobody's way.
#include "outreach/compose.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::outreach {

namespace {

// Fills patterns until one cannot be filled.
struct Filler {
  const content::Values& values;
  Reason why = {}; // empty: all were filled

  std::string text(std::string_view pattern) {
    auto out = content::fill(pattern, values);
    if (out) return *std::move(out);
    if (why.empty()) why = Reason("message.unfillable", {out.error().detail});
    return {};
  }
  std::vector<std::string> list(const nlohmann::json& patterns) {
    std::vector<std::string> out;
    if (patterns.is_array())
      for (const auto& pattern : patterns)
        if (pattern.is_string()) out.push_back(text(pattern.get_ref<const std::string&>()));
    return out;
  }
};

void fill_instead(NewMessage& message, std::string_view instead, bool has_text, const content::Values& values) {
  message.text_instead = has_text && instead == "text";
  const auto second = nlohmann::json::parse(instead, nullptr, false);
  if (!second.is_object()) return;
  Filler filler{values};
  auto parameters = filler.list(second.value("parameters", nlohmann::json::array()));
  if (!filler.why.empty()) return; // the message waits with its template
  message.second_name = second.value("name", "");
  message.second_language = second.value("language", "");
  message.second_values = std::move(parameters);
}

const Reason* why_not(const NewMessage& message, std::string_view channel) {
  const auto found =
      std::ranges::find(message.not_by, channel, [](const auto& one) { return std::string_view(one.first); });
  return found == message.not_by.end() ? nullptr : &found->second;
}

} // namespace

void compose(NewMessage& message, const Wording& wording, const content::Values& values) {
  Filler text{values}, mail{values}, by_template{values};
  message.text = text.text(wording.text);
  message.subject = mail.text(wording.subject);
  message.template_name = wording.template_name;
  message.template_language = wording.template_language;
  message.template_values = by_template.list(nlohmann::json::parse(wording.template_values, nullptr, false));
  if (!wording.template_name.empty()) fill_instead(message, wording.template_instead, text.why.empty(), values);
  message.not_by.clear();
  if (const Reason why = wording.template_name.empty() ? text.why : by_template.why; !why.empty())
    message.not_by.emplace_back("whatsapp", why);
  if (const Reason why = text.why.empty() ? mail.why : text.why; !why.empty())
    message.not_by.emplace_back("email", why);
  if (const Reason* why = why_not(message, message.channel); why != nullptr && message.cannot.empty())
    message.cannot = *why;
  std::erase_if(message.fallback, [&](const std::string& one) { return why_not(message, one) != nullptr; });
}

} // namespace milkrun::outreach
