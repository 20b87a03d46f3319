// Nothing is guessed that could be two things: an amount or a date that is not clear is a mistake with its mend.
#include "cli/import/csv_values.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace milkrun::cli::csv_value {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string shown(std::string_view s) { return fmt::format("is \"{}\"", text::one_line(s, 60)); }

// Digits, '.', ',' and '-': what is left of an amount without currency, blanks and grouping by apostrophes.
std::optional<std::string> bare_amount(std::string_view text) {
  std::string out;
  std::string s = text::collapse_space(text);
  for (const char* nothing :
       {"\xe2\x80\xaf", "\xe2\x80\x99", "'", "\xe2\x82\xac", "\xc2\xa3", "\xc2\xa5", "\xe2\x82\xb9", "$"})
    s = text::replace_all(std::move(s), nothing, "");
  s = text::replace_all(std::move(s), "\xe2\x88\x92", "-"); // a typographer's minus
  int letters = 0;
  bool behind = false; // the letters stand behind the digits
  for (const char c : s) {
    if (c == ' ') continue;
    behind = behind || (text::is_letter(c) && std::ranges::any_of(out, is_digit));
    if (behind && is_digit(c)) return std::nullopt; // "1e3"
    if (text::is_letter(c))
      ++letters;
    else if (is_digit(c) || c == '.' || c == ',' || c == '-')
      out += c;
    else
      return std::nullopt;
  }
  if (letters > 3 || std::ranges::none_of(out, is_digit)) return std::nullopt; // "EUR", "Fr."
  while (out.ends_with('.') && letters > 0) out.pop_back();
  return out;
}

// What a single value says: both signs, or one in a place where it cannot part thousands.
Decimal decimal_of_one(std::string_view bare) {
  const auto comma = bare.rfind(','), point = bare.rfind('.');
  if (comma != bare.npos && point != bare.npos) return comma > point ? Decimal::comma : Decimal::point;
  if (comma == bare.npos && point == bare.npos) return Decimal::unknown;
  const char sign = comma != bare.npos ? ',' : '.';
  const Decimal it = sign == ',' ? Decimal::comma : Decimal::point,
                other = sign == ',' ? Decimal::point : Decimal::comma;
  if (std::ranges::count(bare, sign) > 1) return other;
  const std::size_t behind = bare.size() - bare.rfind(sign) - 1,
                    before = bare.rfind(sign) - (bare.starts_with('-') ? 1 : 0);
  const bool leading_zero = bare.starts_with("0") || bare.starts_with("-0");
  return behind != 3 || before > 3 || before == 0 || leading_zero ? it : Decimal::unknown;
}

// "12.345.678", or with groups of two before the last one, as in India: "1,23,45,678".
bool is_grouped(std::string_view whole, char sign) {
  const auto groups = text::split(whole, sign);
  const auto are_of = [&](std::size_t size) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (groups[i].empty() || !std::ranges::all_of(groups[i], is_digit)) return false;
      if (groups.size() == 1) continue;
      const std::size_t own = i + 1 == groups.size() ? 3 : size;
      if (i == 0 ? groups[i].size() > own : groups[i].size() != own) return false;
    }
    return true;
  };
  return are_of(3) || (sign == ',' && are_of(2));
}

bool is_date(int y, int m, int d) {
  using namespace std::chrono;
  return y >= 1900 && y <= 2200 &&
         year_month_day(year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))).ok();
}

// Digits off the front, at most so many; -1 when there are none.
int take_number(std::string_view& s, std::size_t most) {
  std::size_t n = 0;
  while (n < s.size() && n < most && is_digit(s[n])) ++n;
  const auto value = text::to_int(s.substr(0, n));
  s.remove_prefix(n);
  return n == 0 || !value ? -1 : static_cast<int>(*value);
}

struct Parts {
  int year = -1, month = -1, day = -1;
};

bool take_part(std::string_view& text, std::string_view& format, Parts& parts) {
  const char letter = format.front();
  const std::size_t n = std::min(format.find_first_not_of(letter), format.size());
  format.remove_prefix(n);
  const int value = take_number(text, letter == 'Y' ? n : 2);
  if (letter == 'D') parts.day = value;
  if (letter == 'M') parts.month = value;
  if (letter == 'Y') parts.year = n == 2 && value >= 0 ? 2000 + value : value;
  return value >= 0;
}

std::optional<std::string> by_format(std::string_view text, std::string_view format) {
  Parts parts;
  while (!format.empty()) {
    if (std::string_view("DMY").contains(format.front())) {
      if (!take_part(text, format, parts)) return std::nullopt;
    } else {
      if (text.empty() || text.front() != format.front()) return std::nullopt;
      text.remove_prefix(1);
      format.remove_prefix(1);
    }
  }
  if (!text.empty() || !is_date(parts.year, parts.month, parts.day)) return std::nullopt;
  return fmt::format("{:04}-{:02}-{:02}", parts.year, parts.month, parts.day);
}

} // namespace

Decimal decimal_of(const std::vector<std::string>& column) {
  Decimal found = Decimal::unknown;
  for (const std::string& cell : column) {
    const auto bare = bare_amount(cell);
    const Decimal one = bare ? decimal_of_one(*bare) : Decimal::unknown;
    if (one == Decimal::unknown) continue;
    if (found != Decimal::unknown && found != one) return Decimal::unknown;
    found = one;
  }
  return found;
}

