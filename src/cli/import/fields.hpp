// Reads one JSON object field by field, noting every mistake with its place. Private to the import.
#pragma once

#include "cli/import/document.hpp"
#include "cli/import/duration.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <initializer_list>
#include <limits>
#include <span>
#include <string_view>

namespace milkrun::cli {

class Fields {
public:
  // `where` is the object's own place, "" for the whole document.
  Fields(const nlohmann::json& object, std::string where, Problems& problems);

  // Each takes a field: nullopt when it is absent or wrong (the mistake is then noted).
  std::optional<std::string> text(std::string_view name, std::size_t most_bytes = 200);
  std::optional<std::string> lines(std::string_view name, std::size_t most_bytes); // a text that may have line breaks
  std::optional<std::string> word(std::string_view name, std::span<const std::string_view> allowed);
  std::optional<std::string> word(std::string_view name, std::initializer_list<std::string_view> allowed) {
    return word(name, std::span(allowed.begin(), allowed.size()));
  }
  std::optional<std::vector<std::string>> texts(std::string_view name, std::size_t most_bytes = 200);
  // The same, with the empty ones: the caller notes each at its own place.
  std::optional<std::vector<std::string>> texts_with_empty(std::string_view name, std::size_t most_bytes = 200);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<double> number(std::string_view name, double least, double most);
  std::optional<bool> boolean(std::string_view name);
  std::optional<Millis> duration(std::string_view name, Millis least, Millis most);
  std::optional<Time> instant(std::string_view name);      // "2026-11-21T12:00:00Z"
  std::optional<std::string> date(std::string_view name);  // "2026-11-21"
  std::optional<std::string> clock(std::string_view name); // "09:00"
  // One line. Its value is in no message.
  std::optional<Secret> secret(std::string_view name);
  // The same, with the second one, where it is given, on a line of its own.
  std::optional<Secret> secret_lines(std::string_view name, std::string_view second);
  std::optional<std::string> object_text(std::string_view name); // a JSON object, as text
  // Calls `each` for every object of an array, of which one with more than `most` elements is read none of. Other
  // elements are mistakes.
  void objects(std::string_view name, const std::function<void(const nlohmann::json&, const std::string& where)>& each,
               std::size_t most = std::numeric_limits<std::size_t>::max());
  // The field as a fresh reader's input; null pointer when absent or no object.
  const nlohmann::json* object(std::string_view name);
  // A field that may be null; `read` takes it where it is not: nullable("plan", [&] { return fields.text("plan"); })
  template <class Read>
  auto nullable(std::string_view name, Read read) -> Nullable<typename decltype(read())::value_type> {
    if (null(name)) return {.given = true};
    return {.given = given(name), .value = read()};
  }

  bool given(std::string_view name) const;
  bool null(std::string_view name);  // given as null; counts as read
  bool empty(std::string_view name); // given as ""; counts as read
  // The field as it is; nullptr when absent.
  const nlohmann::json* any(std::string_view name) { return take(name); }
  // A mistake of this object's field; name "" = of the object.
  void wrong(std::string_view name, std::string what);
  std::string where(std::string_view name) const;
  // Notes the fields nobody asked for.
  void finish();

private:
  const nlohmann::json* take(std::string_view name);
  std::optional<std::string> text_of(std::string_view name, std::size_t most_bytes, bool breaks);
  std::optional<std::vector<std::string>> texts_of(std::string_view name, std::size_t most_bytes, bool with_empty);
  std::optional<std::string> secret_text(std::string_view name);

  const nlohmann::json& object_;
  std::string where_;
  Problems& problems_;
  std::vector<std::string_view> known_;
};

} // namespace milkrun::cli
