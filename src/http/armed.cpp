// The durable mark before a `once` call. Promise: no mark, no byte.
#include "http/armed.hpp"

#include "http/digest.hpp"

#include <chrono>
#include <stdexcept>

namespace milkrun::http {
Expected<Response> Armed::hand_on(const Request& request) {
  ++calls_;
  auto answer = inner_.send(request);
  last_status_ = answer ? answer->status : answer.error().http_status;
  return answer;
}

Expected<Response> Armed::send(const Request& request) {
  if (once_seen_) throw std::logic_error("http: a request after the once request of this item");
  if (request.effect != Effect::once) return hand_on(request);
  once_seen_ = true;
  // The mark says when the call is over at the latest: the time it takes is the call's own.
  Request timed = request;
  timed.end_by = std::chrono::steady_clock::now() + request.timeout;
  TRY(arm_(request, digest_of(request)));
  return hand_on(timed);
}

} // namespace milkrun::http
