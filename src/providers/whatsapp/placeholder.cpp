// One pass, no code: a text that holds "{{secret}}" stays that text.
#include "providers/whatsapp/placeholder.hpp"

#include "base/text.hpp"

namespace milkrun::whatsapp {

std::optional<std::vector<std::string>> placeholders(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = text.find("{{"); at != text.npos; at = text.find("{{", at)) {
    const std::size_t end = text.find("}}", at);
    if (end == text.npos) return std::nullopt;
    names.emplace_back(text::trim(text.substr(at + 2, end - at - 2)));
    at = end + 2;
  }
  return names;
}

std::optional<std::vector<std::string>> placeholders(const Json& value) {
  if (value.is_string()) return placeholders(std::string_view(value.get_ref<const std::string&>()));
  std::vector<std::string> names;
  if (!value.is_structured()) return names;
  for (const Json& inner : value) {
    const auto found = placeholders(inner);
    if (!found) return std::nullopt;
    names.insert(names.end(), found->begin(), found->end());
  }
  return names;
}

std::string fill(std::string_view text, const ValueOf& value_of) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = text.find("{{"); at != text.npos; at = text.find("{{", done)) {
    const std::size_t end = text.find("}}", at);
    if (end == text.npos) break;
    out += text.substr(done, at - done);
    out += value_of(text::trim(text.substr(at + 2, end - at - 2)));
    done = end + 2;
  }
  return out.append(text.substr(done));
}

Json fill(const Json& value, const ValueOf& value_of) {
  if (value.is_string()) return fill(std::string_view(value.get_ref<const std::string&>()), value_of);
  Json out = value;
  if (out.is_structured()) {
    for (Json& inner : out) inner = fill(inner, value_of);
  }
  return out;
}

} // namespace milkrun::whatsapp
