// Counting by kind: the place without its numbers, the sentence without the values in it.
#include "cli/import/problems.hpp"

#include <fmt/format.h>

#include <map>

namespace milkrun::cli {
namespace {

// "tenants[].contacts[].phone" of "tenants[0].contacts[12].phone", "line , Phone" of "line 7, Phone".
std::string without_numbers(std::string_view place) {
  std::string out;
  for (const char c : place)
    if (c < '0' || c > '9') out += c;
  return out;
}

// What stands in quotes is somebody's value.
std::string without_values(std::string_view what) {
  std::string out;
  bool inside = false;
  for (const char c : what) {
    if (c == '"') inside = !inside;
    if (!inside) out += c;
  }
  return without_numbers(out);
}

} // namespace

std::vector<std::string> told(const std::string& file, const Problems& problems) {
  struct Kind {
    const Problem* first = nullptr;
    std::size_t all = 0;
  };
  std::map<std::string, Kind> kinds;
  std::vector<std::string> out;
  for (const Problem& p : problems) {
    Kind& kind = kinds[without_numbers(p.where) + " " + without_values(p.what)];
    if (kind.first == nullptr) kind.first = &p;
    if (++kind.all <= most_of_a_kind) out.push_back(fmt::format("{}: {} {}", file, p.where, p.what));
  }
  for (const auto& [name, kind] : kinds)
    if (kind.all > most_of_a_kind)
      out.push_back(
          fmt::format("{}: {} more like {} {}", file, kind.all - most_of_a_kind, kind.first->where, kind.first->what));
  return out;
}

} // namespace milkrun::cli
