// One call on its way: the request, where it stands, and the redirects it followed so far.
#pragma once

#include "http/curl_transfer.hpp"
#include "http/mailbox.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace milkrun::http {

struct Call {
  explicit Call(Mailbox::Posted posted);

  // The limits of the exchange that begins now.
  void begin(Instant now) { connect_by = std::min(now + request.connect_timeout, end_by); }
  // Where an answer sends us: "" = nowhere, it is the call's answer.
  Expected<std::string> next_hop(const Response& response) const;
  // Goes on to `next`, which next_hop() gave. Once another host or scheme was on the way, the secrets stay at home.
  void follow(Response& response, std::string next);

  std::uint64_t ticket;
  Request request;
  Instant end_by, connect_by{};
  std::string url; // of this exchange
  std::vector<Hop> hops = {};
  bool with_secrets = true, first_tls = false;
  Destination destination = {};
  std::unique_ptr<Transfer> transfer = {}; // while it is open
  bool mailed = false;                     // handed to the pool of mails, request and all
};

} // namespace milkrun::http
