// Finds the JSON in what a model wrote around it: <think> blocks, ``` fences, a friendly sentence before and after, a
// text of JSON around the JSON.
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

// A slip is mended where it stands: what is inside of a broken object is not the answer.
std::optional<Json> first_object(std::string_view text) {
  constexpr int tries = 8; // a brace in the sentence before the object must not hide it
  std::size_t start = text.find('{');
  for (int i = 0; i < tries && start != text.npos; ++i, start = text.find('{', start + 1)) {
    const std::string_view candidate = balanced(text.substr(start));
    auto found = parse_json(candidate);
    if (!found) found = parse_mended_json(candidate);
    if (found && found->is_object()) return found;
  }
  return std::nullopt;
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
  text = without_thinking(text);
  if (const auto inner = written_twice(text)) return first_object(*inner);
  auto found = first_object(text);
  // {"answer": "{\"title\": ...}"}
  if (found && found->size() == 1 && found->begin()->is_string())
    if (auto inner = first_object(found->begin()->get_ref<const std::string&>()); inner && !inner->empty())
      return inner;
  return found;
}

} // namespace milkrun::ai
