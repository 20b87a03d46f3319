// waapi.app: a WhatsApp-Web account behind a REST API (waapi.app/api/v1). Its answers come in two shapes, and a 200
// whose outer status is "success" may hold an inner one that says "error".
#include "providers/whatsapp/adapter.hpp"
#include "providers/whatsapp/gateway_words.hpp"

#include "base/text.hpp"

namespace milkrun::whatsapp {
namespace {

Expected<Draft> draft(const Settings& settings, const Credential& credential, const Letter& letter) {
  const std::string& id = credential.account;
  if (id.empty() || id.size() > 20 || id.find_first_not_of("0123456789") != id.npos)
    return bad_account("must be the instance id, digits only");
  Json body = {{"chatId", in_format(NumberFormat::chat_id, letter.to)}, {"message", letter.text}};
  if (settings.link_preview) body["previewLink"] = *settings.link_preview;
  std::string base = base_of(credential);
  if (base.ends_with("/api/v1")) base.resize(base.size() - std::string_view("/api/v1").size());
  return Draft{.url = base + "/api/v1/instances/" + id + "/client/action/send-message",
               .body = to_text(body),
               .secret_headers = {secret_header(credential)}};
}

// {"status", "instanceId", "data": {"_data"}} lies either at the top or in "data".
const Json& inner(const Json& body) {
  const Json& data = member(body, "data");
  return data.contains("status") || data.contains("instanceStatus") || data.contains("instanceId") ? data : body;
}

Answer not_ready(const Exchange& exchange, const std::string& state) {
  return refused({0, Kind::not_ready, "whatsapp.account_not_ready"}, exchange,
                 said_in(*exchange.body) + (state.empty() ? "" : "; instance is " + state));
}

Answer read(const Exchange& exchange) {
  const int status = exchange.response.status;
  const bool success = status >= 200 && status < 300;
  if (status == 409)
    return refused({409, Kind::setting, "whatsapp.instance_in_conflict"}, exchange,
                   said_in(exchange.body.value_or(Json())));
  if (!exchange.body || !exchange.body->is_object())
    return success ? unproven(exchange, "") : gateway_refusal(exchange, status, "", "");
  const Json& told = inner(*exchange.body);
  const std::string state = text_of(member(told, "instanceStatus"));
  const Inner no = inner_of(*exchange.body);
  const bool refused_inside = no.refused;
  if ((refused_inside || !success) && !state.empty() && state != "ready") return not_ready(exchange, state);
  const std::string said = said_in(*exchange.body);
  const Json& message = member(member(told, "data"), "_data");
  const Json& id = member(message, "id");
  const std::string serialized = text_of(member(id, "_serialized"));
  if (!success) return gateway_refusal(exchange, status, said, serialized);
  if (refused_inside) return gateway_refusal(exchange, no.status == 0 ? status : no.status, said, serialized);
  if (text_of(member(*exchange.body, "status")) != "success" || !is_id(serialized))
    return unproven(exchange, "no status success with an id");
  if (member(message, "ack") == Json(-1)) return unproven(exchange, "acknowledged as an error");
  return taken(serialized, text_of(member(id, "remote")), "success");
}

} // namespace

const Adapter waapi_adapter{
    .draft = draft, .read = read, .templates = false, .key_needed = true, .most_characters = 65'536};

} // namespace milkrun::whatsapp
