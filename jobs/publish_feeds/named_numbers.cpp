// Known by their form alone, so that amounts, dates and years of an honest text are none.
#include "jobs/publish_feeds/named_numbers.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <iterator>

namespace milkrun::publish_feeds {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_sign(char c) { return is_digit(c) || text::is_letter(c); }
bool is_between(char c) { return std::string_view(" -/()").contains(c); }

// Digits with at most two characters between each and the next, from the first on.
std::string_view digits_at(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size() && at - end < 3; ++at) {
    if (is_digit(text[at]))
      end = at + 1;
    else if (!is_between(text[at]))
      break;
  }
  return text.substr(0, end);
}

// "555-123-4567", "(555) 123-4567"
bool is_american(std::string_view written) {
  std::string form;
  for (const char c : written) form += is_digit(c) ? '9' : c;
  return form == "999-999-9999" || form == "999) 999-9999" || form == "999)999-9999";
}

// "01-02-2024 18:00"
bool is_date(std::string_view written) {
  return written.size() >= 10 && (written[2] == '-' || written[2] == '/') && written[5] == written[2] &&
         std::ranges::all_of(written.substr(6, 4), is_digit);
}

void add_telephone(std::string_view text, std::size_t at, std::set<std::string>& out) {
  constexpr std::size_t least = 9, most = 17, told_by = 8; // with the country's digits
  const std::string_view written = digits_at(text.substr(at));
  const std::string digits = without_blanks(written);
  const bool plus = at > 0 && text[at - 1] == '+';
  const bool dialled = digits.starts_with('0') && !digits.starts_with("000") && !is_date(written);
  const char next = at + written.size() < text.size() ? text[at + written.size()] : ' ';
  const bool whole = next != ',' && next != '%' && !text::is_letter(next); // no amount and no measure
  if (digits.size() < least || digits.size() > most || !(plus || dialled || is_american(written)) || !whole) return;
  out.insert(digits.substr(digits.size() - told_by));
}

// ISO 13616: the country and the check digits behind the rest, letters as 10 to 35, leave 1 when divided by 97.
bool is_iban(std::string_view account) {
  unsigned rest = 0;
  for (std::size_t i = 0; i < account.size(); ++i) {
    const char c = account[(i + 4) % account.size()];
    rest = is_digit(c) ? rest * 10 + static_cast<unsigned>(c - '0') : rest * 100 + static_cast<unsigned>(c - 'a' + 10);
    rest %= 97;
  }
  return rest == 1;
}

void add_account(std::string_view text, std::size_t at, std::set<std::string>& out) {
  constexpr std::size_t least = 15, most = 34, least_digits = 10; // words behind a number have fewer
  const auto part = text.substr(at, 4);
  if (part.size() < 4 || !text::is_letter(part[0]) || !text::is_letter(part[1]) || !is_digit(part[2]) ||
      !is_digit(part[3]))
    return;
  std::string account;
  std::size_t digits = 0;
  for (; at < text.size() && account.size() < most && (is_sign(text[at]) || text[at] == ' '); ++at) {
    if (text[at] == ' ') continue;
    account += text[at];
    if (is_digit(text[at])) ++digits;
    if (account.size() >= least && digits >= least_digits && is_iban(account)) out.insert(account);
  }
}

// The word at `at`, when it is longer than words are and of letters and digits in turn.
void add_wallet(std::string_view word, std::set<std::string>& out) {
  constexpr std::size_t least = 26, changes_of_wallet = 4;
  std::size_t changes = 0;
  for (std::size_t i = 1; i < word.size(); ++i)
    if (is_digit(word[i]) != is_digit(word[i - 1])) ++changes;
  if (word.size() >= least && changes >= changes_of_wallet) out.insert(std::string(word));
}

void add_name(std::string_view text, std::size_t at, std::set<std::string>& out) {
  constexpr std::size_t least = 4; // "3 @ 5" and the like are none
  std::size_t end = at + 1;
  while (end < text.size() && (is_sign(text[end]) || text[end] == '_')) ++end;
  const bool host = end < text.size() && text[end] == '.' && end + 1 < text.size() && is_sign(text[end + 1]);
  if (end - at > least && !host) out.insert(std::string(text.substr(at, end - at)));
}

} // namespace

std::string without_blanks(std::string_view text) {
  std::string out;
  std::ranges::remove_copy_if(text, std::back_inserter(out), is_between);
  return out;
}

std::set<std::string> numbers_in(std::string_view text) {
  std::set<std::string> out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins = at == 0 || (!is_sign(text[at - 1]) && static_cast<unsigned char>(text[at - 1]) < 0x80);
    if (!begins) continue;
    if (text[at] == '@') add_name(text, at, out);
    if (is_digit(text[at]) && (at < 2 || !is_between(text[at - 1]) || !is_digit(text[at - 2])))
      add_telephone(text, at, out);
    if (!is_sign(text[at])) continue;
    add_account(text, at, out);
    std::size_t end = at;
    while (end < text.size() && is_sign(text[end])) ++end;
    add_wallet(text.substr(at, end - at), out);
  }
  return out;
}

} // namespace milkrun::publish_feeds
