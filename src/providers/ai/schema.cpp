// Services enforce a schema at best, so every limit is checked here. Limits stand in the prompt, not in the schema:
// several services refuse schemas with lengths.
#include "providers/ai/schema.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::ai {
namespace {

using Complaint = std::string; // "" = fits

std::size_t characters(std::string_view s) {
  return static_cast<std::size_t>(
      std::ranges::count_if(s, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Without control characters (NUL above all: databases and WordPress cut there); line feeds and tabs stay.
std::string clean(std::string_view s) {
  std::string out;
  for (const char c : text::to_valid_utf8(text::replace_all(std::string(s), std::string_view("\0", 1), ""))) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\t') out += c;
  }
  return out;
}

Complaint check_length(std::string_view name, std::string_view value, std::size_t least, std::size_t most) {
  const std::size_t length = characters(value);
  if (length >= least && length <= most) return "";
  return std::string(name) + " must have " + std::to_string(least) + " to " + std::to_string(most) +
         " characters and has " + std::to_string(length);
}

Complaint take_text(const Json& object, const char* name, std::string& out) {
  const Json& value = member(object, name);
  if (!value.is_string()) return std::string(name) + (value.is_null() ? " is missing" : " must be a string");
  out = clean(text_of(value));
  return "";
}

Complaint take_tags(const Json& object, std::vector<std::string>& out) {
  const Json& list = member(object, "tags");
  if (!list.is_array()) return "tags must be an array of strings";
  for (const Json& entry : list) {
    if (!entry.is_string()) return "tags must be an array of strings";
    std::string tag = text::collapse_space(clean(text_of(entry)));
    const bool known = std::ranges::any_of(out, [&](const std::string& other) { return text::iequals(other, tag); });
    if (tag.empty() || known) continue;
    if (characters(tag) > 60) return "a tag must have at most 60 characters";
    out.push_back(std::move(tag));
    if (out.size() > 8) return "there must be at most 8 tags";
  }
  return "";
}

Complaint take(const Json& object, Draft& draft) {
  for (const auto& [name, out] : {std::pair{"title", &draft.title}, std::pair{"excerpt", &draft.excerpt},
                                  std::pair{"body_markdown", &draft.body_markdown}}) {
    if (Complaint problem = take_text(object, name, *out); !problem.empty()) return problem;
  }
  draft.title = text::collapse_space(draft.title);
  draft.excerpt = text::collapse_space(draft.excerpt);
  draft.body_markdown = text::trim(draft.body_markdown);
  if (Complaint problem = check_length("title", draft.title, 1, 200); !problem.empty()) return problem;
  if (Complaint problem = check_length("excerpt", draft.excerpt, 0, 600); !problem.empty()) return problem;
  if (Complaint problem = check_length("body_markdown", draft.body_markdown, 50, 60'000); !problem.empty())
    return problem;
  return take_tags(object, draft.tags);
}

} // namespace

Json draft_schema() {
  const Json string = {{"type", "string"}};
  return {{"type", "object"},
          {"additionalProperties", false},
          {"required", {"title", "excerpt", "body_markdown", "tags"}},
          {"properties",
           {{"title", string},
            {"excerpt", string},
            {"body_markdown", string},
            {"tags", {{"type", "array"}, {"items", string}}}}}};
}

std::expected<Draft, std::string> read_draft(std::string_view text) {
  const auto object = outermost_object(text);
  if (!object) return std::unexpected("it is not one JSON object");
  Draft draft;
  if (Complaint problem = take(*object, draft); !problem.empty()) return std::unexpected(std::move(problem));
  return draft;
}

} // namespace milkrun::ai
