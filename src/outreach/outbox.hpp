// Putting a message into the outbox, in the transaction that causes it.
#pragma once

#include "job/stage.hpp"

#include <string>
#include <vector>

namespace milkrun::outreach {

// What the person is owed (an invoice, an order) goes first and needs no consent; all else is marketing.
enum class Class { transactional, marketing };

struct NewMessage {
  std::string origin; // "completion:ID": its one cause
  TenantId tenant;
  std::string contact;       // id
  std::string campaign = {}; // id; "" = none
  Class kind = Class::marketing;
  std::string channel = "whatsapp";
  std::vector<std::string> fallback = {}; // channels to try, in this order, once it is certain that this one cannot
  std::string subject = {};               // of an e-mail
  std::string text;                       // frozen: what is planned is what is sent
  std::string language = {};              // that the text is written in, which may not be the contact's; "" = unknown
  std::string template_name = {}, template_language = {};
  std::vector<std::string> template_values = {};
  // What goes out while the template rests: another one, or the text where a text may go out. Neither: it waits.
  std::string second_name = {}, second_language = {};
  std::vector<std::string> second_values = {};
  bool text_instead = false;
  Time expires_at;
  Reason cannot = {}; // not empty: it could not be composed for its channel; stored as failed, with this reason
  std::vector<std::pair<std::string, Reason>> not_by = {}; // channels whose words could not be filled, and why
};

// Stores and enqueues; a second message of the same origin changes nothing. The message's id, "" when there was one.
std::string post(Settling& s, const NewMessage& message);

// A message that has failed for good on its channel goes out by the next one it names; whatever stands for it in other
// tables follows. False: it names none.
bool pass_on(Settling& s, const TenantId& tenant, const std::string& message);

} // namespace milkrun::outreach
