// Single values of campaigns, people and claims.
#include "base/shown.hpp"
#include "base/text.hpp"
#include "cli/import/checks.hpp"
#include "http/client.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::cli {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

} // namespace

std::string check_phone(std::string_view phone) {
  if (text::is_e164(phone)) return {};
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
  return fmt::format("is \"{}\"; it must be an absolute URL such as https://example.org/win", shown::url(url));
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

} // namespace milkrun::cli
