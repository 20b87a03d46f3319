// Header injection and misplaced secrets end here: libcurl passes CR, LF and foreign headers through as they are.
#include "http/request_check.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace milkrun::http {
namespace {

// The client writes these itself, or they would change where a request ends.
constexpr std::array<std::string_view, 10> ours{
    "host", "content-length", "transfer-encoding", "connection",      "expect", "keep-alive",
    "te",   "trailer",        "upgrade",           "proxy-connection"};
// These are secrets: as plain headers they would follow a redirect.
constexpr std::array<std::string_view, 3> secrets{"authorization", "cookie", "proxy-authorization"};

bool is_token(std::string_view s) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !s.empty() && std::ranges::all_of(s, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || marks.contains(c);
  });
}

bool is_value(std::string_view s) {
  return std::ranges::none_of(s,
                              [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

Expected<void> check_header(std::string_view name, std::string_view value, bool secret) {
  const std::string lower = text::lower(name);
  const auto bad = [&](std::string_view why) {
    return fail(Fault::permanent, "network.bad_header", text::one_line(name, 60) + ": " + std::string(why));
  };
  if (!is_token(name)) return bad("not a header name");
  if (!is_value(value)) return bad("control character in its value");
  if (std::ranges::find(ours, lower) != ours.end()) return bad("written by the client itself");
  if (!secret && std::ranges::find(secrets, lower) != secrets.end()) return bad("must be a secret header");
  return {};
}

} // namespace

Expected<void> check_request(const Request& request) {
  if (!is_token(request.method))
    return fail(Fault::permanent, "network.bad_method", text::one_line(request.method, 40));
  if (!request.body.empty() && (request.method == "GET" || request.method == "HEAD")) {
    return fail(Fault::permanent, "network.bad_request", "a body on " + request.method);
  }
  for (const Header& h : request.headers) TRY(check_header(h.name, h.value, false));
  if (request.secret_headers.empty()) return {};
  const std::string host = host_of(request.url);
  for (const SecretHeader& h : request.secret_headers) {
    TRY(check_header(h.name, h.value.reveal(), true));
    if (host.empty() || h.host != host) {
      return fail(Fault::permanent, "network.credential_for_another_host",
                  text::one_line(h.host, 80) + ", not " + text::one_line(host, 80));
    }
  }
  return {};
}

} // namespace milkrun::http
