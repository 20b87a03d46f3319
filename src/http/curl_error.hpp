// How a transfer ended, and what that means: the one place where libcurl's codes become words.
#pragma once

#include "base/error.hpp"
#include "http/client.hpp"

#include <string>

namespace milkrun::http {

// Why we ended a transfer ourselves.
enum class Veto {
  none,
  address,   // the address about to be used is not allowed
  resend,    // libcurl was about to send the request a second time
  deadline,  // the time was over before the first byte
  too_large, // the answer's body
  headers,   // the answer's headers: too many or too long
  no_room,   // other answers of the same tenant hold the memory
  coding,    // of the answer's body: several, one nobody asked for, or not what it says
  stopped,   // stop() or abort()
};

struct Ending {
  int code = 0; // CURLcode
  Veto veto = Veto::none;
  bool sent = false;        // at least one byte of the request left this machine
  bool connected = false;   // TCP and TLS were done
  int status = 0;           // of the final status line; 0 = none was seen
  std::string message = {}; // libcurl's, for a person
};

// The error of a transfer that gave no complete answer.
Error to_error(const Ending& ending, Effect effect, std::string_view host);

} // namespace milkrun::http
