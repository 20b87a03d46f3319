// The one printer of lists: a header, columns as wide as they need, and lines no longer than the terminal.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::cli {

inline constexpr std::size_t usual_width = 100; // where there is no terminal

// Columns that a text takes on a terminal: wide letters (CJK, emoji) two, combining ones none.
std::size_t columns_of(std::string_view text);

// The text in lines of so many columns at most, at blanks where there are any; "-" for an empty one.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

class Table {
public:
  struct Column {
    std::string_view title;
    enum Kind { left, right, prose } kind = left; // prose: takes what is left of the line, and goes on below
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // A row; strangers' text is made one line and cut at 300 bytes. A missing value is "-".
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  void print(std::ostream& out, std::size_t width) const;

private:
  void print_below(std::ostream& out, std::size_t width, const std::vector<std::size_t>& widths) const;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// After a list of which more rows were found than shown: "… cut at 20; --limit 40 shows more".
void print_cut(std::ostream& out, bool cut, std::int64_t limit);

} // namespace milkrun::cli
