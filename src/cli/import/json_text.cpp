// Builds the JSON tree from parser events, because only they show that a name came twice.
#include "cli/import/json_text.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace milkrun::cli {
namespace {

using Json = nlohmann::json;
constexpr std::size_t deepest = 32;

// nlohmann's SAX interface: an event answers false to end the parsing.
class Builder final : public nlohmann::json_sax<Json> {
public:
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
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    failed_at = position;
    return false;
  }

  Json root;
  std::string wrong;
  std::size_t failed_at = 0; // byte, 1 = first

private:
  Json* place(Json value) {
    if (open_.empty()) return &(root = std::move(value));
    Json& parent = *open_.back();
    if (parent.is_object()) return &(parent[name_] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool put(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json value) {
    if (open_.size() == deepest) {
      wrong = fmt::format("nested deeper than {} levels", deepest);
      return false;
    }
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  // Only the innermost container grows, so the addresses of the ones around it hold.
  std::vector<Json*> open_;
  std::string name_;
};

std::string place_of(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, position == 0 ? 0 : position - 1);
  const auto lines = static_cast<std::size_t>(std::ranges::count(before, '\n'));
  const std::size_t start = before.rfind('\n');
  const std::size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1);
  return fmt::format("line {}, column {}", lines + 1, column + 1);
}

} // namespace

std::expected<Json, std::string> read_json(std::string_view text) {
  Builder builder;
  if (Json::sax_parse(text, &builder)) return std::move(builder.root);
  if (!builder.wrong.empty()) return std::unexpected(builder.wrong);
  return std::unexpected(fmt::format("not valid JSON at {}; correct it there", place_of(text, builder.failed_at)));
}

} // namespace milkrun::cli
