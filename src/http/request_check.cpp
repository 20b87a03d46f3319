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

// Alone between angle brackets; who composed it has looked closer.
bool is_mailbox(std::string_view s) {
  return s.size() <= 254 && s.contains('@') &&
         std::ranges::all_of(s, [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '<' && c != '>'; });
}

bool is_domain(std::string_view s) {
  return !s.empty() && s.size() <= 253 && std::ranges::all_of(s, [](char c) {
    return text::is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

// A line end that is not CRLF: servers differ in whether a mail ends there.
bool has_bare_line_end(std::string_view s) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '\n' && (i == 0 || s[i - 1] != '\r')) return true;
    if (s[i] == '\r' && (i + 1 == s.size() || s[i + 1] != '\n')) return true;
  }
  return false;
}

Expected<void> check_mail(const Request& request, const Envelope& envelope) {
  const auto bad = [](std::string_view what) {
    return fail(Fault::permanent, "network.bad_request", "mail: " + std::string(what));
  };
  const std::string server = server_of(request.url);
  if (server.empty() || !host_of(request.url).empty())
    return fail(Fault::permanent, "network.bad_url", "not an smtp(s) URL");
  if (request.method != "POST" || request.effect != Effect::once) return bad("is a POST that happens once");
  if (!request.headers.empty() || !request.secret_headers.empty()) return bad("has its headers in its body");
  if (!is_mailbox(envelope.from) || !is_mailbox(envelope.to)) return bad("envelope is not made of addresses");
  if (!is_domain(envelope.hello)) return bad("hello is not a domain");
  if (!is_value(envelope.user) || !is_value(envelope.secret.reveal()))
    return bad("control character in user or secret");
  if (!request.body.ends_with("\r\n") || has_bare_line_end(request.body)) return bad("a line does not end with CRLF");
  if (envelope.host != server)
    return fail(Fault::permanent, "network.credential_for_another_host",
                text::one_line(envelope.host, 80) + ", not " + text::one_line(server, 80));
  return {};
}

} // namespace

Expected<void> check_request(const Request& request) {
  if (request.envelope) return check_mail(request, *request.envelope);
  const std::string host = host_of(request.url);
  if (host.empty() && !server_of(request.url).empty())
    return fail(Fault::permanent, "network.bad_url", "a mail without an envelope");
  if (!is_token(request.method))
    return fail(Fault::permanent, "network.bad_method", text::one_line(request.method, 40));
  if (!request.body.empty() && (request.method == "GET" || request.method == "HEAD")) {
    return fail(Fault::permanent, "network.bad_request", "a body on " + request.method);
  }
  // Where tenants share connections no body may hold what a server that overlooks its length takes for a request.
  if (request.shared_host && request.body.find_first_of("\r\n") != std::string::npos)
    return fail(Fault::permanent, "network.bad_request", "a line break in a body, on a connection that tenants share");
  for (const Header& h : request.headers) TRY(check_header(h.name, h.value, false));
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
