// The allow-list: what becomes of each HTML element.
#pragma once

#include <gumbo.h>

#include <string_view>

namespace milkrun::content {

enum class Fate {
  keep,   // written under `name`
  unwrap, // its children stay
  drop,   // goes with everything inside
};

struct Rule {
  Fate fate;
  const char* name; // as written; nullptr unless kept
  bool is_void;     // has no end tag
};

// Pure; elements of svg and math are dropped, unknown ones unwrapped.
Rule rule_of(const GumboElement& element);
// Does the element start a new line of text?
bool is_block(const GumboElement& element);
// The sign that a picture stands for: WordPress and others make one of each emoji. "" = it is a picture.
std::string_view emoji_of(const GumboElement& element);

} // namespace milkrun::content
