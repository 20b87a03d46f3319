// Mailboxes. Only what every server takes: a dot-atom before the @, a host name after it. What is not ASCII there
// becomes ASCII by IDNA; before the @ only servers with SMTPUTF8 could take it.
#include "base/text.hpp"
#include "providers/smtp/smtp.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

namespace milkrun::smtp {
namespace {

constexpr std::size_t longest_local = 64, longest_domain = 253;

bool is_atext(char c) {
  constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~";
  return text::is_letter(c) || (c >= '0' && c <= '9') || marks.contains(c);
}

bool is_ascii(std::string_view s) {
  return std::ranges::none_of(s, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool is_dot_atom(std::string_view s) {
  return !s.empty() && s.size() <= longest_local && std::ranges::all_of(text::split(s, '.'), [](std::string_view atom) {
    return !atom.empty() && std::ranges::all_of(atom, is_atext);
  });
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::ranges::all_of(label,
                             [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

// Two labels at least, the last one no number.
bool is_domain(std::string_view domain) {
  const auto labels = text::split(domain, '.');
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return domain.size() <= longest_domain && labels.size() >= 2 && std::ranges::all_of(labels, is_label) &&
         !std::ranges::all_of(labels.back(), is_digit);
}

// "" when libidn2 will not have it.
std::string converted(int (*by)(const char*, char**, int), std::string_view domain) {
  if (!text::is_utf8(domain) || domain.contains('\0')) return "";
  char* raw = nullptr;
  if (by(std::string(domain).c_str(), &raw, IDN2_NONTRANSITIONAL) != IDN2_OK) return "";
  const std::unique_ptr<char, decltype(&idn2_free)> owned(raw, [](void* p) { idn2_free(p); });
  return text::lower(owned.get());
}

std::string to_ascii(std::string_view domain) { return converted(idn2_to_ascii_8z, domain); }

} // namespace

Expected<std::string> parse_address(std::string_view address) {
  const auto refuse = [&] { return fail(Fault::permanent, "smtp.bad_address", text::one_line(address, 80)); };
  const std::size_t at = address.rfind('@');
  if (at == address.npos || address.size() > 1000) return refuse();
  const std::string_view local = address.substr(0, at);
  const std::string domain = to_ascii(address.substr(at + 1));
  if (!is_domain(domain)) return refuse();
  if (!is_ascii(local) && text::is_utf8(local))
    return fail(Fault::permanent, "smtp.needs_smtputf8", text::one_line(address, 80));
  if (!is_dot_atom(local) || local.size() + 1 + domain.size() > 254) return refuse();
  return std::string(local) + "@" + domain;
}

std::string fold_address(std::string_view address) {
  const std::string low = text::lower(address);
  const std::size_t at = low.rfind('@');
  if (at == low.npos) return low;
  // By way of ASCII: so capitals that are not ASCII, and what Unicode writes in two ways, become one too.
  const std::string wire = to_ascii(std::string_view(low).substr(at + 1));
  const std::string read = wire.empty() ? "" : converted(idn2_to_unicode_8z8z, wire);
  return read.empty() ? low : low.substr(0, at + 1) + read;
}

} // namespace milkrun::smtp
