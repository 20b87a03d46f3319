// Builds the JSON tree from parser events: only they show that a name came twice, and let go of a tenant before the
// next one comes.
#include "cli/import/json_text.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace milkrun::cli {
namespace {

using Json = nlohmann::json;
constexpr std::size_t deepest = 32;
constexpr std::size_t most_values = 1'500'000;             // of a document
constexpr std::size_t most_together = 400'000;             // of one tenant, and of all that stands beside the tenants
constexpr std::size_t longest_text = std::size_t{1} << 20; // more than any field takes
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

// nlohmann's SAX interface: an event answers false to end the parsing.
class Builder final : public nlohmann::json_sax<Json> {
public:
  explicit Builder(const TakeTenant& take) : take_(take) {}
  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return false; } // not in JSON text
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (open_.back()->contains(name)) {
      wrong = fmt::format("the name \"{}\" is given twice in one object; keep one", text::one_line(name, 80));
      return false;
    }
    name_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& e) override {
    failed_at = position;
    complaint = e.what();
    return false;
  }
  std::size_t open() const { return open_.size(); }

  Json root;
  bool enough = false; // nobody wants to read on
  std::string wrong;
  std::size_t failed_at = 0; // byte, 1 = first
  std::string complaint;     // the parser's, with the text it was reading: never shown

private:
  bool in_tenants() const { return open_.size() >= 2 && open_[1] == tenants_; }

  bool has_room() {
    if (++(in_tenants() ? of_tenant_ : beside_) <= most_together) return true;
    const std::string whose = in_tenants() ? fmt::format("tenants[{}] has", taken_) : "beside its tenants it has";
    wrong = fmt::format("{} more than {} values; split it", whose, most_together);
    return false;
  }
  Json* place(Json value) {
    if (open_.empty()) return &(root = std::move(value));
    Json& parent = *open_.back();
    if (&parent == tenants_) return &(tenant_ = std::move(value));
    if (parent.is_object()) {
      Json& member = parent[name_] = std::move(value);
      if (&parent == &root && name_ == "tenants" && member.is_array()) tenants_ = &member;
      return &member;
    }
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool put(Json value) {
    if (!has_room()) return false;
    place(std::move(value));
    return hand_on();
  }
  bool open(Json value) {
    if (open_.size() == deepest) {
      wrong = fmt::format("nested deeper than {} levels", deepest);
      return false;
    }
    if (!has_room()) return false;
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return hand_on();
  }
  // A tenant that is whole is taken, and gone.
  bool hand_on() {
    if (open_.empty() || open_.back() != tenants_) return true;
    enough = !take_(tenant_);
    tenant_ = nullptr;
    of_tenant_ = 0;
    ++taken_;
    return !enough;
  }

  const TakeTenant& take_;
  // Only the innermost container grows, so the addresses of the ones around it hold.
  std::vector<Json*> open_;
  std::string name_;
  const Json* tenants_ = nullptr; // the list
  Json tenant_;                   // its element that is being read
  std::size_t of_tenant_ = 0, beside_ = 0, taken_ = 0;
};

std::string place_of(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, position == 0 ? 0 : position - 1);
  const auto lines = static_cast<std::size_t>(std::ranges::count(before, '\n'));
  const std::size_t start = before.rfind('\n');
  const std::size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1);
  return fmt::format("line {}, column {}", lines + 1, column + 1);
}

// What stood there instead, by its first character alone.
std::string_view found_at(std::string_view text, std::size_t position) {
  const char c = position == 0 || position > text.size() ? '\0' : text[position - 1];
  const std::string_view next = position < text.size() ? text.substr(position - 1, 2) : std::string_view();
  if (next == "//" || next == "/*") return "; JSON has no comments";
  if (c == '\'') return "; texts stand in double quotes";
  if (static_cast<unsigned char>(c) == 0xE2 || static_cast<unsigned char>(c) == 0xC2)
    return "; quotes are plain ones (\"), blanks are plain ones";
  const std::string_view before = text::trim(text.substr(0, position == 0 ? 0 : position - 1));
  if ((c == '}' || c == ']') && before.ends_with(',')) return "; leave out the comma before it";
  return "";
}

