// URLs by libcurl's own parser (curl_url), so that the host that is judged is the host that is called.
// International names become ASCII (IDNA 2008, non-transitional) before anything looks at them.
#include "http/parsed_url.hpp"

#include "base/text.hpp"
#include "http/client.hpp"

#include <curl/curl.h>
#include <idn2.h>

#include <algorithm>
#include <memory>

namespace milkrun::http {
namespace {

using Handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Handle handle() { return {curl_url(), &curl_url_cleanup}; }

std::optional<std::string> part(CURLU* url, CURLUPart what, unsigned flags = 0) {
  char* raw = nullptr;
  if (curl_url_get(url, what, &raw, flags) != CURLUE_OK) return std::nullopt;
  std::string out(raw);
  curl_free(raw);
  return out;
}

bool set(CURLU* url, CURLUPart what, std::string_view value, unsigned flags = 0) {
  if (value.find('\0') != std::string_view::npos) return false;
  return curl_url_set(url, what, std::string(value).c_str(), flags) == CURLUE_OK;
}

std::optional<std::string> to_ascii(const std::string& host) {
  char* raw = nullptr;
  if (idn2_to_ascii_8z(host.c_str(), &raw, IDN2_NONTRANSITIONAL) != IDN2_OK) return std::nullopt;
  std::string out(raw);
  idn2_free(raw);
  return out;
}

bool is_http(std::string_view scheme) { return scheme == "http" || scheme == "https"; }
bool is_mail(std::string_view scheme) { return scheme == "smtp" || scheme == "smtps"; }

// Of mail it is the port of submission: libcurl's own, 25, is for servers among themselves.
int default_port_of(std::string_view scheme) {
  if (is_mail(scheme)) return scheme == "smtps" ? 465 : 587;
  return scheme == "https" ? 443 : 80;
}

bool set_host(CURLU* url, const std::string& host) {
  if (!set(url, CURLUPART_HOST, host)) return false;
  return curl_url_set(url, CURLUPART_FRAGMENT, nullptr, 0) == CURLUE_OK;
}

// The URL with an ASCII host; nullopt when the name is not a valid international name.
std::optional<std::string> ascii_url(CURLU* url, const std::string& host) {
  const auto ascii = to_ascii(host);
  if (!ascii || !set_host(url, *ascii)) return std::nullopt;
  return part(url, CURLUPART_URL);
}

bool apply(CURLU* base, std::string_view reference) {
  if (reference.empty()) return true;
  // libcurl 7.88 would drop the last path segment for a mere fragment.
  if (reference.front() == '#') return set(base, CURLUPART_FRAGMENT, reference.substr(1), CURLU_URLENCODE);
  return set(base, CURLUPART_URL, reference, CURLU_URLENCODE | CURLU_ALLOW_SPACE);
}

bool has_user_info(CURLU* url) {
  return part(url, CURLUPART_USER) || part(url, CURLUPART_PASSWORD) || part(url, CURLUPART_ZONEID);
}

std::optional<ParsedUrl> parse(std::string_view url, bool (*known)(std::string_view scheme)) {
  const Handle parser = handle();
  if (!set(parser.get(), CURLUPART_URL, url, CURLU_DISALLOW_USER | CURLU_URLENCODE)) return std::nullopt;
  const auto scheme = part(parser.get(), CURLUPART_SCHEME);
  const auto host = part(parser.get(), CURLUPART_HOST);
  if (!scheme || !known(*scheme) || !host || host->empty() || has_user_info(parser.get())) return std::nullopt;
  // A path would be taken for what we call ourselves.
  if (is_mail(*scheme) &&
      (part(parser.get(), CURLUPART_PATH).value_or("/") != "/" || part(parser.get(), CURLUPART_QUERY)))
    return std::nullopt;
  if (std::ranges::any_of(*host, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    // Parsed again as ASCII: digits of other scripts may have become a numeric address.
    const auto ascii = ascii_url(parser.get(), *host);
    const bool converted =
        ascii && std::ranges::none_of(*ascii, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    return converted ? parse(*ascii, known) : std::nullopt;
  }
  ParsedUrl out;
  out.host = text::lower(*host);
  if (!set_host(parser.get(), out.host)) return std::nullopt;
  const int default_port = default_port_of(*scheme);
  const auto port = text::to_int(part(parser.get(), CURLUPART_PORT).value_or(std::to_string(default_port)));
  const auto whole = part(parser.get(), CURLUPART_URL);
  if (!port || *port < 1 || *port > 65535 || !whole) return std::nullopt;
  out.url = *whole;
  out.port = static_cast<int>(*port);
  out.tls = *scheme == "https" || is_mail(*scheme); // a mail server that offers none gets nothing
  out.mail = is_mail(*scheme);
  out.default_port = out.port == default_port;
  return out;
}

std::string written(const std::optional<ParsedUrl>& parsed) {
  if (!parsed) return "";
  return parsed->default_port ? parsed->host : parsed->host + ":" + std::to_string(parsed->port);
}

} // namespace

std::optional<ParsedUrl> parse_url(std::string_view url) { return parse(url, is_http); }

std::optional<ParsedUrl> parse_mail_url(std::string_view url) { return parse(url, is_mail); }

std::string host_of(std::string_view url) { return written(parse_url(url)); }

std::string server_of(std::string_view url) {
  const auto mail = parse_mail_url(url);
  return written(mail ? mail : parse_url(url));
}

std::string resolve_url(std::string_view base, std::string_view reference) {
  const Handle parser = handle();
  if (!set(parser.get(), CURLUPART_URL, base, CURLU_URLENCODE)) return "";
  if (!apply(parser.get(), text::trim(reference))) return "";
  std::string url = part(parser.get(), CURLUPART_URL).value_or("");
  return parse_url(url) ? url : ""; // a host may have come with the reference that is none
}

std::string join_url(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  return std::string(base) + "/" + std::string(path);
}

} // namespace milkrun::http
