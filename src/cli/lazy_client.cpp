// Makes the real client once, by the first sender; the others wait for it.
#include "cli/lazy_client.hpp"

namespace milkrun::cli {

Expected<http::Response> LazyClient::send(const http::Request& request) {
  {
    std::lock_guard hold(lock_);
    if (aborted_ && !network_.client) return fail(Fault::aborted, "run.stopped");
    if (!network_.client) network_ = connect_();
  }
  return network_.client->send(request);
}

void LazyClient::abort() {
  std::lock_guard hold(lock_);
  aborted_ = true;
  if (network_.abort) network_.abort();
}

} // namespace milkrun::cli
