// Error messages of services quote keys ("Incorrect API key provided: sk-..."): none may reach a log.
#include "providers/ai/errors.hpp"

#include "base/mask.hpp"
#include "base/text.hpp"

namespace milkrun::ai {
namespace {

bool is_key_char(char c) {
  constexpr std::string_view extra = "-_.*+/=~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || extra.find(c) != extra.npos;
}

// Length of what introduces a key at the start of `s`, or 0.
std::size_t prefix_at(std::string_view s) {
  for (const std::string_view prefix : {"bearer ", "sk-", "hf_", "aiza"}) {
    if (text::iequals(s.substr(0, prefix.size()), prefix)) return prefix.size();
  }
  return 0;
}

} // namespace

std::string redact(std::string_view text, const Secret& secret) {
  // A cut may leave half of a key: hidden first.
  const std::string source = text::clip(hide(std::string(text), {secret}), 4096);
  std::string out;
  for (std::size_t i = 0; i < source.size();) {
    const std::string_view rest = std::string_view(source).substr(i);
    const bool starts_word = i == 0 || !is_key_char(source[i - 1]) || source[i - 1] == '=' || source[i - 1] == '/';
    const std::size_t prefix = starts_word ? prefix_at(rest) : 0;
    std::size_t end = prefix;
    while (prefix > 0 && end < rest.size() && is_key_char(rest[end])) ++end;
    if (end > prefix) {
      out += "***";
      i += end;
    } else {
      out += source[i++];
    }
  }
  return text::one_line(out, 512);
}

} // namespace milkrun::ai
