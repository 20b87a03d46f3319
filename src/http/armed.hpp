// Marks an item durably just before its one effect may happen, and holds work() to the rule of one effect.
#pragma once

#include "http/client.hpp"

#include <functional>
#include <string>

namespace milkrun::http {

// Wraps the client around one item's work. Effect::once: at most one, and it comes last; a second one, or any
// request after it, is a bug and throws std::logic_error. Just before it is handed on, arm(request, digest) makes
// the durable mark; when that fails its error is returned and nothing is sent. The time arming takes counts against
// the request's timeout. digest: digest_of(request).
// For one thread.
class Armed final : public Client {
public:
  using Arm = std::function<Expected<void>(const Request&, const std::string& digest)>;
  Armed(Client& inner, Arm arm) : inner_(inner), arm_(std::move(arm)) {}

  Expected<Response> send(const Request& request) override;
  int last_status() const { return last_status_; } // of the last call; 0 = no status line was seen
  int calls() const { return calls_; }             // handed on

private:
  Expected<Response> hand_on(const Request& request);

  Client& inner_;
  Arm arm_;
  bool once_seen_ = false;
  int last_status_ = 0;
  int calls_ = 0;
};

} // namespace milkrun::http
