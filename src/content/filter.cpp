// One pattern is compiled at a time and looked for in all texts: what RE2 remembers of a pattern may be as large as
// what it is allowed, and that once is little where two hundred times would be too much.
#include "content/filter.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace milkrun::content {

namespace {

constexpr std::size_t longest_pattern = 200, longest_text = 64UL * 1024;
constexpr int most_steps = 2'000; // of an expression: "\pL" alone has 1,350
// Too little, and RE2 takes the way that costs a hundred times as much.
constexpr std::int64_t memory = 8L << 20;

RE2::Options options(std::int64_t bytes = memory) {
  RE2::Options options;
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(bytes);
  return options;
}

bool is_expression(std::string_view pattern) {
  return pattern.size() > 2 && pattern.front() == '/' && pattern.back() == '/';
}

// Words with any white space between two of them.
std::string expression_of(std::string_view pattern) {
  if (is_expression(pattern)) return std::string(pattern.substr(1, pattern.size() - 2));
  std::string words;
  while (!pattern.empty()) {
    const std::size_t size = std::min(pattern.find(' '), pattern.size());
    if (size > 0) words += (words.empty() ? "" : "\\s+") + RE2::QuoteMeta(std::string(pattern.substr(0, size)));
    pattern.remove_prefix(std::min(size + 1, pattern.size()));
  }
  return words;
}

bool is_inside(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; } // of a character

// At a whole character.
void bound(std::string& text) {
  if (text.size() <= longest_text) return;
  std::size_t end = longest_text;
  while (end > 0 && is_inside(text[end])) --end;
  text.resize(end);
}

// Without soft hyphens, zero-width characters and direction marks, which hide a word from whoever looks for it.
std::string as_seen(std::string_view text) {
  static const RE2 marks("\\p{Cf}+", options());
  std::string out(text);
  RE2::GlobalReplace(&out, marks, "");
  return out;
}

bool is_letter(std::string_view character) {
  static const RE2 letter("[\\pL\\pN_]", options()); // \b of RE2 knows letters of English only
  return RE2::FullMatch(re2::StringPiece(character.data(), character.size()), letter);
}

bool ends_in_letter(std::string_view text) {
  std::size_t at = text.size();
  while (at > 0 && is_inside(text[--at]));
  return !text.empty() && is_letter(text.substr(at));
}

bool begins_with_letter(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && is_inside(text[size])) ++size;
  return !text.empty() && is_letter(text.substr(0, size));
}

bool is_too_large(const RE2& expression) {
  return expression.error_code() == RE2::ErrorPatternTooLarge || expression.ProgramSize() > most_steps;
}

class Pattern {
public:
  explicit Pattern(std::string_view written)
      : whole_words_(!is_expression(written)), expression_(expression_of(written), options()) {}

  bool too_large() const { return is_too_large(expression_); }
  bool found_in(std::string_view text) const {
    if (!expression_.ok() || expression_.pattern().empty()) return false;
    return whole_words_ ? words_in(text) : RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), expression_);
  }

private:
  bool words_in(std::string_view text) const {
    const re2::StringPiece all(text.data(), text.size());
    re2::StringPiece hit;
    for (std::size_t from = 0; expression_.Match(all, from, all.size(), RE2::UNANCHORED, &hit, 1);) {
      const auto begin = static_cast<std::size_t>(hit.data() - text.data());
      if (!ends_in_letter(text.substr(0, begin)) && !begins_with_letter(text.substr(begin + hit.size()))) return true;
      from = begin + 1;
      while (from < text.size() && is_inside(text[from])) ++from;
    }
    return false;
  }

  bool whole_words_;
  RE2 expression_;
};

class Judging {
public:
  Judging(std::size_t count, const std::function<double()>& spent) : judged_(count), spent_(spent), begun_(spent()) {}

  void read(const std::function<std::string(std::size_t)>& text_of, const std::string& first) {
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      Text& text = texts_.emplace_back();
      if (is_late(i, first)) continue;
      text.as_is = text_of(i);
      bound(text.as_is);
      text.seen = as_seen(text.as_is);
      if (text.seen.size() == text.as_is.size()) text.seen.clear();
    }
  }

  void exclude(const std::string& written) {
    const Pattern pattern(written);
    for (std::size_t i = 0; i < judged_.size(); ++i)
      if (judged_[i].passes && looks(pattern, written, i)) judged_[i] = {.passes = false, .by = written};
  }

  void include(const std::vector<std::string>& patterns) {
    std::vector<bool> wanted(judged_.size(), patterns.empty());
    for (const std::string& written : patterns) {
      const Pattern pattern(written);
      for (std::size_t i = 0; i < judged_.size(); ++i)
        if (judged_[i].passes && !wanted[i]) wanted[i] = looks(pattern, written, i);
    }
    for (std::size_t i = 0; i < judged_.size(); ++i)
      if (judged_[i].passes && !wanted[i]) judged_[i] = {.passes = false};
  }

  std::vector<Judged> result() { return std::move(judged_); }

private:
  // As it is, for those marks part the words of some languages, and as it is seen.
  struct Text {
    std::string as_is, seen; // seen: "" = the same
  };

  bool is_late(std::size_t i, const std::string& by) {
    if (spent_() - begun_ < filter_seconds) return false;
    judged_[i] = {.passes = false, .by = by, .in_time = false};
    return true;
  }

  bool looks(const Pattern& pattern, const std::string& written, std::size_t i) {
    if (pattern.too_large()) {
      judged_[i] = {.passes = false, .by = written, .in_time = false};
      return false;
    }
    if (is_late(i, written)) return false;
    const Text& text = texts_[i];
    if (pattern.found_in(text.as_is)) return true;
    return !text.seen.empty() && !is_late(i, written) && pattern.found_in(text.seen);
  }

  std::vector<Text> texts_;
  std::vector<Judged> judged_;
  const std::function<double()>& spent_;
  const double begun_;
};

} // namespace

std::string pattern_problem(std::string_view pattern) {
  if (pattern.find_first_not_of(' ') == std::string_view::npos) return "is empty";
  if (pattern.size() > longest_pattern) return "is longer than 200 bytes";
  // With little memory what is far too large is not compiled for long.
  const RE2 expression(expression_of(pattern), options(256L << 10));
  if (is_too_large(expression))
    return "is too large an expression: repeat less, or name fewer classes of characters such as \\pL";
  return expression.ok() ? std::string{} : "is no regular expression of RE2: " + expression.error();
}

std::vector<Judged> judge(const std::vector<Patterns>& owners, std::size_t count,
                          const std::function<std::string(std::size_t)>& text_of,
                          const std::function<double()>& spent) {
  Judging judging(count, spent);
  const auto first =
      std::ranges::find_if(owners, [](const Patterns& p) { return !p.include.empty() || !p.exclude.empty(); });
  if (first == owners.end()) return judging.result();
  judging.read(text_of, first->exclude.empty() ? first->include.front() : first->exclude.front());
  for (const Patterns& owner : owners) {
    for (const std::string& pattern : owner.exclude) judging.exclude(pattern);
    judging.include(owner.include);
  }
  return judging.result();
}

} // namespace milkrun::content
