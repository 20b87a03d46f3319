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

std::string kind_of(const Problem& p) {
  std::string_view where = p.where;
  if (p.what.starts_with(unknown_field)) where = where.substr(0, where.rfind('.') + 1); // npos + 1 = 0: the document
  return without_numbers(where) + " " + without_values(p.what);
}

// As many as fit: 200 lines, whose names and values may be long.
class Lines {
public:
  void add(std::string line) {
    constexpr std::size_t most_bytes = std::size_t{48} * 1024;
    if (lines.size() >= most_lines || bytes_ + line.size() > most_bytes) {
      ++left_out;
      return;
    }
    bytes_ += line.size();
    lines.push_back(std::move(line));
  }
  std::vector<std::string> lines;
  std::size_t left_out = 0;

private:
  std::size_t bytes_ = 0;
};

} // namespace

std::vector<std::string> told(const std::string& file, const Problems& problems) {
  struct Kind {
    const Problem* first = nullptr;
    std::size_t all = 0;
  };
  std::map<std::string, Kind> kinds;
  Lines out;
  for (const Problem& p : problems) {
    Kind& kind = kinds[kind_of(p)];
    if (kind.first == nullptr) kind.first = &p;
    if (++kind.all <= most_of_a_kind) out.add(fmt::format("{}: {} {}", file, p.where, p.what));
  }
  for (const auto& [name, kind] : kinds)
    if (kind.all > most_of_a_kind)
      out.add(
          fmt::format("{}: {} more like {} {}", file, kind.all - most_of_a_kind, kind.first->where, kind.first->what));
  if (out.left_out > 0)
    out.lines.push_back(fmt::format("{}: {} more lines like these are left out", file, out.left_out));
  if (problems.full())
    out.lines.push_back(fmt::format("{}: after {} mistakes it was read no further", file, Problems::most));
  return std::move(out.lines);
}

} // namespace milkrun::cli
