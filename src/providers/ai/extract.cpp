// Finds the JSON in what a model wrote around it: <think> blocks, ``` fences, a friendly sentence before and after.
#include "providers/ai/schema.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::ai {
namespace {

// Without the thinking at the start; thinking that never ends leaves nothing.
std::string_view without_thinking(std::string_view text) {
  text = text::trim(text);
  while (text.starts_with("<think>")) {
    const std::size_t end = text.find("</think>");
    if (end == text.npos) return "";
    text = text::trim(text.substr(end + 8));
  }
  return text;
}

// From an opening brace to its closing one, or to the end of the text.
std::string_view balanced(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return text.substr(0, i + 1);
    }
  }
  return text;
}

} // namespace

bool has_no_words(std::string_view text) {
  text = without_thinking(text);
  constexpr std::size_t longest = 1'000; // of what is nothing
  if (text.size() > longest) return false;
  const std::string seen = text::folded(text);
  return text::trim(seen).empty() || text::trim(seen) == "null";
}

std::optional<Json> outermost_object(std::string_view text) {
  constexpr int tries = 8; // a brace in the sentence before the object must not hide it
  text = without_thinking(text);
  std::size_t start = text.find('{');
  for (int i = 0; i < tries && start != text.npos; ++i, start = text.find('{', start + 1)) {
    auto found = parse_json(balanced(text.substr(start)));
    if (found && found->is_object()) return found;
  }
  return std::nullopt;
}

} // namespace milkrun::ai
