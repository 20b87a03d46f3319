// Which items a tenant wants: by words or regular expressions in their text. No I/O.
#pragma once

#include "base/thread_time.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::content {

// What is wrong with a pattern; "" = nothing. A pattern is a word or phrase, found as whole words in any case, or
// /a regular expression/ of RE2, in any case too; at most 200 bytes, and an expression that is not compiled into too
// much.
std::string pattern_problem(std::string_view pattern);

// The patterns of one owner.
struct Patterns {
  std::vector<std::string> include; // one of them must be found; none = everything is wanted
  std::vector<std::string> exclude; // none of them may be found
};

struct Judged {
  bool passes = true;
  std::string by = {}; // the pattern of `exclude` that was found; "" = none of an `include` was
  bool in_time = true; // false: the time was over when `by` was to be looked for, and the text does not pass
};

constexpr double filter_seconds = 0.4;

// Judges `count` texts, each of which passes when it passes each of `owners`. Only the first 64 KiB of a text are
// looked at. All of it takes `filter_seconds` of the thread's processor and one search more: an expression costs some
// nanoseconds a byte as people write them, and thousands as somebody may who wants to hold others up. A pattern with a
// problem is one that no text holds.
std::vector<Judged> judge(const std::vector<Patterns>& owners, std::size_t count,
                          const std::function<std::string(std::size_t)>& text_of,
                          const std::function<double()>& spent = thread_seconds);

} // namespace milkrun::content
