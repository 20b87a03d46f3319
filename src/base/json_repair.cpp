// One pass over the text. nlohmann would refuse the whole document.
#include "base/json_repair.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace milkrun {

namespace {

constexpr std::size_t escape_size = 6; // \uXXXX
constexpr std::size_t longest_number = 64;

// The number of the \uXXXX at the start of `s`.
std::optional<std::uint32_t> unit(std::string_view s) {
  if (s.size() < escape_size || s[0] != '\\' || s[1] != 'u') return std::nullopt;
  std::uint32_t value = 0;
  const char* end = s.data() + escape_size;
  if (std::from_chars(s.data() + 2, end, value, 16).ptr != end) return std::nullopt;
  return value;
}

// Copies the escape at the start of `s` and returns how much of `s` it took.
std::size_t escape(std::string_view s, std::string& out) {
  const std::optional<std::uint32_t> first = unit(s);
  if (!first && s.size() > 1 && s[1] == 'u') {
    out += "\\uFFFD";
    return 2;
  }
  if (s.size() < 2 || std::string_view("\"\\/bfnrtu").find(s[1]) == std::string_view::npos) return 1; // it begins none
  std::size_t size = first ? escape_size : 2;
  if (first && *first >= 0xD800 && *first <= 0xDFFF) {
    const std::optional<std::uint32_t> second = unit(s.substr(escape_size));
    if (*first > 0xDBFF || !second || *second < 0xDC00 || *second > 0xDFFF) {
      out += "\\uFFFD";
      return escape_size;
    }
    size = 2 * escape_size;
  }
  out += s.substr(0, size);
  return std::min(size, s.size());
}

// What is open outside of strings, and where a document that ends early can be closed.
class Brackets {
public:
  explicit Brackets(RepairedJson& out) : out_(out) {}

  void open(char c) {
    open_ += c;
    comma_.reset();
    empty_ = true;
  }

  void close(char c) {
    drop_comma();
    empty_ = false;
    if (!open_.empty()) open_.pop_back();
    if (c == '}' && open_ == "{[") whole_ = out_.text.size() + 1;
  }

  // False: it stands behind another one, or in front of everything, and goes.
  bool comma() {
    if (comma_ || empty_) {
      out_.repaired = true;
      return false;
    }
    comma_ = out_.text.size();
    return true;
  }
  void other() {
    comma_.reset();
    empty_ = false;
  }

  void end() {
    if (open_.empty()) return;
    out_.repaired = out_.broke_off = true;
    if (!whole_) return;
    out_.text.resize(*whole_);
    out_.text += "]}";
  }

private:
  void drop_comma() {
    if (!comma_) return;
    out_.text[*comma_] = ' ';
    out_.repaired = true;
    comma_.reset();
  }

  RepairedJson& out_;
  std::string open_;                 // brackets, the outermost first
  std::optional<std::size_t> comma_; // the last token is a comma, and where it is
  bool empty_ = false;               // the last token opened something
  std::optional<std::size_t> whole_; // behind the last whole object of a list in the root
};

// What is no JSON where a value may stand, such as NaN, -Infinity, undefined or None, is null; Python's True is true.
// Returns how much of `s` it took; 0: no word begins there.
std::size_t word(std::string_view s, RepairedJson& out) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const std::size_t begin = s[0] == '-' ? 1 : 0;
  std::size_t end = begin;
  while (end < s.size() && is_letter(s[end])) ++end;
  if (end == begin) return 0;
  const std::string_view said = s.substr(0, end);
  if (said == "true" || said == "false" || said == "null") {
    out.text += said;
    return end;
  }
  out.text += said == "True" ? "true" : said == "False" ? "false" : "null";
  out.repaired = true;
  return end;
}

// Copies the number at the start of `s`, and returns how much of `s` it took: the e in it begins no word.
std::size_t number(std::string_view s, RepairedJson& out) {
  const std::size_t end = std::min(s.find_first_not_of("0123456789+-.eE"), s.size());
  const std::string_view digits = s.substr(0, end);
  double value = 0;
  const bool fits = end <= longest_number &&
                    std::from_chars(digits.data(), digits.data() + end, value).ec != std::errc::result_out_of_range;
  out.text += fits ? digits : "0";
  out.repaired = out.repaired || !fits;
  return end;
}

// No more of the string is kept; a character is kept whole.
bool is_full(std::size_t kept, std::size_t longest, char next) {
  const bool inside = (static_cast<unsigned char>(next) & 0xC0U) == 0x80; // of a character
  return kept >= longest && !inside;
}

// As it may stand in a string.
void add(char c, std::string& out) {
  if (c == '\n')
    out += "\\n";
  else if (c == '\t')
    out += "\\t";
  else
    out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
}

} // namespace

RepairedJson repaired_json(std::string_view text, std::size_t longest) {
  RepairedJson out;
  out.text.reserve(text.size());
  Brackets brackets(out);
  bool in_string = false, full = false; // the rest of a long string goes
  std::size_t start = 0;                // of the string
  std::string unread;
  while (!text.empty()) {
    const char c = text[0];
    full = in_string && (full || is_full(out.text.size() - start, longest, c));
    if (in_string && c == '\\') {
      text.remove_prefix(escape(text, full ? unread : out.text));
      unread.clear();
      continue;
    }
    if (full && c != '"') {
      text.remove_prefix(1);
      continue;
    }
    const bool outside = !in_string;
    if (c == '"') {
      in_string = !in_string;
      start = out.text.size() + 1;
    }
    if (outside) {
      if (c == '{' || c == '[')
        brackets.open(c);
      else if (c == '}' || c == ']')
        brackets.close(c);
      else if (static_cast<unsigned char>(c) > ' ' && c != ',')
        brackets.other();
      if (c == ',' && !brackets.comma()) {
        text.remove_prefix(1);
        continue;
      }
      const bool digit = c >= '0' && c <= '9';
      if (const std::size_t size = digit ? number(text, out) : word(text, out); size > 0) {
        text.remove_prefix(size);
        continue;
      }
    }
    if (in_string)
      add(c, out.text);
    else
      out.text += c;
    text.remove_prefix(1);
  }
  brackets.end();
  return out;
}

} // namespace milkrun
