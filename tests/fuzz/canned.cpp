// Answers from bytes. Nothing here may fail on any of them.
#include "fuzz/fuzz.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace milkrun::fuzz {
namespace {

constexpr std::string_view parting = "\n---\n";
constexpr int most_calls = 300; // a target that asks without end would be a finding of its own

http::Response answer_of(std::string_view part) {
  http::Response out{.status = 200};
  const std::size_t line = part.find('\n');
  const auto status = line == 3 ? text::to_int(part.substr(0, 3)) : std::nullopt;
  const std::size_t blank = part.find("\n\n");
  if (!status || *status < 100 || blank == std::string_view::npos) {
    out.body = std::string(part);
    return out;
  }
  out.status = static_cast<int>(*status);
  for (const std::string_view header : text::split(part.substr(4, blank - std::min<std::size_t>(blank, 4)), '\n')) {
    const std::size_t colon = header.find(':');
    if (colon != std::string_view::npos)
      out.headers.push_back({std::string(header.substr(0, colon)), std::string(text::trim(header.substr(colon + 1)))});
  }
  out.body = std::string(part.substr(blank + 2));
  return out;
}

} // namespace

Canned::Canned(std::string_view bytes) {
  for (std::size_t end = bytes.find(parting); end != std::string_view::npos; end = bytes.find(parting)) {
    answers_.push_back(answer_of(bytes.substr(0, end)));
    bytes.remove_prefix(end + parting.size());
  }
  answers_.push_back(answer_of(bytes));
}

Expected<http::Response> Canned::send(const http::Request& request) {
  must(++next_ < most_calls, "a client that asks without end");
  http::Response answer = answers_[std::min(next_ - 1, answers_.size() - 1)];
  if (answer.body.size() > request.max_body) return fail(Fault::outage, "network.answer_too_large");
  answer.url = request.url;
  return answer;
}

} // namespace milkrun::fuzz
