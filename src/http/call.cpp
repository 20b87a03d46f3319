// Redirects are followed by hand: each is an exchange of its own and passes the guard like the first. A cookie that one
// sets goes back to that very host in this very call, and is then forgotten: some hosts of feeds lead everybody in a
// circle who does not bring it.
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

constexpr std::size_t most_cookies = 20, longest_cookies = 4'096; // together

// "name=value" of a Set-Cookie; "" of one that is to be forgotten, or that no header may hold.
std::string_view cookie_in(std::string_view set) {
  const std::string_view pair = text::trim(set.substr(0, set.find(';')));
  const bool plain = std::ranges::all_of(pair, [](char c) { return c > 0x20 && c < 0x7f && c != ','; });
  return plain && pair.find('=') != pair.npos && !pair.starts_with('=') ? pair : std::string_view();
}

// The Cookie header of the next request to the same host, with what the answer sets.
std::string cookies_after(const std::vector<Header>& sent, const Response& response) {
  std::vector<std::string> all;
  for (const Header& h : sent)
    if (text::iequals(h.name, "cookie"))
      for (const std::string_view one : text::split(h.value, ';')) all.emplace_back(text::trim(one));
  for (const Header& h : response.headers) {
    if (!text::iequals(h.name, "set-cookie")) continue;
    const std::string_view cookie = cookie_in(h.value);
    if (cookie.empty()) continue;
    std::erase_if(all, [&](const std::string& one) { return one.starts_with(cookie.substr(0, cookie.find('=') + 1)); });
    if (all.size() < most_cookies) all.emplace_back(cookie);
  }
  std::string out;
  for (const std::string& one : all)
    if (out.size() + one.size() < longest_cookies) out += (out.empty() ? "" : "; ") + one;
  return out;
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
  const bool same = host_of(next) == host_of(response.url) && next.starts_with("https:") == destination.tls;
  const std::string cookies = same ? cookies_after(request.headers, response) : std::string();
  std::erase_if(request.headers, [](const Header& h) { return text::iequals(h.name, "cookie"); });
  if (!cookies.empty()) request.headers.push_back({"Cookie", cookies});
  hops.push_back({.status = response.status, .from = std::move(response.url), .to = next});
  url = std::move(next);
}

} // namespace milkrun::http
