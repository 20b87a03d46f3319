// Fixed columns first; the prose columns share what the line has left, at least 16 each, and wrap at blanks. What does
// not fit stands below its row: nothing is cut, as a name that was cut is of no use for the next command.
#include "cli/table.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::cli {
namespace {

constexpr std::size_t least_prose = 16, gap = 2;

std::size_t cells_of(char32_t c) {
  if ((c >= 0x300 && c <= 0x36F) || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0x20D0 && c <= 0x20F0))
    return 0;
  const bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
                    (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
                    (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
  return wide ? 2 : 1;
}

// The longest start of the text that fits, better ending at a blank; at least one code point.
std::string_view start_of(std::string_view s, std::size_t width) {
  std::size_t used = 0, bytes = 0, blank = 0;
  while (bytes < s.size()) {
    const text::Decoded next = text::decode_utf8(s.substr(bytes));
    const std::size_t wants = cells_of(next.code_point);
    if (used + wants > width && bytes > 0) {
      if (s[bytes] == ' ') return s.substr(0, bytes);
      return s.substr(0, blank > bytes / 2 ? blank : bytes);
    }
    if (s[bytes] == ' ') blank = bytes;
    used += wants;
    bytes += next.size;
  }
  return s;
}

std::string padded(const std::string& cell, std::size_t width, bool right) {
  const std::size_t has = columns_of(std::string_view(cell));
  const std::string blanks(width > has ? width - has : 0, ' ');
  return right ? blanks + cell : cell + blanks;
}

} // namespace

std::vector<std::string> wrapped(std::string_view s, std::size_t width) {
  std::vector<std::string> lines;
  for (s = text::trim(s); !s.empty(); s = text::trim(s)) {
    const std::string_view line = start_of(s, width);
    lines.emplace_back(line);
    s.remove_prefix(line.size());
  }
  if (lines.empty()) lines.emplace_back("-");
  return lines;
}

std::size_t columns_of(std::string_view s) {
  std::size_t columns = 0;
  while (!s.empty()) {
    const text::Decoded next = text::decode_utf8(s);
    columns += cells_of(next.code_point);
    s.remove_prefix(next.size);
  }
  return columns;
}

void Table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) {
    cell = text::one_line(cell, 300);
    if (cell.empty()) cell = "-";
  }
  rows_.push_back(std::move(cells));
}

namespace {

// The cells of one line; a wrapped one goes on in the lines below.
void print_row(std::ostream& out, const std::vector<Table::Column>& columns, const std::vector<std::size_t>& widths,
               const std::vector<std::string>& cells) {
  std::vector<std::vector<std::string>> lines;
  std::size_t height = 1;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    lines.push_back(wrapped(cells[i], widths[i]));
    height = std::max(height, lines.back().size());
  }
  for (std::size_t y = 0; y < height; ++y) {
    std::string line;
    for (std::size_t i = 0; i < lines.size(); ++i)
      line += padded(y < lines[i].size() ? lines[i][y] : "", widths[i], columns[i].kind == Table::Column::right) +
              std::string(gap, ' ');
    out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }
}

} // namespace

void Table::print(std::ostream& out, std::size_t width) const {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  std::size_t fixed = gap * (columns_.size() - 1), proses = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = columns_of(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, columns_of(std::string_view(row[i])));
    titles.emplace_back(columns_[i].title);
    widths.push_back(widest);
    if (columns_[i].kind == Column::prose)
      ++proses;
    else
      fixed += widest;
  }
  if (fixed + proses * least_prose > width && proses < columns_.size()) return print_below(out, width, widths);
  // Each prose gets its share; what the shorter ones leave over goes to the longer ones after them.
  std::size_t left = width > fixed ? width - fixed : 0;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i].kind == Column::prose) {
      widths[i] = std::min(widths[i], std::max(least_prose, left / proses));
      left -= std::min(left, widths[i]);
      --proses;
    }
  print_row(out, columns_, widths, titles);
  for (const auto& row : rows_) print_row(out, columns_, widths, row);
}

// Too narrow for all: of what has a width of its own as much as fits makes the line, all else stands below it.
void Table::print_below(std::ostream& out, std::size_t width, const std::vector<std::size_t>& widths) const {
  constexpr std::string_view indent = "    ";
  std::vector<std::size_t> above, below; // columns
  std::vector<Column> columns;
  std::vector<std::size_t> own;
  std::vector<std::string> titles;
  std::size_t used = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::size_t wants = columns.empty() ? std::min(widths[i], width) : used + gap + widths[i];
    if (columns_[i].kind == Column::prose || wants > width) {
      below.push_back(i);
      continue;
    }
    own.push_back(columns.empty() ? wants : widths[i]);
    used = wants;
    above.push_back(i);
    columns.push_back(columns_[i]);
    titles.emplace_back(columns_[i].title);
  }
  print_row(out, columns, own, titles);
  for (const auto& row : rows_) {
    std::vector<std::string> cells;
    for (const std::size_t i : above) cells.push_back(row[i]);
    print_row(out, columns, own, cells);
    for (const std::size_t i : below)
      if (row[i] != "-")
        for (const std::string& line :
             wrapped(text::lower(columns_[i].title) + ": " + row[i], std::max<std::size_t>(width, 40) - indent.size()))
          out << indent << line << '\n';
  }
}

void print_cut(std::ostream& out, bool cut, std::int64_t limit) {
  if (cut) out << fmt::format("… cut at {}; --limit {} shows more\n", limit, limit * 2);
}

} // namespace milkrun::cli
