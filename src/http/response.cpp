// Reading an answer.
#include "base/text.hpp"
#include "http/client.hpp"

#include <algorithm>

namespace milkrun::http {

std::string_view Response::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const Header& h) { return text::iequals(h.name, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

} // namespace milkrun::http
