// One pass, no copies but the cells themselves.
#include "base/csv.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace milkrun::csv {
namespace {

constexpr std::size_t looked_at = 1024; // bytes by which UTF-16 without a mark is told

// 0x80 to 0x9F of Windows-1252; the five that it leaves open stay what they are in ISO 8859-1.
constexpr std::array<char16_t, 32> windows_1252{0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
                                                0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

std::string from_windows_1252(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text::append_utf8(out, byte >= 0x80 && byte < 0xA0 ? char32_t{windows_1252.at(byte - 0x80)} : char32_t{byte});
  }
  return out;
}

std::string from_utf16(std::string_view bytes, bool big_endian) {
  const auto unit = [&](std::size_t i) {
    const auto a = static_cast<unsigned char>(bytes[i]), b = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<std::uint16_t>(big_endian ? a << 8 | b : b << 8 | a);
  };
  std::string out;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const std::uint16_t high = unit(i);
    const bool pair = high >= 0xD800 && high < 0xDC00 && i + 3 < bytes.size();
    const std::uint16_t low = pair ? unit(i + 2) : 0;
    if (low >= 0xDC00 && low < 0xE000) {
      text::append_utf8(out, 0x10000 + ((char32_t{high} - 0xD800) << 10) + (char32_t{low} - 0xDC00));
      i += 2;
    } else {
      text::append_utf8(out, high); // a lone surrogate becomes U+FFFD
    }
  }
  return out;
}

// How many of the bytes at even and at odd places of the start are zero.
std::array<std::size_t, 2> zeros(std::string_view bytes) {
  std::array<std::size_t, 2> out{};
  for (std::size_t i = 0; i < std::min(bytes.size(), looked_at); ++i) out.at(i % 2) += bytes[i] == '\0' ? 1 : 0;
  return out;
}

// text::to_valid_utf8() makes NUL a character that looks like any other.
std::string valid_but_nul(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) { // by hand: a list of parts takes sixteen times what zeros do
    if (bytes[at] == '\0') {
      out += '\0';
      ++at;
      continue;
    }
    const std::size_t end = std::min(bytes.find('\0', at), bytes.size());
    out += text::to_valid_utf8(bytes.substr(at, end - at));
    at = end;
  }
  return out;
}

class Parser {
public:
  Parser(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  std::expected<std::vector<Row>, std::string> run() {
    while (at_ < text_.size()) {
      Row row{.line = line_, .cells = {}};
      do {
        row.cells.emplace_back();
        if (!cell(row.cells.back()))
          return std::unexpected("line " + std::to_string(opened_) + ": a quote is never closed");
      } while (took(delimiter_));
      end_line();
      const auto empty = [](const std::string& s) { return text::trim(s).empty(); };
      if (!std::ranges::all_of(row.cells, empty)) rows_.push_back(std::move(row));
    }
    return std::move(rows_);
  }

private:
  bool took(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void end_line() {
    if (at_ == text_.size()) return;
    const bool carriage = took('\r');
    if (!took('\n') && !carriage) return;
    ++line_;
  }
  bool at_line_end() const { return text_[at_] == '\r' || text_[at_] == '\n'; }

  bool cell(std::string& out) {
    if (took('"') && !quoted(out)) return false;
    while (at_ < text_.size() && text_[at_] != delimiter_ && !at_line_end()) out += text_[at_++];
    return true;
  }
  bool quoted(std::string& out) {
    opened_ = line_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"' && !took('"')) return true;
      if (c == '\n' || (c == '\r' && (at_ == text_.size() || text_[at_] != '\n'))) ++line_;
      out += c;
    }
    return false;
  }

  std::string_view text_;
  char delimiter_;
  std::size_t at_ = 0, line_ = 1, opened_ = 0;
  std::vector<Row> rows_;
};

} // namespace

std::string to_utf8(std::string_view bytes) {
  if (bytes.starts_with("\xef\xbb\xbf")) return valid_but_nul(bytes.substr(3));
  if (bytes.starts_with("\xff\xfe")) return valid_but_nul(from_utf16(bytes.substr(2), false));
  if (bytes.starts_with("\xfe\xff")) return valid_but_nul(from_utf16(bytes.substr(2), true));
  const auto [even, odd] = zeros(bytes);
  const std::size_t most = std::min(bytes.size(), looked_at) / 2;
  const bool pairs = bytes.size() % 2 == 0; // else its last byte would be lost
  if (pairs && odd > most * 3 / 4 && even == 0) return valid_but_nul(from_utf16(bytes, false));
  if (pairs && even > most * 3 / 4 && odd == 0) return valid_but_nul(from_utf16(bytes, true));
  return valid_but_nul(text::is_utf8(bytes) ? std::string(bytes) : from_windows_1252(bytes));
}

std::expected<std::vector<Row>, std::string> parse(std::string_view text, char delimiter) {
  return Parser(text, delimiter).run();
}

} // namespace milkrun::csv
