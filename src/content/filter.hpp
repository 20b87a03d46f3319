// Which items a tenant wants: by words or regular expressions in their text. No I/O.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::content {

// What is wrong with a pattern; "" = nothing. A pattern is a word or phrase, found as whole words in any case, or
// /a regular expression/ of RE2, in any case too; at most 200 bytes.
std::string pattern_problem(std::string_view pattern);

// The patterns of one owner.
struct Patterns {
  std::vector<std::string> include; // one of them must be found; none = everything is wanted
  std::vector<std::string> exclude; // none of them may be found
};

// Time is linear in the text whatever the patterns are (RE2), and only the first 64 KiB of a text are looked at.
class Filter {
public:
  // A text passes when it passes each of `owners`. A pattern with a problem is one that no text holds.
  explicit Filter(const std::vector<Patterns>& owners);
  ~Filter();
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  bool empty() const; // everything passes

  struct Answer {
    bool passes = true;
    std::string by; // the pattern of `exclude` that was found; "" = none of an `include` was
  };
  Answer judge(std::string_view text) const;

private:
  struct Compiled;
  std::vector<std::unique_ptr<Compiled>> owners_;
};

} // namespace milkrun::content
