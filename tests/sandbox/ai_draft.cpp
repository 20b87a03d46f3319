// The answer an obedient model would give, derived from the prompt: it names the source's title and the asked language.
#include "ai.hpp"
#include "words.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace milkrun::sandbox {

namespace {

// The string that begins at the quote text[at], as JSON reads it.
std::string quoted(const std::string& text, std::size_t at) {
  for (auto end = at + 1; end < text.size(); ++end) {
    if (text[end] == '\\')
      ++end;
    else if (text[end] == '"') {
      const Json value = Json::parse(text.substr(at, end - at + 1), nullptr, false);
      return value.is_string() ? value.get<std::string>() : "";
    }
  }
  return "";
}

// What follows a label: `": "X"` (JSON), `: X` up to the line's end, or `>X<`.
std::string value_after(const std::string& text, std::size_t at) {
  if (at < text.size() && text[at] == '>') return trim(text.substr(at + 1, text.find('<', at) - at - 1));
  if (at < text.size() && text[at] == '"') ++at;
  while (at < text.size() && text[at] == ' ') ++at;
  if (at >= text.size() || (text[at] != ':' && text[at] != '=')) return "";
  do ++at;
  while (at < text.size() && text[at] == ' ');
  if (at < text.size() && text[at] == '"') return quoted(text, at);
  return trim(text.substr(at, text.find('\n', at) - at));
}

std::string first_line(const std::string& text) {
  for (const std::string& line : split(text, '\n'))
    if (!line.empty()) return line.substr(0, 80);
  return "Untitled";
}

std::string word(const std::string& text) {
  const auto end =
      std::ranges::find_if(text, [](unsigned char c) { return c < 0x80 && std::isalnum(c) == 0 && c != '-'; });
  return {text.begin(), end};
}

} // namespace

std::string labelled(const std::string& text, const std::string& label) {
  const std::string haystack = lower(text);
  for (auto at = haystack.find(label); at != haystack.npos; at = haystack.find(label, at + 1)) {
    const bool starts_word = at == 0 || std::isalnum(static_cast<unsigned char>(haystack[at - 1])) == 0;
    if (!starts_word) continue;
    if (std::string value = value_after(text, at + label.size()); !value.empty()) return value;
  }
  return "";
}

Json draft_of(const Prompt& prompt) {
  std::string title = labelled(prompt.user, "title");
  if (title.empty()) title = first_line(prompt.user);
  std::string language = word(labelled(prompt.user, "language"));
  if (language.empty()) language = word(labelled(prompt.system, "language"));
  if (language.empty()) language = "en";
  const std::string body = fmt::format("## {0}\n\nThis article in *{1}* was written after the source **{0}**.\n\n"
                                       "- one point\n- another point, with ümläuts and 😀\n\nThat is all about {0}.\n",
                                       title, language);
  return {{"title", fmt::format("{} ({})", title, language)},
          {"excerpt", fmt::format("About {} in {}.", title, language)},
          {"body_markdown", body},
          {"tags", {"sandbox", language}}};
}

} // namespace milkrun::sandbox
