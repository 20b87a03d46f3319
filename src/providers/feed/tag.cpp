// Reads tags as publishers write them: XML, and what HTML would let pass.
#include "providers/feed/tag.hpp"

#include <algorithm>

namespace milkrun::feed {

namespace {

constexpr std::string_view space = " \t\r\n";

bool is_space(char c) { return space.find(c) != std::string_view::npos; }

bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool continues_name(char c) { return starts_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

class TagReader {
public:
  TagReader(std::string_view in, Tag& tag) : in_(in), tag_(tag) {}

  void run() {
    tag_.attributes.clear();
    tag_.empty = false;
    tag_.closed = tag_.sound = true;
    tag_.size = 0;
    tag_.closing = in_.size() > 1 && in_[1] == '/';
    at_ = tag_.closing ? 2 : 1;
    tag_.name = word(" \t\r\n/><");
    if (!is_name(tag_.name)) return;
    while (more()) attribute();
    tag_.size = at_;
  }

private:
  // What stands here up to one of `stops`.
  std::string_view word(std::string_view stops) {
    const std::size_t end = std::min(in_.find_first_of(stops, at_), in_.size());
    const std::string_view found = in_.substr(at_, end - at_);
    at_ = end;
    return found;
  }

  void skip_space() { at_ = std::min(in_.find_first_not_of(space, at_), in_.size()); }

  // false: the tag ends here.
  bool more() {
    while (true) {
      skip_space();
      if (at_ == in_.size() || in_[at_] == '<') {
        tag_.closed = tag_.sound = false;
        return false;
      }
      if (in_[at_] != '/' && in_[at_] != '>') return true;
      if (in_[at_++] == '>') return false;
      tag_.empty = at_ < in_.size() && in_[at_] == '>';
      if (!tag_.empty) tag_.sound = false;
    }
  }

  void attribute() {
    const std::size_t start = at_;
    const std::string_view name = word(" \t\r\n=/><\"'");
    if (name.empty()) ++at_; // a quote or "=" that belongs to nothing
    skip_space();
    Attribute found{.name = name, .value = {}};
    if (!name.empty() && at_ < in_.size() && in_[at_] == '=') {
      ++at_;
      skip_space();
      found.value = value();
    } else {
      tag_.sound = false;
    }
    if (start > 0 && !is_space(in_[start - 1])) tag_.sound = false;
    if (!is_name(name)) {
      tag_.sound = false;
    } else if (tag_.attributes.size() <= max_attributes) {
      tag_.attributes.push_back(found);
    }
  }

  std::string_view value() {
    if (at_ == in_.size()) return {};
    const char quote = in_[at_];
    if (quote != '"' && quote != '\'') {
      tag_.sound = false;
      std::string_view bare = word(" \t\r\n><");
      if (bare.ends_with('/') && at_ < in_.size() && in_[at_] == '>') {
        --at_; // of "<a b=c/>" the slash ends the tag
        bare.remove_suffix(1);
      }
      return bare;
    }
    ++at_;
    const std::size_t end = in_.find(quote, at_);
    const std::string_view quoted = in_.substr(at_, end == std::string_view::npos ? end : end - at_);
    // An end tag within quotes: the closing quote was forgotten, and the one found is the next tag's.
    if (end == std::string_view::npos || quoted.find("</") != std::string_view::npos) {
      tag_.sound = false;
      return word("><");
    }
    at_ = end + 1;
    return quoted;
  }

  std::string_view in_;
  Tag& tag_;
  std::size_t at_ = 0;
};

} // namespace

bool is_name(std::string_view name) {
  constexpr std::size_t longest = 200;
  return !name.empty() && name.size() <= longest && starts_name(name[0]) && std::ranges::all_of(name, continues_name);
}

void read_tag(std::string_view in, Tag& tag) { TagReader(in, tag).run(); }

} // namespace milkrun::feed
