// The real http::Client, over libcurl.
#pragma once

#include "http/client.hpp"
#include "http/guard.hpp"

#include <memory>
#include <string>

namespace milkrun::http {

struct CurlOptions {
  std::string ca_file = {}; // PEM bundle that replaces the system's; empty = the system's
  std::string user_agent = "milkrun";
  std::size_t max_connections = 1024; // kept open when idle; must exceed hosts + calls in flight
};

// Blocking for its callers, any number of threads; behind it one network thread, started by the first send(), so
// that all of them share one connection cache and one CA store. Time limits are libcurl's and the monotonic
// clock's: a process that was stopped and goes on later sends nothing that is overdue.
// Redirects (GET of Effect::read or repeatable only): 301, 302, 303, 307, 308; past max_redirects (when not 0) ->
// outage "network.too_many_redirects"; https to http -> outage "network.redirect_to_plain_http".
// Connections are shared between tenants: identity is a header of each request, nothing is bound to a connection.
class CurlClient final : public Client {
public:
  CurlClient(CurlOptions options, Guard guard);
  ~CurlClient() override;
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  Expected<Response> send(const Request& request) override;
  // Any thread: open calls end now (unsent, read and repeatable -> aborted; `once` with bytes sent -> uncertain),
  // later ones -> aborted.
  void abort();

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace milkrun::http
