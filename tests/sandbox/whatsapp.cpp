// The WhatsApp senders: credential, then the kind's own rules. A message is in the outbox if and only if it was
// accepted.
#include "whatsapp.hpp"

#include "graph.hpp"
#include "words.hpp"

#include <algorithm>

namespace milkrun::sandbox {

std::string text_member(const Json& body, const char* name) {
  return body.is_object() && body.contains(name) && body[name].is_string() ? body[name].get<std::string>() : "";
}

std::string recipient(const std::string& sent) {
  std::string rest = sent.starts_with("whatsapp:") ? sent.substr(9) : sent;
  rest = rest.substr(0, rest.find('@'));
  if (rest.find_first_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos) return rest;
  std::erase_if(rest, [](char c) { return c < '0' || c > '9'; });
  return rest.starts_with("00") ? rest.substr(2) : rest;
}

int accept_message(const Send& send, const Message& message) {
  const int n = static_cast<int>(send.world.messages.size()) + 1;
  send.world.messages.push_back({{"n", n},
                                 {"account", send.who},
                                 {"kind", setting(send.account, "kind", "cloud")},
                                 {"sender", message.sender},
                                 {"to", recipient(message.to)},
                                 {"to_as_sent", message.to},
                                 {"text", message.text},
                                 {"template", message.shape},
                                 {"key", message.key}});
  return n;
}

std::string message_id(const Send& send, int n, int parts) {
  std::string out;
  for (int part = 0; part < parts; ++part)
    out += fingerprint(send.who + "/" + std::to_string(n) + "/" + std::to_string(part));
  return out;
}

Answer settled_answer(const Json& answer, int status, const Json& body) {
  const Json& said = answer.contains("body") ? answer["body"] : body;
  Answer out = json_answer(answer.value("status", status), said);
  if (said.is_string()) out.body = said.get<std::string>();
  out.type = setting(answer, "type", out.type);
  return out;
}

Answer unknown_credential(const std::string& kind) {
  if (kind == "cloud")
    return graph_error(
        {.code = 190, .message = "Invalid OAuth access token - Cannot parse access token", .details = ""});
  if (kind == "twilio")
    return json_answer(401, {{"code", 20003},
                             {"message", "Authenticate"},
                             {"more_info", "https://www.twilio.com/docs/errors/20003"},
                             {"status", 401}});
  if (kind == "gateway") return json_answer(401, {{"success", false}, {"error", "Invalid API key"}});
  if (kind == "waapi") return json_answer(401, {{"message", "Unauthenticated."}});
  return json_answer(401, {{"status", false}, {"msg", "Invalid API key"}});
}

Answer play_whatsapp(World& world, const Ask& ask, const Target& target) {
  const std::string kind = whatsapp_kind(world, ask);
  if (ask.method != "POST") return {.status = 405, .type = "text/plain", .body = "only POST here\n", .headers = {}};
  Json& accounts = world.state["whatsapp"];
  if (!accounts.contains(target.who)) return unknown_credential(kind);
  Json& account = accounts[target.who];
  const Send send{world, ask, target.who, account, at_own_place(account, ask)};
  if (kind == "cloud") return send_cloud(send);
  if (kind == "waapi") return send_waapi(send);
  if (kind == "gateway") return send_gateway(send);
  if (kind == "twilio") return send_twilio(send);
  if (kind == "bearer") return send_bearer(send);
  return send_generic(send);
}

} // namespace milkrun::sandbox
