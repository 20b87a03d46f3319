// Numbers are only rewritten, never guessed: no country code is added or taken away.
#include "providers/whatsapp/number.hpp"

#include "base/text.hpp"

namespace milkrun::whatsapp {

std::string in_format(NumberFormat format, std::string_view e164) {
  std::string digits(e164.substr(1));
  switch (format) {
  case NumberFormat::plus: return "+" + digits;
  case NumberFormat::chat_id: return digits + "@c.us";
  case NumberFormat::whatsapp: return "whatsapp:+" + digits;
  case NumberFormat::digits: break;
  }
  return digits;
}

std::string to_e164(std::string_view number) {
  constexpr std::string_view scheme = "whatsapp:";
  if (number.starts_with(scheme)) number.remove_prefix(scheme.size());
  for (const std::string_view host : {"@c.us", "@s.whatsapp.net"}) {
    if (number.ends_with(host)) number.remove_suffix(host.size());
  }
  if (number.starts_with('+')) number.remove_prefix(1);
  const std::string out = "+" + std::string(number);
  return text::is_e164(out) ? out : "";
}

bool same_person(std::string_view e164, std::string_view other) {
  constexpr std::size_t kept = 7;
  return e164.size() > kept && other.size() > kept &&
         e164.substr(e164.size() - kept) == other.substr(other.size() - kept);
}

} // namespace milkrun::whatsapp