// What was expected, from the parser's own words for where it was.
std::string expected(const Builder& builder, std::string_view text) {
  const std::string_view said = builder.complaint;
  const auto has = [&](std::string_view part) { return said.find(part) != said.npos; };
  const auto reads = [&](std::string_view part) { return has(fmt::format("while parsing {} - ", part)); };
  if (text::trim(text).empty()) return "the document is empty; it is one object {...}";
  if (has("missing closing quote")) return "the text that begins before it has no closing \"";
  if (builder.failed_at > text.size() || has("unexpected end of input"))
    return fmt::format("the document ends there, with {} of {{ and [ still open", builder.open());
  if (has("control character") && builder.failed_at > 0 && text[builder.failed_at - 1] == '\t')
    return "a text holds a tab; write \\t for one";
  if (has("control character"))
    return "a text goes over the end of its line; write \\n for a line break, or close it with \"";
  if (has("forbidden character after backslash") || has("'\\u'"))
    return "in a text \\ stands only before \" \\ / b f n r t and uXXXX";
  if (has("surrogate")) return "\\uD800 to \\uDFFF come in pairs";
  if (has("ill-formed UTF-8")) return "bytes that are no UTF-8; save the file as UTF-8";
  if (has("expected end of input")) return "nothing may follow the end of the document";
  std::string out = reads("object key")         ? "the name of a field in double quotes was expected"
                    : reads("object separator") ? "a : was expected after the name of the field"
                    : reads("object")           ? "a , or } was expected"
                    : reads("array")            ? "a , or ] was expected"
                    : has("invalid number")     ? "a number was expected, such as 12 or -0.5"
                                                : "a value was expected: text in double quotes, a number, true, false, "
                                                  "null, [ or {";
  return out.append(found_at(text, builder.failed_at));
}

std::string too_much(const JsonExcess& excess, std::string_view text) {
  const std::string place = place_of(text, excess.at + 1);
  switch (excess.what) {
  case JsonExcess::word:
    if (std::string_view("0123456789+-.").contains(text[excess.at]))
      return fmt::format("has a number of more than {} digits at {}; no field takes one", longest_json_word, place);
    return fmt::format("has more than {} characters in a row at {} that are no text in quotes; put them in quotes, or "
                       "take them out",
                       longest_json_word, place);
  case JsonExcess::gap:
    return fmt::format("has more than {} bytes in a row from {} on without a text or a number; take out the blanks, "
                       "and what is empty",
                       longest_json_gap, place);
  case JsonExcess::string:
    return fmt::format("has a text of more than {} bytes at {}; no field takes one, or its closing \" is missing",
                       longest_text, place);
  case JsonExcess::levels: // bounded by the builder, not here
  case JsonExcess::values: break;
  }
  return fmt::format("has more than {} values; split it", most_values);
}

} // namespace

std::expected<Json, std::string> read_json(std::string_view text, const TakeTenant& take) {
  if (without_blanks(text).empty()) text = {};
  // A tree takes many times what "{}," takes: counted before anything is built.
  constexpr JsonLimits limits{.levels = no_limit, .values = most_values, .string = longest_text};
  if (const auto excess = json_excess(text, limits)) return std::unexpected(too_much(*excess, text));
  Builder builder(take);
  if (Json::sax_parse(text, &builder) || builder.enough) return std::move(builder.root);
  if (!builder.wrong.empty()) return std::unexpected(builder.wrong);
  return std::unexpected(
      fmt::format("is not valid JSON at {}: {}", place_of(text, builder.failed_at), expected(builder, text)));
}

} // namespace milkrun::cli
