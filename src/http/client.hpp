// The network seam: one blocking call, one answer.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::http {

// What it would mean to send the request twice.
enum class Effect {
  read,       // changes nothing
  repeatable, // may cost, but twice does no harm (AI call, idempotent callback)
  once,       // must not happen twice: a lost answer makes the item uncertain
};

struct Header {
  std::string name, value;
};

// A header whose value is a secret, usable for one host only ("example.org", "127.0.0.1:8080"): the client
// refuses to send it anywhere else, whatever the URL says.
struct SecretHeader {
  std::string name;
  Secret value;
  std::string host; // as host_of() writes it
};

// On whose behalf a call is made: operator exceptions of the address guard are given per tenant and service.
struct Caller {
  std::string tenant = "operator"; // the tenant's slug; "operator" for platform and portal work
  std::string service;             // "feed", "wordpress", "ai", "portal"
};

// Makes a request a mail: the URL is smtp://host:port (STARTTLS, always) or smtps://host:port (TLS from the start), the
// body the whole mail with CRLF line ends, the method POST. The answer's status is the server's last reply code, its
// body that reply's text, and a header "smtp-phase" says what the reply was to: "connect", "sign-in", "sender",
// "recipient" or "message". A refusal is an answer like any other. Bytes have left, as `once` counts them, with the
// mail's last line.
struct Envelope {
  enum class Auth { plain, login, xoauth2 };
  std::string from, to; // addresses alone, in ASCII
  std::string hello;    // what we call ourselves: a domain
  std::string user;
  Secret secret; // password, or access token
  Auth auth = Auth::plain;
  std::string host; // the secret's only host, as host_of() writes it
};

struct Request {
  std::string method = "GET";
  std::string url; // http or https, no user info; http only where the operator allows it
  std::vector<Header> headers = {};
  std::vector<SecretHeader> secret_headers = {};
  std::string body = {};
  Effect effect = Effect::read;
  Caller caller = {};
  Millis timeout{30'000}; // whole exchange, from send()
  // Ends the exchange too, when given: a process that was stopped in between must not send late.
  std::optional<std::chrono::steady_clock::time_point> end_by = {};
  Millis connect_timeout{10'000};                      // DNS, TCP and TLS
  std::size_t max_body = std::size_t{4} * 1024 * 1024; // bytes after decompression
  bool may_be_cut = false; // what is longer than max_body is left out, and the rest is an answer
  int max_redirects = 0;   // followed only for GET; each hop passes the guard, secrets go to their host only
  // The host is a vendor's, whose answers no tenant has a hand in: tenants share its connections. Else each has its
  // own.
  bool shared_host = false;
  bool stall_guard = false; // end a download slower than 100 B/s for 30 s (not for thinking AI endpoints)
  std::optional<Envelope> envelope = {};
};

struct Hop {
  int status; // 301, 302, 303, 307, 308
  std::string from, to;
};

struct Response {
  int status = 0;
  std::vector<Header> headers = {};      // names as sent; find them with header()
  std::string body = {};                 // decompressed, at most Request::max_body
  std::string url = {};                  // the effective URL, after redirects
  std::vector<Hop> hops = {};            // redirects that were followed, in order
  std::shared_ptr<const void> room = {}; // counts the body's memory while anybody has the answer

  // First value of a header, name compared without case; "" when absent.
  std::string_view header(std::string_view name) const;
};

// What an answer's Retry-After asks for: seconds, or a date, compared with the Date of the same answer, so that neither
// clock has to be right. At most a day; nullopt: nothing that can be read.
std::optional<Millis> retry_after(const Response& response);

// Sends one request and waits for its answer. An answer of any status is a value. An Error means there was no
// usable answer; its fault:
//   outage     nothing was sent (no name, no connection, certificate refused), or the call is read/repeatable and
//              its answer was lost, too large, or led to too many redirects or to a place that is not allowed
//   uncertain  the call is `once`, bytes left this machine, and no complete answer came (http_status is kept
//              when a status line was seen)
//   setting    refused before sending: bad URL, blocked address, port or scheme
//   permanent  refused before sending: header injection, secret for another host
//   aborted    the client was told to stop, and the call was not sent or is read/repeatable
class Client {
public:
  virtual ~Client() = default;
  virtual Expected<Response> send(const Request&) = 0;

  // For long lists: the answer is read once, however often the work is played again, and what `read` made of it is
  // kept in place of its body. `read` must depend on the answer alone.
  template <class T, class Read>
  Expected<std::shared_ptr<const T>> send_and_read(const Request& request, const Read& read) {
    Expected<Kept> kept =
        send_and_keep(request, [&](const Response& r) -> Kept { return std::make_shared<const T>(read(r)); });
    if (!kept) return std::unexpected(std::move(kept).error());
    return std::static_pointer_cast<const T>(*std::move(kept));
  }

protected:
  using Kept = std::shared_ptr<const void>;
  using Read = std::function<Kept(const Response&)>;
  virtual Expected<Kept> send_and_keep(const Request& request, const Read& read) {
    Expected<Response> answer = send(request);
    if (!answer) return std::unexpected(std::move(answer).error());
    return read(*answer);
  }
};

// "host" or "host:port" (port only when it is not the scheme's default), lower case; "" when the URL is not
// an absolute http(s) URL without user info. Same parser as the transfer uses (libcurl's).
std::string host_of(std::string_view url);
// The same, also of smtp(s) URLs: the host that a credential is bound to.
std::string server_of(std::string_view url);
// Resolves a reference against an absolute base (RFC 3986). "" when the result is not http(s).
std::string resolve_url(std::string_view base, std::string_view reference);
// Joins a base ("https://h/blog/") and a path ("/wp-json/x"): exactly one slash between them.
std::string join_url(std::string_view base, std::string_view path);

} // namespace milkrun::http
