// Graph's field language: names, .modifier(argument), {inner fields}. Reads it, and picks from a node what was asked.
#include "graph.hpp"

#include <cctype>

namespace milkrun::sandbox {

namespace {

class FieldReader {
public:
  explicit FieldReader(std::string_view text) : text_(text) {}

  std::optional<std::vector<Field>> whole() {
    auto fields = list();
    if (at_ != text_.size()) return std::nullopt;
    return fields;
  }

private:
  bool next_is(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string word() {
    const std::size_t from = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_'))
      ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  std::optional<std::vector<Field>> list() {
    std::vector<Field> fields;
    do {
      auto field = one();
      if (!field) return std::nullopt;
      fields.push_back(std::move(*field));
    } while (next_is(','));
    return fields;
  }

  std::optional<Field> one() {
    Field field{.name = word(), .modifiers = {}, .inner = {}};
    if (field.name.empty()) return std::nullopt;
    while (next_is('.')) {
      const std::string modifier = word();
      if (!next_is('(')) return std::nullopt;
      field.modifiers[modifier] = word();
      if (!next_is(')')) return std::nullopt;
    }
    if (!next_is('{')) return field;
    auto inner = list();
    if (!inner || !next_is('}')) return std::nullopt;
    field.inner = std::move(*inner);
    return field;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

} // namespace

std::optional<std::vector<Field>> read_fields(const std::string& text) {
  if (text.empty()) return std::vector<Field>{};
  return FieldReader(text).whole();
}

Json pick(const Json& value, const std::vector<Field>& fields) {
  if (value.contains("data")) {
    Json rows = Json::array();
    for (const Json& row : value["data"]) rows.push_back(pick(row, fields));
    return {{"data", rows}};
  }
  Json out = Json::object();
  if (value.contains("id")) out["id"] = value["id"];
  for (const Field& field : fields)
    if (value.contains(field.name))
      out[field.name] = field.inner.empty() ? value[field.name] : pick(value[field.name], field.inner);
  return out;
}

} // namespace milkrun::sandbox
