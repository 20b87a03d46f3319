// Services enforce a schema at best, so every limit is checked here. Limits stand in the prompt, not in the schema:
// several services refuse schemas with lengths. A model that writes the small fields in another shape does so with
// every article: what an article can do without is taken as it can be, and only title and text are asked for again.
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

// The first characters, to the last blank among them where there is one in their second half.
std::string cut(std::string s, std::size_t most) {
  if (characters(s) <= most) return s;
  const auto is_inside = [&](std::size_t at) { return (static_cast<unsigned char>(s[at]) & 0xC0) == 0x80; };
  std::size_t end = 0;
  for (std::size_t n = 0; n < most; ++n)
    for (++end; end < s.size() && is_inside(end);) ++end;
  if (const std::size_t blank = s.rfind(' ', end); blank != s.npos && blank >= end / 2) end = blank;
  s.resize(end);
  return s;
}

// Paragraph by paragraph in a list, too.
Complaint take_body(const Json& object, std::string& out) {
  const Json& value = member(object, "body_markdown");
  if (!value.is_array()) return take_text(object, "body_markdown", out);
  for (const Json& part : value) {
    if (!part.is_string()) return "body_markdown must be a string";
    out += (out.empty() ? "" : "\n\n") + clean(text_of(part));
  }
  return "";
}

std::string short_text(const Json& value) { return text::collapse_space(clean(text_of(value))); }

// A list of texts or of objects that name one, or one text with commas.
std::vector<std::string> names_of(const Json& value) {
  std::vector<std::string> out;
  if (value.is_string())
    for (const std::string_view name : text::split(value.get_ref<const std::string&>(), ',')) out.emplace_back(name);
  if (!value.is_array()) return out;
  for (const Json& entry : value)
    for (const char* key : {"name", "tag", "title"})
      if (const Json& name = entry.is_object() ? member(entry, key) : entry; name.is_string()) {
        out.push_back(text_of(name));
        break;
      }
  return out;
}

std::vector<std::string> tags_of(const Json& object) {
  constexpr std::size_t most = 8, longest = 60;
  std::vector<std::string> out;
  for (const std::string& name : names_of(member(object, "tags"))) {
    std::string tag = text::collapse_space(clean(name));
    const bool known = std::ranges::any_of(out, [&](const std::string& other) { return text::iequals(other, tag); });
    if (tag.empty() || known || characters(tag) > longest) continue;
    if (out.size() == most) break;
    out.push_back(std::move(tag));
  }
  return out;
}

Complaint take(const Json& object, Draft& draft) {
  if (Complaint problem = take_text(object, "title", draft.title); !problem.empty()) return problem;
  if (Complaint problem = take_body(object, draft.body_markdown); !problem.empty()) return problem;
  draft.title = cut(text::collapse_space(draft.title), 200);
  draft.excerpt = cut(short_text(member(object, "excerpt")), 600);
  draft.body_markdown = text::trim(draft.body_markdown);
  draft.tags = tags_of(object);
  if (Complaint problem = check_length("title", draft.title, 1, 200); !problem.empty()) return problem;
  return check_length("body_markdown", draft.body_markdown, 50, 60'000);
}

// Some put it into one more object: {"post": {...}}.
const Json& unwrapped(const Json& object) {
  if (object.size() != 1 || !object.begin()->is_object()) return object;
  return object.begin()->contains("body_markdown") ? *object.begin() : object;
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
  if (Complaint problem = take(unwrapped(*object), draft); !problem.empty()) return std::unexpected(std::move(problem));
  return draft;
}

} // namespace milkrun::ai
