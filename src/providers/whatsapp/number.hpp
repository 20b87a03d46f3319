// The forms in which services want a telephone number.
#pragma once

#include <string>
#include <string_view>

namespace milkrun::whatsapp {

enum class NumberFormat {
  digits,   // 491701234567
  plus,     // +491701234567
  chat_id,  // 491701234567@c.us
  whatsapp, // whatsapp:+491701234567
};

// Of an E.164 number.
std::string in_format(NumberFormat format, std::string_view e164);
// Back to E.164 from any of these forms; "" when it is none (a group, a linked id, a business-scoped id).
std::string to_e164(std::string_view number);

// Whether two E.164 numbers can be one person's: services rewrite what stands before the last seven digits (Mexico,
// Brazil, Argentina), never these.
bool same_person(std::string_view e164, std::string_view other);

} // namespace milkrun::whatsapp
