// The call log. What it writes is one line of cleaned text; secrets cannot reach it because it never looks
// at headers, bodies or queries.
#include "http/logged.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <chrono>

namespace milkrun::http {
namespace {

std::string ending_of(const Expected<Response>& answer) {
  if (answer) return fmt::format("status={} bytes={}", answer->status, answer->body.size());
  return fmt::format("status={} error=\"{}\"", answer.error().http_status, answer.error().reason.code());
}

// Only what a host and a path say; user info, if someone wrote it there, is a secret.
std::string shown_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  return host_of(url).empty() ? "(bad url)" : text::one_line(url, 300);
}

} // namespace

Expected<Response> Logged::send(const Request& request) {
  const auto begun = std::chrono::steady_clock::now();
  auto answer = inner_.send(request);
  const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
  sink_(fmt::format("method={} url={} tenant={} service={} {} ms={}", text::one_line(request.method, 20),
                    shown_url(request.url), text::one_line(request.caller.tenant, 80),
                    text::one_line(request.caller.service, 40), ending_of(answer), took.count()));
  return answer;
}

} // namespace milkrun::http
