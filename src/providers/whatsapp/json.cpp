// What only senders need. Promises that no input throws.
#include "providers/whatsapp/json.hpp"

#include "base/text.hpp"

#include <limits>

namespace milkrun::whatsapp {
namespace {

// One reference token of a pointer, its "~1" and "~0" undone.
std::string unescaped(std::string_view token) {
  return text::replace_all(text::replace_all(std::string(token), "~1", "/"), "~0", "~");
}

// RFC 6901: digits without a leading zero.
const Json* at_index(const Json& array, std::string_view token) {
  if (token.empty() || token.size() > 6 || (token.size() > 1 && token.front() == '0')) return nullptr;
  const auto index = text::to_int(token);
  if (!index || *index < 0 || static_cast<std::size_t>(*index) >= array.size()) return nullptr;
  return &array[static_cast<std::size_t>(*index)];
}

} // namespace

std::string to_text(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::optional<int> number_of(const Json& value) {
  constexpr std::int64_t most = std::numeric_limits<int>::max();
  std::optional<std::int64_t> number;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() <= most) number = value.get<std::int64_t>();
  if (value.is_string()) number = text::to_int(value.get_ref<const std::string&>());
  if (!number || *number < 0 || *number > most) return std::nullopt;
  return static_cast<int>(*number);
}

bool is_pointer(std::string_view pointer) {
  if (pointer.empty() || pointer.size() > 200) return pointer.empty();
  if (pointer.front() != '/') return false;
  for (std::size_t at = pointer.find('~'); at != pointer.npos; at = pointer.find('~', at + 1)) {
    if (at + 1 == pointer.size() || (pointer[at + 1] != '0' && pointer[at + 1] != '1')) return false;
  }
  return true;
}

const Json* at_pointer(const Json& value, std::string_view pointer) {
  const Json* at = &value;
  if (pointer.empty()) return at;
  for (const std::string_view token : text::split(pointer.substr(1), '/')) {
    if (at->is_array()) {
      at = at_index(*at, token);
    } else if (at->is_object()) {
      const auto found = at->find(unescaped(token));
      at = found == at->end() ? nullptr : &*found;
    } else {
      return nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

} // namespace milkrun::whatsapp
