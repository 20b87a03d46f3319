// Answers of gateways that have no error codes: only their words and a few members tell what happened.
#pragma once

#include "providers/whatsapp/verdict.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace milkrun::whatsapp {

// What a gateway's own words mean below that status; nullopt when they mean nothing to us.
std::optional<Row> row_of_words(std::string_view said, int status);
// Where gateways keep the reason of a refusal: message, msg, error, error.message, response.message, explanation,
// reason, detail, or the same in "data"; a JSON text of it when it is no text. "" when there is none.
std::string said_in(const Json& body);

// Does a member that gateways use for it say that the message was refused? success, status, ok or error, in the
// object or in its "data". A status from 400 up counts as the HTTP status of the refusal.
struct Inner {
  bool refused = false;
  int status = 0; // 0 = none was named
};
Inner inner_of(const Json& body);

// An explicit refusal below a 2xx, or another status, by its words, else by its status: only words about the recipient
// or the content end the message. `id`: what the answer calls the message; with one it may have been sent.
Answer gateway_refusal(const Exchange& exchange, int status, const std::string& said, const std::string& id);
// An id in one of the places where gateways keep it; "" when there is none.
std::string id_in(const Json& body);
// A text or a number that may be an id; "" for anything else.
std::string id_of(const Json& value);

} // namespace milkrun::whatsapp
