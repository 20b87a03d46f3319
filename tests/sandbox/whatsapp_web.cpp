// Senders that drive WhatsApp Web: waapi.app in both its answer shapes, and the Node gateway with a session per tenant.
#include "whatsapp.hpp"

#include <ctime>
#include <regex>

namespace milkrun::sandbox {

namespace {

Answer missing_field(const std::string& name) {
  const std::string what = "The " + name + " field is required.";
  return json_answer(422, {{"message", what}, {"errors", {{name, {what}}}}});
}

// Outside, both shapes say success whatever the inner object says: that is how the real one does it.
Answer waapi_answer(const Send& send, const Json& inner) {
  const std::string instance = setting(send.account, "instance");
  if (setting(send.account, "shape", "flat") == "flat")
    return json_answer(200, {{"status", "success"}, {"instanceId", instance}, {"data", inner}});
  Json wrapped = inner;
  if (!inner.contains("status")) wrapped = {{"status", "success"}, {"instanceId", instance}, {"data", inner}};
  return json_answer(200,
                     {{"data", wrapped}, {"links", {{"self", send.ask.base + send.ask.path}}}, {"status", "success"}});
}

Answer instance_not_ready(const Send& send) {
  return waapi_answer(send, {{"status", "error"},
                             {"message", "instance not ready"},
                             {"instanceId", setting(send.account, "instance")},
                             {"explanation", "instance has to be in ready status to perform this request"},
                             {"instanceStatus", setting(send.account, "instance_status")}});
}

Answer gateway_error(int status, const std::string& message) {
  return json_answer(status, {{"success", false}, {"error", {{"message", message}}}});
}

} // namespace

Answer send_waapi(const Send& send) {
  static const std::regex chat("[0-9-]+@(c\\.us|g\\.us|lid)");
  if (!send.own_place) return json_answer(404, {{"message", "No query results for model [Instance]"}});
  const Json body = Json::parse(send.ask.body, nullptr, false);
  const std::string to = text_member(body, "chatId");
  const std::string text = text_member(body, "message");
  if (!std::regex_match(to, chat)) return missing_field("chatId");
  if (text.empty()) return missing_field("message");
  if (const auto planned = next_planned(send.account, send.ask))
    return settled_answer(*planned, 500, {{"message", setting(*planned, "message", "Server Error")}});
  if (setting(send.account, "instance_status", "ready") != "ready") return instance_not_ready(send);
  const std::string sender = setting(send.account, "instance");
  const int n = accept_message(send, {.to = to, .text = text, .sender = sender, .key = ""});
  const std::string id = "3EB0" + message_id(send, n, 1);
  const Json key{{"fromMe", true}, {"remote", to}, {"id", id}, {"_serialized", "true_" + to + "_" + id}};
  return waapi_answer(send, {{"_data", {{"id", key}, {"body", text}, {"t", std::time(nullptr)}, {"ack", 0}}}});
}

Answer send_gateway(const Send& send) {
  const Json body = Json::parse(send.ask.body, nullptr, false);
  const std::string to = text_member(body, "to");
  const std::string text = text_member(body, "message");
  if (to.empty() || text.empty()) return gateway_error(400, "Missing required fields: to, message");
  if (!send.own_place || !send.account.value("connected", true)) return gateway_error(503, "WhatsApp not connected");
  if (const auto planned = next_planned(send.account, send.ask))
    return settled_answer(
        *planned, 500, {{"success", false}, {"error", {{"message", setting(*planned, "message", "Internal error")}}}});
  const std::string sender = setting(send.account, "session", "default");
  const int n = accept_message(send, {.to = to, .text = text, .sender = sender, .key = ""});
  const Json data{{"success", true}, {"messageId", "BAE5" + message_id(send, n, 1)}, {"timestamp", std::time(nullptr)}};
  return json_answer(200, {{"success", true}, {"message", "Message sent successfully"}, {"data", data}});
}

} // namespace milkrun::sandbox
