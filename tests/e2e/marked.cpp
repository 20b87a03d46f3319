// Knows the ways a secret may hide in bytes. It shares no code with the product: a mistake there must not blind it.
#include "e2e/marked.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

namespace milkrun::e2e {
namespace {

std::string base64(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) out += alphabet[bits >> (count - 6) & 63];
  }
  return out; // the last unfinished character depends on what follows: left out
}

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

std::string escaped(std::string_view text, const char* shape, bool all) {
  std::string out;
  for (const char c : text)
    if (!all && (letters.find(c) != letters.npos || c == '-'))
      out += c;
    else
      out += fmt::format(fmt::runtime(shape), static_cast<unsigned char>(c));
  return out;
}

std::string without_blanks(std::string text) {
  std::erase(text, ' ');
  return text;
}

// Base64 of `secret` somewhere inside longer bytes: one form for each offset from a group's start.
void add_base64(std::vector<std::string>& out, const std::string& secret) {
  for (const char* tail : {"+/", "-_"})
    for (const std::size_t offset : {0U, 1U, 2U}) {
      const std::string whole = base64(std::string(offset, 'x') + secret, std::string(letters) + tail);
      out.push_back(whole.substr(offset == 0 ? 0 : offset + 1)); // those hold bits of what stands before
    }
}

std::vector<std::string> disguises(const std::string& secret) {
  std::vector<std::string> out;
  for (const std::string& plain : {secret, without_blanks(secret)}) {
    out.insert(out.end(), {plain, escaped(plain, "%{:02X}", false), escaped(plain, "{:02x}", true),
                           escaped(plain, "{:02X}", true)});
    for (const char* shape :
         {"%{:02x}", "%{:02X}", "&#{};", "&#x{:x};", "&#x{:X};", "\\u00{:02x}", "\\u00{:02X}", "\\x{:02x}"})
      out.push_back(escaped(plain, shape, true));
    out.push_back(plain.substr(0, 8)); // what a cut leaves
    std::string plus = plain;
    std::ranges::replace(plus, ' ', '+');
    out.push_back(plus);
    add_base64(out, plain);
  }
  return out;
}

} // namespace

std::string secret(std::string_view name) { return fmt::format("canary-{}-0123456789abcdef0123456789", name); }

std::string app_password(std::string_view name) { return fmt::format("canary {} aaaa bbbb cccc dddd", name); }

std::string secrets_in(std::string_view text, const std::vector<std::string>& secrets) {
  std::string found;
  for (const std::string& one : secrets)
    for (const std::string& form : disguises(one))
      if (text.find(form) != text.npos) {
        found += form + '\n';
        break;
      }
  return found;
}

std::string basic(std::string_view name) {
  const std::string pair = fmt::format("{}:{}", name, without_blanks(app_password(name)));
  std::string padded = base64(pair + std::string((3 - pair.size() % 3) % 3, '\0'), std::string(letters) + "+/");
  for (std::size_t i = 0; i < (3 - pair.size() % 3) % 3; ++i) padded[padded.size() - 1 - i] = '=';
  return "Basic " + padded;
}

} // namespace milkrun::e2e
