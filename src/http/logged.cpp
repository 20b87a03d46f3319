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
  return server_of(url).empty() ? "(bad url)" : text::one_line(url, 300);
}

std::string beginning_of(const Request& request) {
  return fmt::format("method={} url={} tenant={} service={}", text::one_line(request.method, 20),
                     shown_url(request.url), text::one_line(request.caller.tenant, 80),
                     text::one_line(request.caller.service, 40));
}

std::string line_of(std::string_view beginning, const Expected<Response>& answer,
                    std::chrono::steady_clock::time_point begun) {
  const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
  return fmt::format("{} {} ms={}", beginning, ending_of(answer), took.count());
}

} // namespace

Expected<Response> Logged::send(const Request& request) {
  const auto begun = std::chrono::steady_clock::now();
  auto answer = inner_.send(request);
  sink_(line_of(beginning_of(request), answer, begun));
  return answer;
}

void LoggedNet::submit(std::uint64_t ticket, Request request) {
  {
    const std::lock_guard hold(lock_);
    open_.insert_or_assign(ticket, Begun{beginning_of(request), std::chrono::steady_clock::now()});
  }
  inner_.submit(ticket, std::move(request));
}

std::vector<Net::Answer> LoggedNet::collect() {
  auto answers = inner_.collect();
  for (const Answer& answer : answers) {
    std::unique_lock hold(lock_);
    const auto begun = open_.extract(answer.ticket);
    hold.unlock();
    if (begun) sink_(line_of(begun.mapped().what, answer.response, begun.mapped().at));
  }
  return answers;
}

} // namespace milkrun::http
