// Senders without rules of their own: the bearer POST {number, message, sender|instanceId}, and a path that takes
// anything and finds recipient, text and key where "fields" says. Both answer what "answer" says.
#include "whatsapp.hpp"

namespace milkrun::sandbox {

namespace {

Answer plain_refusal(int status, const std::string& message) {
  return json_answer(status, {{"status", false}, {"msg", message}});
}

Json success() { return {{"status", true}, {"msg", "Message sent successfully!"}}; }

// JSON as it is, a form as an object of texts, anything else as {}.
Json body_of(const Ask& ask) {
  const Json body = Json::parse(ask.body, nullptr, false);
  if (body.is_object()) return body;
  Json form = Json::object();
  if (ask.header("content-type").starts_with("application/x-www-form-urlencoded"))
    for (const auto& [name, value] : ask.params) form[name] = value;
  return form;
}

std::string first_of(const Json& body, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const std::string text = setting(body, name); !text.empty()) return text;
  return "";
}

// The text at the configured pointer; without one, that of the first usual name.
std::string found_in(const Json& body, const Json& fields, const char* field,
                     std::initializer_list<const char*> names) {
  const std::string pointer = setting(fields, field);
  if (pointer.empty()) return first_of(body, names);
  const Json::json_pointer at(pointer);
  return body.contains(at) ? setting({{"value", body.at(at)}}, "value") : "";
}

Answer accepted(const Send& send, const Message& message) {
  if (const auto planned = next_planned(send.account, send.ask))
    return settled_answer(*planned, 500,
                          {{"status", false}, {"msg", setting(*planned, "message", "sandbox: planned error")}});
  const int n = accept_message(send, message);
  Json body = success();
  body["id"] = message_id(send, n, 1);
  return settled_answer(send.account.value("answer", Json::object()), 200, body);
}

} // namespace

Answer send_bearer(const Send& send) {
  const Json body = Json::parse(send.ask.body, nullptr, false);
  const std::string sender = body.is_object() ? first_of(body, {"sender", "instanceId"}) : "";
  const std::string to = text_member(body, "number");
  const std::string text = text_member(body, "message");
  if (!send.own_place) return plain_refusal(404, "Not found");
  if (to.empty() || text.empty() || sender.empty()) return plain_refusal(400, "Missing number, message or sender");
  return accepted(send,
                  {.to = to, .text = text, .sender = sender, .key = first_of(body, {"job_id", "key", "reference"})});
}

Answer send_generic(const Send& send) {
  const Json body = body_of(send.ask);
  const Json fields = send.account.value("fields", Json::object());
  return accepted(send,
                  {.to = found_in(body, fields, "to", {"number", "to", "phone", "chatId"}),
                   .text = found_in(body, fields, "text", {"message", "text", "body"}),
                   .sender = found_in(body, fields, "sender", {"sender", "instance", "session"}),
                   .key = found_in(body, fields, "key", {"job_id", "key", "reference", "biz_opaque_callback_data"})});
}

} // namespace milkrun::sandbox
