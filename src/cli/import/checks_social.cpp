// Single values of campaigns, people and claims.
#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/import/checks.hpp"
#include "http/client.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::cli {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Milliseconds of the ".123" in front of the "Z" of a time; nullopt when the rest is anything else.
std::optional<std::int64_t> fraction_of(std::string_view rest) {
  if (!rest.ends_with('Z')) return std::nullopt;
  rest.remove_suffix(1);
  if (rest.empty()) return 0;
  if (rest.size() < 2 || rest.size() > 10 || rest[0] != '.' || !std::ranges::all_of(rest.substr(1), is_digit))
    return std::nullopt;
  return text::to_int((std::string(rest.substr(1)) + "00").substr(0, 3));
}

} // namespace

std::string check_phone(std::string_view phone) {
  const std::string_view digits = phone.substr(std::min<std::size_t>(phone.size(), 1));
  if (phone.starts_with('+') && digits.size() >= 8 && digits.size() <= 15 && std::ranges::all_of(digits, is_digit) &&
      digits[0] != '0')
    return {};
  return fmt::format("is \"{}\"; it must be a number with its country code, such as \"+491701234567\": + and 8 to 15 "
                     "digits",
                     text::one_line(phone, 40));
}

std::string check_email(std::string_view email) {
  const std::size_t at = email.find('@');
  const auto fits = [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f' &&
           std::string_view("\"(),:;<>[]\\@").find(c) == std::string_view::npos;
  };
  const std::string_view name = email.substr(0, at), domain = at == email.npos ? "" : email.substr(at + 1);
  if (email.size() <= 254 && !name.empty() && name.size() <= 64 && std::ranges::all_of(name, fits) &&
      std::ranges::all_of(domain, fits) && domain.find('.') != domain.npos && !domain.starts_with('.') &&
      !domain.ends_with('.') && domain.find("..") == domain.npos)
    return {};
  return fmt::format("is \"{}\"; it must be an address such as \"ana@example.org\"", text::one_line(email, 80));
}

std::string check_ref(std::string_view ref) {
  if (!ref.empty() && !ref.starts_with('+') && ref.find('@') == ref.npos) return {};
  return fmt::format("is \"{}\"; it must be a key of your own, not empty, without + in front and without @",
                     text::one_line(ref, 80));
}

std::string check_link(const std::string& url) {
  if (url.empty() || !http::host_of(url).empty()) return {};
  return fmt::format("is \"{}\"; it must be an absolute URL such as https://example.org/win", text::one_line(url, 120));
}

std::string check_upper_word(std::string_view word) {
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; };
  if (!word.empty() && word.size() <= 40 && std::ranges::all_of(word, fits)) return {};
  return fmt::format("is \"{}\"; it must be a word such as \"FACEBOOK\" or \"COMMENT\"", text::one_line(word, 80));
}

std::string check_object_id(std::string_view id) {
  const auto fits = [](char c) { return text::is_letter(c) || is_digit(c) || c == '_'; };
  if (id.size() <= 128 && std::ranges::all_of(id, fits)) return {};
  return fmt::format("is \"{}\"; it must be the platform's id of the post, such as \"17890012345678901\", not its URL",
                     text::one_line(id, 120));
}

std::optional<Time> parse_instant(std::string_view text) {
  if (text.size() < 20 || text[10] != 'T' || text[16] != ':') return std::nullopt;
  const auto days = zone::days_between("1970-01-01", text.substr(0, 10));
  const auto minutes = zone::clock_minutes(text.substr(11, 5));
  const auto fraction = fraction_of(text.substr(19));
  if (!days || !minutes || !fraction || !is_digit(text[17]) || !is_digit(text[18]) || text[17] > '5')
    return std::nullopt;
  const std::int64_t seconds = (*days * 1440 + *minutes) * 60 + std::int64_t{text[17] - '0'} * 10 + (text[18] - '0');
  return from_ms(seconds * 1000 + *fraction);
}

} // namespace milkrun::cli
