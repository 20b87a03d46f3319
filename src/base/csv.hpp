// Tables as spreadsheets write them: comma, semicolon, tab or bar between cells, quotes around some, in one of the
// encodings that spreadsheets use.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::csv {

// UTF-8 of a file's bytes: by its byte order mark; else UTF-16 when every second byte of its start is zero; else UTF-8
// when all of it is; else Windows-1252, in which every byte is something. What is no text becomes U+FFFD, but NUL
// stays: whoever reads a value refuses it, as every control character.
std::string to_utf8(std::string_view bytes);

struct Row {
  std::size_t line = 0; // of the file, from 1: where it begins
  std::vector<std::string> cells;
};

// RFC 4180, with any line end, and quotes that stand for themselves inside a cell that does not begin with one. Empty
// lines are left out. A quote that is never closed is an error that names its line.
std::expected<std::vector<Row>, std::string> parse(std::string_view text, char delimiter);

// The delimiters that occur in practice, the likelier first.
inline constexpr std::string_view delimiters = ",;\t|";

} // namespace milkrun::csv
