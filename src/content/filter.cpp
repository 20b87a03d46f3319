// Patterns are compiled once for a document's items.
#include "content/filter.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace milkrun::content {

namespace {

constexpr std::size_t longest_pattern = 200, longest_text = 64UL * 1024;

RE2::Options options() {
  RE2::Options options;
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(1L << 20);
  return options;
}

bool is_expression(std::string_view pattern) {
  return pattern.size() > 2 && pattern.front() == '/' && pattern.back() == '/';
}

// Whole words, with any white space between two of them. \b of RE2 knows letters of English only.
std::string expression_of(std::string_view pattern) {
  if (is_expression(pattern)) return std::string(pattern.substr(1, pattern.size() - 2));
  std::string words;
  while (!pattern.empty()) {
    const std::size_t size = std::min(pattern.find(' '), pattern.size());
    if (size > 0) words += (words.empty() ? "" : "\\s+") + RE2::QuoteMeta(std::string(pattern.substr(0, size)));
    pattern.remove_prefix(std::min(size + 1, pattern.size()));
  }
  return "(?:^|[^\\pL\\pN_])" + words + "(?:[^\\pL\\pN_]|$)";
}

// At a whole character.
std::string_view bounded(std::string_view text) {
  if (text.size() <= longest_text) return text;
  std::size_t end = longest_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

// Without soft hyphens, zero-width characters and direction marks, which hide a word from whoever looks for it.
std::string as_seen(std::string_view text) {
  static const RE2 marks("\\p{Cf}+", options());
  std::string out(text);
  RE2::GlobalReplace(&out, marks, "");
  return out;
}

} // namespace

std::string pattern_problem(std::string_view pattern) {
  if (pattern.find_first_not_of(' ') == std::string_view::npos) return "is empty";
  if (pattern.size() > longest_pattern) return "is longer than 200 bytes";
  const RE2 expression(expression_of(pattern), options());
  return expression.ok() ? std::string{} : "is no regular expression of RE2: " + expression.error();
}

struct Filter::Compiled {
  struct Pattern {
    std::string written;
    std::unique_ptr<RE2> expression;
    bool found_in(std::string_view text) const {
      return expression->ok() && RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression);
    }
  };
  static std::vector<Pattern> compiled(const std::vector<std::string>& patterns) {
    std::vector<Pattern> out;
    for (const std::string& pattern : patterns)
      out.push_back({.written = pattern, .expression = std::make_unique<RE2>(expression_of(pattern), options())});
    return out;
  }
  std::vector<Pattern> include, exclude;
};

Filter::Filter(const std::vector<Patterns>& owners) {
  for (const Patterns& patterns : owners) {
    if (patterns.include.empty() && patterns.exclude.empty()) continue;
    auto compiled = std::make_unique<Compiled>();
    compiled->include = Compiled::compiled(patterns.include);
    compiled->exclude = Compiled::compiled(patterns.exclude);
    owners_.push_back(std::move(compiled));
  }
}

Filter::~Filter() = default;

bool Filter::empty() const { return owners_.empty(); }

Filter::Answer Filter::judge(std::string_view text) const {
  text = bounded(text);
  // As it is, for those marks part the words of some languages, and as it is seen.
  const std::string seen = as_seen(text);
  const auto found = [&](const Compiled::Pattern& pattern) {
    return pattern.found_in(text) || (seen.size() != text.size() && pattern.found_in(seen));
  };
  for (const auto& owner : owners_) {
    const auto unwanted = std::ranges::find_if(owner->exclude, found);
    if (unwanted != owner->exclude.end()) return {.passes = false, .by = unwanted->written};
    if (!owner->include.empty() && std::ranges::none_of(owner->include, found)) return {.passes = false, .by = {}};
  }
  return {};
}

} // namespace milkrun::content