Read<std::int64_t> money(std::string_view text, int exponent, Decimal decimal) {
  const auto no = [&](std::string_view mend) { return std::unexpected(fmt::format("{}; {}", shown(text), mend)); };
  const auto bare = bare_amount(text);
  if (!bare) return no("must be an amount such as 1234.50");
  if (bare->contains('-')) return no("must not be negative; tell a credit note as paid of its invoice");
  if (decimal == Decimal::unknown) decimal = decimal_of_one(*bare);
  const bool signs = bare->find_first_of(".,") != bare->npos;
  if (signs && decimal == Decimal::unknown) return no("may be two amounts; say --decimal comma or --decimal point");
  const char part = decimal == Decimal::comma ? ',' : '.', group = decimal == Decimal::comma ? '.' : ',';
  const std::size_t at = std::min(bare->find(part), bare->size());
  const std::string_view whole = std::string_view(*bare).substr(0, at);
  std::string_view rest = at < bare->size() ? std::string_view(*bare).substr(at + 1) : std::string_view();
  while (rest.size() > static_cast<std::size_t>(exponent) && rest.ends_with('0')) rest.remove_suffix(1);
  if (!is_grouped(whole.empty() ? "0" : whole, group) || !std::ranges::all_of(rest, is_digit))
    return no("must be an amount such as 1234.50");
  if (rest.size() > static_cast<std::size_t>(exponent))
    return no(fmt::format("has more than {} digits behind its decimal sign", exponent));
  std::string digits = text::replace_all(std::string(whole), std::string_view(&group, 1), "") + std::string(rest);
  digits.append(static_cast<std::size_t>(exponent) - rest.size(), '0');
  const auto minor = text::to_int(digits.empty() ? "0" : digits);
  if (!minor) return no("is too large");
  return *minor;
}

std::string check_date_format(std::string_view format) {
  const auto runs = [&](char letter) {
    const std::size_t first = format.find(letter), n = static_cast<std::size_t>(std::ranges::count(format, letter));
    return first != format.npos && format.substr(first, n) == std::string(n, letter) ? n : 0;
  };
  const std::size_t days = runs('D'), months = runs('M'), years = runs('Y');
  const bool good = (days == 1 || days == 2) && (months == 1 || months == 2) && (years == 2 || years == 4);
  return good ? "" : "must have D or DD, M or MM, YY or YYYY, each once, such as DD.MM.YYYY or MM/DD/YYYY";
}

Read<std::string> date(std::string_view text, std::string_view format) {
  const std::string_view s = text::trim(text);
  const std::string_view day = s.substr(0, std::min(s.find_first_of(" T"), s.size())); // Excel adds 00:00:00
  if (auto iso = by_format(day, "YYYY-MM-DD"); iso && day.size() == 10) return *iso;
  if (format.empty())
    return std::unexpected(
        fmt::format("{}; must be a date such as 2026-11-30, or say --date-format DD.MM.YYYY", shown(s)));
  if (auto by = by_format(day, format)) return *by;
  if (auto by = by_format(s, format)) return *by;
  return std::unexpected(fmt::format("{}; must be a date such as 2026-11-30, or {}", shown(s), format));
}

Read<bool> flag(std::string_view text) {
  const std::string word = text::lower(text::trim(text));
  constexpr std::array<std::string_view, 8> yes{"true", "yes", "y", "ja", "j", "1", "x", "on"};
  constexpr std::array<std::string_view, 7> no{"false", "no", "n", "nein", "0", "-", "off"};
  if (std::ranges::find(yes, word) != yes.end()) return true;
  if (std::ranges::find(no, word) != no.end()) return false;
  return std::unexpected(fmt::format("{}; must be yes or no", shown(text)));
}

std::string status(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 17> words{{
      {"open", "open"},
      {"unpaid", "open"},
      {"overdue", "open"},
      {"offen", "open"},
      {"unbezahlt", "open"},
      {"überfällig", "open"},
      {"paid", "paid"},
      {"bezahlt", "paid"},
      {"void", "void"},
      {"cancelled", "void"},
      {"canceled", "void"},
      {"storniert", "void"},
      {"uncollectible", "uncollectible"},
      {"uneinbringlich", "uncollectible"},
      {"disputed", "disputed"},
      {"strittig", "disputed"},
      {"bestritten", "disputed"},
  }};
  const std::string word = text::folded(text::trim(text));
  for (const auto& [called, means] : words)
    if (text::folded(called) == word) return std::string(means);
  return std::string(text::trim(text));
}

std::string phone(std::string_view text, std::string_view country_code) {
  std::string out;
  for (const char c : text::collapse_space(text)) {
    if (is_digit(c) || (c == '+' && out.empty()))
      out += c;
    else if (!std::string_view(" -./()").contains(c))
      return std::string(text::trim(text));
  }
  if (out.starts_with("00")) return "+" + out.substr(2);
  if (out.starts_with('0') && !country_code.empty()) return fmt::format("+{}{}", country_code, out.substr(1));
  return out;
}

} // namespace milkrun::cli::csv_value
