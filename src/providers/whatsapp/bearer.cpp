// A gateway that takes {"number", "message", "sender" or "instanceId"} with a bearer key and promises nothing about its
// answer. Whatever it says no with is believed; JSON that does not say no is a receipt, with or without an id.
#include "providers/whatsapp/adapter.hpp"
#include "providers/whatsapp/gateway_words.hpp"

#include "base/text.hpp"

namespace milkrun::whatsapp {
namespace {

Expected<Draft> draft(const Settings& settings, const Credential& credential, const Letter& letter) {
  Json body = {{"number", in_format(settings.number_format, letter.to)}, {"message", letter.text}};
  if (settings.instance_id.empty())
    body["sender"] = name_of(settings.sender, credential);
  else
    body["instanceId"] = settings.instance_id;
  return Draft{.url = std::string(text::trim(credential.base_url)),
               .body = to_text(body),
               .secret_headers = {secret_header(credential)}};
}

Answer read(const Exchange& exchange) {
  const int status = exchange.response.status;
  const bool success = status >= 200 && status < 300;
  const bool object = exchange.body && exchange.body->is_object();
  if (!object) return success ? unproven(exchange, "") : gateway_refusal(exchange, status, "", "");
  const std::string said = said_in(*exchange.body);
  if (status >= 500) return refused(row_of_status(status), exchange, said);
  const std::string id = id_in(*exchange.body);
  if (!success) return gateway_refusal(exchange, status, said, id);
  const Inner inner = inner_of(*exchange.body);
  if (inner.refused) return gateway_refusal(exchange, inner.status == 0 ? status : inner.status, said, id);
  return taken(id, "", text_of(member(*exchange.body, "status")));
}

} // namespace

const Adapter bearer_adapter{
    .draft = draft, .read = read, .templates = false, .key_needed = true, .most_characters = 65'536};

} // namespace milkrun::whatsapp
