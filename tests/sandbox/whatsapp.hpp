// Inside of the played WhatsApp senders: one outbox of what was accepted, six ways to hand it in.
#pragma once

#include "account.hpp"
#include "world.hpp"

#include <optional>

namespace milkrun::sandbox {

// A message as some sender understood it.
struct Message {
  std::string to; // as sent
  std::string text;
  Json shape = nullptr; // the whole template, where there is one
  std::string sender;   // phone number id, instance, session or From
  std::string key;      // the client's own key for it, "" where the protocol has no place for one
};

struct Send {
  World& world;
  const Ask& ask;
  const std::string& who;
  Json& account;
  bool own_place; // the address is this account's, not only the credential
};

// whatsapp_place.cpp. The kind of the sender behind an address (cloud, waapi, bearer, gateway, generic, twilio), "" for
// none; and the account whose credential it is, at this very address if possible, or "nobody".
std::string whatsapp_kind(const World& world, const Ask& ask);
std::string whatsapp_account(const World& world, const std::string& kind, const Ask& ask);
bool at_own_place(const Json& account, const Ask& ask);

// Puts the message into the world's outbox; the answer is its number, which begins at 1.
int accept_message(const Send& send, const Message& message);
// The recipient as digits without a leading 00 or what is behind an @; ids that are no number stay as they are.
std::string recipient(const std::string& sent);
// A hex text of 16 * `parts` characters that is the message's own.
std::string message_id(const Send& send, int n, int parts);
// The account's "answer" {"status","body","type"} with what is missing filled in.
Answer settled_answer(const Json& answer, int status, const Json& body);
// A JSON member that is text, or "".
std::string text_member(const Json& body, const char* name);

// whatsapp_cloud.cpp, whatsapp_web.cpp, whatsapp_generic.cpp, whatsapp_twilio.cpp
Answer send_cloud(const Send& send);
Answer send_waapi(const Send& send);
Answer send_gateway(const Send& send);
Answer send_bearer(const Send& send);
Answer send_generic(const Send& send);
Answer send_twilio(const Send& send);
// What each kind says to a credential that is nobody's.
Answer unknown_credential(const std::string& kind);

} // namespace milkrun::sandbox
