// Putting a message into the outbox, in the transaction that causes it.
#pragma once

#include "job/stage.hpp"

#include <string>
#include <vector>

namespace milkrun::outreach {

struct NewMessage {
  std::string origin; // "completion:ID": its one cause
  TenantId tenant;
  std::string contact;       // id
  std::string campaign = {}; // id; "" = none
  std::string channel = "whatsapp";
  std::string text; // frozen: what is planned is what is sent
  std::string template_name = {}, template_language = {};
  std::vector<std::string> template_values = {};
  Time expires_at;
  std::string cannot = {}; // not "": it could not be composed; stored as failed, with this reason
};

// Stores and enqueues; a second message of the same origin changes nothing.
void post(Settling& s, const NewMessage& message);

} // namespace milkrun::outreach
