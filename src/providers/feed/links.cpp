// References resolved by the http room's parser (the one the transfer uses), and the key of a link.
#include "providers/feed/links.hpp"

#include "base/text.hpp"
#include "http/client.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace milkrun::feed {

namespace {

constexpr std::size_t longest_url = 2'048;
constexpr std::array<std::string_view, 4> ampersands{"&amp;", "&#038;", "&#38;", "&#x26;"};

bool is_tracking(std::string_view parameter) {
  const std::string name = text::lower(parameter.substr(0, parameter.find('=')));
  return name.starts_with("utm_") || name == "fbclid" || name == "xtor";
}

std::string without_tracking(std::string_view query) {
  std::string out;
  for (std::string_view parameter : text::split(query, '&')) {
    if (parameter.empty() || is_tracking(parameter)) continue;
    out.append(out.empty() ? "?" : "&").append(parameter);
  }
  return out;
}

// "%c3%a4" and "%C3%A4" are the same letter.
std::string one_spelling(std::string s) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); };
  for (std::size_t i = 0; i + 2 < s.size(); ++i)
    if (s[i] == '%' && digit(s[i + 1]) && digit(s[i + 2]))
      for (char* c : {&s[i + 1], &s[i + 2]})
        if (*c >= 'a') *c = static_cast<char>(*c - 32);
  return s;
}

bool is_ascii(std::string_view s) {
  return std::ranges::all_of(s, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

} // namespace

bool is_web_address(std::string_view text) {
  return text::iequals(text.substr(0, 7), "http://") || text::iequals(text.substr(0, 8), "https://");
}

bool is_escaped(std::string_view reference) {
  return reference.find('&') != reference.npos && std::ranges::any_of(ampersands, [&](std::string_view escaped) {
           return reference.find(escaped) != reference.npos;
         });
}

std::string absolute(std::string_view base, std::string_view reference) {
  std::string clean(text::trim(reference));
  std::erase_if(clean, [](char c) { return c == '\n' || c == '\r' || c == '\t'; });
  if (clean.empty() || clean.size() > longest_url) return {};
  if (is_escaped(clean))
    for (std::string_view escaped : ampersands) clean = text::replace_all(std::move(clean), escaped, "&");
  if (is_web_address(clean)) base = clean;
  if (base.empty()) return {};
  std::string url = http::resolve_url(base, clean);
  return is_web_address(url) && url.size() <= longest_url ? url : std::string{};
}

std::string link_key(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const std::string scheme = text::lower(url.substr(0, scheme_end));
  std::string_view rest = url.substr(scheme_end + 3);
  const std::size_t host_end = std::min(rest.find_first_of("/?"), rest.size());
  std::string host = text::lower(rest.substr(0, host_end));
  if (!is_ascii(host)) // an international name as the DNS has it: feeds write both
    if (std::string known = http::host_of(url); !known.empty()) host = std::move(known);
  const std::string_view default_port = scheme == "https" ? ":443" : ":80";
  if (host.ends_with(default_port)) host.erase(host.size() - default_port.size());
  rest.remove_prefix(host_end);
  const std::size_t query = std::min(rest.find('?'), rest.size());
  const std::string_view path = query == 0 ? "/" : rest.substr(0, query);
  const std::string_view parameters = query < rest.size() ? rest.substr(query + 1) : std::string_view{};
  return scheme + "://" + host + one_spelling(std::string(path) + without_tracking(parameters));
}

std::string place_key(std::string_view url) {
  const std::size_t hash = url.find('#');
  const std::string_view fragment = hash == std::string_view::npos ? std::string_view{} : url.substr(hash);
  const bool tracks = is_tracking(fragment.substr(std::min<std::size_t>(1, fragment.size()))) || fragment.size() == 1;
  return link_key(url) + std::string(tracks ? std::string_view{} : fragment);
}

} // namespace milkrun::feed
