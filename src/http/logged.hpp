// One line per call for the log: who called what, how it ended, how long it took.
#pragma once

#include "http/client.hpp"

#include <functional>
#include <string>

namespace milkrun::http {

// Hands every call on and gives the sink one line of key=value pairs:
//   method=POST url=https://h/path tenant=asha service=wordpress status=201 bytes=532 ms=81
// or, for an error, fault and reason in place of status and bytes. Never a query, a header or a body.
// As thread-safe as the sink.
class Logged final : public Client {
public:
  using Sink = std::function<void(std::string line)>;
  Logged(Client& inner, Sink sink) : inner_(inner), sink_(std::move(sink)) {}
  Expected<Response> send(const Request& request) override;

private:
  Client& inner_;
  Sink sink_;
};

} // namespace milkrun::http
