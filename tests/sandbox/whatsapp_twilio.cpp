// Twilio's Messages resource for WhatsApp: form in, 201 and JSON out, errors with Twilio's own codes.
#include "whatsapp.hpp"
#include "words.hpp"

#include <ctime>
#include <regex>

namespace milkrun::sandbox {

namespace {

Answer twilio_error(int code, const std::string& message, int status = 400) {
  return json_answer(status, {{"code", code},
                              {"message", message},
                              {"more_info", "https://www.twilio.com/docs/errors/" + std::to_string(code)},
                              {"status", status}});
}

std::optional<Answer> bad_form(const Send& send) {
  static const std::regex address("whatsapp:\\+[1-9][0-9]{7,14}");
  const Ask& ask = send.ask;
  if (ask.param("To").empty()) return twilio_error(21604, "A 'To' phone number is required.");
  if (!std::regex_match(ask.param("To"), address)) return twilio_error(21211, "Invalid 'To' Phone Number");
  const std::string from = ask.param("From");
  if (from.empty() && ask.param("MessagingServiceSid").empty())
    return twilio_error(21603, "A 'From' phone number is required.");
  if (!from.empty() && from != setting(send.account, "from", from))
    return twilio_error(63007, "Twilio could not find a Channel with the specified From address");
  const std::string content = ask.param("ContentSid");
  if (ask.param("Body").empty() && content.empty()) return twilio_error(21602, "Message body is required.");
  const std::string variables = ask.param("ContentVariables");
  if (variables.empty()) return std::nullopt;
  if (content.empty()) return twilio_error(21654, "ContentSid is required when ContentVariables are given");
  if (!Json::parse(variables, nullptr, false).is_object())
    return twilio_error(92005, "The Content Variables are invalid");
  return std::nullopt;
}

} // namespace

Answer send_twilio(const Send& send) {
  if (!send.own_place) return twilio_error(20404, "The requested resource was not found", 404);
  if (auto refusal = bad_form(send)) return *refusal;
  if (const auto planned = next_planned(send.account, send.ask))
    return twilio_error(planned->value("code", 20500), setting(*planned, "message", "sandbox: planned error"),
                        planned->value("status", 400));
  const Ask& ask = send.ask;
  const std::string from = ask.param("From").empty() ? ask.param("MessagingServiceSid") : ask.param("From");
  Json shape;
  if (!ask.param("ContentSid").empty())
    shape = {{"ContentSid", ask.param("ContentSid")}, {"ContentVariables", ask.param("ContentVariables")}};
  const int n = accept_message(
      send, {.to = ask.param("To"), .text = ask.param("Body"), .shape = shape, .sender = from, .key = ""});
  return json_answer(201, {{"sid", "SM" + message_id(send, n, 2)},
                           {"account_sid", setting(send.account, "sid")},
                           {"status", "queued"},
                           {"from", from},
                           {"to", ask.param("To")},
                           {"body", ask.param("Body")},
                           {"error_code", nullptr},
                           {"error_message", nullptr},
                           {"date_created", rss_date(std::time(nullptr))}});
}

} // namespace milkrun::sandbox
