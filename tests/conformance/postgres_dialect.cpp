// Rewrites SQLite text for PostgreSQL token by token, so that strings, quoted names and comments are never touched.
// It promises no translation beyond words: what the two databases understand differently is refused by name.
#include "conformance/postgres_dialect.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace milkrun::postgres {
namespace {

enum class Kind { word, parameter, opaque, other }; // opaque: strings, quoted names, comments, white space

struct Token {
  Kind kind;
  std::string_view text;
};

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Length of a token that starts with `open` and ends with `close`, to the end of the text when it is not closed.
std::size_t until(std::string_view s, std::string_view close, std::size_t open) {
  const std::size_t end = s.find(close, open);
  return end == std::string_view::npos ? s.size() : end + close.size();
}

// A doubled quote ('it''s') reads as two strings side by side, which copies just as well.
Token next(std::string_view s) {
  const auto run = [&](std::size_t from, auto belongs) {
    return static_cast<std::size_t>(std::find_if_not(s.begin() + static_cast<long>(from), s.end(), belongs) -
                                    s.begin());
  };
  if (s.starts_with("--")) return {Kind::opaque, s.substr(0, until(s, "\n", 2))};
  if (s.starts_with("/*")) return {Kind::opaque, s.substr(0, until(s, "*/", 2))};
  if (s[0] == '\'') return {Kind::opaque, s.substr(0, until(s, "'", 1))};
  if (s[0] == '"') return {Kind::opaque, s.substr(0, until(s, "\"", 1))};
  if (is_space(s[0])) return {Kind::opaque, s.substr(0, run(0, is_space))};
  if (s[0] == '$') return {Kind::parameter, s.substr(0, run(1, is_word))};
  if (is_word(s[0])) return {Kind::word, s.substr(0, run(0, is_word))};
  return {Kind::other, s.substr(0, 1)};
}

// Words with which SQLite text would mean nothing, or something else, to PostgreSQL.
constexpr std::array sqlite_only{"autoincrement", "pragma",    "glob",   "rowid",        "without",
                                 "blob",          "ifnull",    "iif",    "unixepoch",    "strftime",
                                 "julianday",     "json_each", "nocase", "group_concat", "last_insert_rowid"};

// What a word becomes; the word itself when the two agree on it.
Expected<std::string_view> word(std::string_view w) {
  const std::string lower = text::lower(w);
  if (lower == "integer") return "BIGINT";
  if (lower == "real") return "DOUBLE PRECISION";
  if (std::ranges::find(sqlite_only, lower) != sqlite_only.end())
    return fail(Fault::permanent, Reason::stored("postgres: a word only SQLite knows"), text::one_line(w));
  return w;
}

} // namespace

Expected<std::string> schema(std::string_view sqlite) {
  std::string out;
  char before = 0; // last character that is neither comment nor space: STRICT is an option only after a table's ')'
  for (std::string_view rest = sqlite; !rest.empty();) {
    const Token token = next(rest);
    rest.remove_prefix(token.text.size());
    if (token.kind == Kind::word && before == ')' && text::iequals(token.text, "strict")) continue;
    out += token.kind == Kind::word ? TRY(word(token.text)) : token.text;
    if (token.kind != Kind::opaque) before = token.text.back();
  }
  return out;
}

Expected<Prepared> statement(std::string_view sqlite) {
  Prepared out;
  for (std::string_view rest = sqlite; !rest.empty();) {
    const Token token = next(rest);
    rest.remove_prefix(token.text.size());
    if (token.kind == Kind::parameter) {
      const auto known = std::ranges::find(out.names, token.text.substr(1));
      const auto position = known - out.names.begin() + 1;
      if (known == out.names.end()) out.names.emplace_back(token.text.substr(1));
      out.sql += '$' + std::to_string(position);
    } else {
      out.sql += token.kind == Kind::word ? TRY(word(token.text)) : token.text;
    }
  }
  return out;
}

} // namespace milkrun::postgres
