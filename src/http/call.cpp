// Redirects are followed by hand: each is an exchange of its own and passes the guard like the first.
#include "http/call.hpp"

#include "base/text.hpp"
#include "http/parsed_url.hpp"

#include <algorithm>
#include <utility>

namespace milkrun::http {
namespace {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool follows(const Request& request) {
  return request.max_redirects > 0 && request.method == "GET" && request.effect != Effect::once;
}

} // namespace

Call::Call(Mailbox::Posted posted)
    : ticket(posted.ticket), request(std::move(posted.request)), end_by(posted.at + request.timeout), url(request.url) {
  if (request.end_by) end_by = std::min(end_by, *request.end_by);
}

Expected<std::string> Call::next_hop(const Response& response) const {
  if (!follows(request) || !is_redirect(response.status) || response.header("location").empty()) return std::string();
  if (hops.size() >= static_cast<std::size_t>(request.max_redirects)) {
    return fail(Fault::outage, "network.too_many_redirects", text::one_line(host_of(response.url), 100));
  }
  const auto next = parse_url(resolve_url(response.url, response.header("location")));
  if (!next) return fail(Fault::outage, "network.bad_redirect", text::one_line(response.header("location"), 100));
  if (destination.tls && !next->tls)
    return fail(Fault::outage, "network.redirect_to_plain_http", text::one_line(next->host, 100));
  return next->url;
}

void Call::follow(Response& response, std::string next) {
  if (hops.empty()) first_tls = destination.tls;
  with_secrets = with_secrets && host_of(next) == host_of(request.url) && next.starts_with("https:") == first_tls;
  hops.push_back({.status = response.status, .from = std::move(response.url), .to = next});
  url = std::move(next);
}

} // namespace milkrun::http
