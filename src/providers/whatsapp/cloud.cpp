// Meta's Cloud API, and services that take its bodies and answer like it (developers.facebook.com/docs/whatsapp).
// It has no idempotency key: only messages[0].id proves that a message was taken.
#include "providers/whatsapp/adapter.hpp"
#include "providers/whatsapp/cloud_errors.hpp"

namespace milkrun::whatsapp {
namespace {

Json template_of(const Template& tmpl) {
  Json parameters = Json::array();
  for (const std::string& text : tmpl.parameters) parameters.push_back({{"type", "text"}, {"text", text}});
  Json out = {{"name", tmpl.name}, {"language", {{"policy", "deterministic"}, {"code", tmpl.language}}}};
  if (!parameters.empty())
    out["components"] = Json::array({Json{{"type", "body"}, {"parameters", std::move(parameters)}}});
  return out;
}

Expected<Draft> draft(const Settings& settings, const Credential& credential, const Letter& letter) {
  const std::string& id = credential.account;
  const bool is_number = !id.empty() && id.size() <= 32 && id.find_first_not_of("0123456789") == id.npos;
  if (settings.path.empty() && !is_number) return bad_account("must be the phone-number id, digits only");
  Json body = {{"messaging_product", "whatsapp"},
               {"recipient_type", "individual"},
               {"to", in_format(NumberFormat::plus, letter.to)}};
  if (letter.tmpl) {
    body["type"] = "template";
    body["template"] = template_of(*letter.tmpl);
  } else {
    body["type"] = "text";
    body["text"] = {{"body", letter.text}, {"preview_url", settings.link_preview.value_or(false)}};
  }
  if (!letter.key.empty()) body["biz_opaque_callback_data"] = letter.key;
  const std::string path = settings.path.empty() ? "/" + settings.version + "/" + id + "/messages" : settings.path;
  const Auth auth = settings.auth.value_or(Auth{.header = "Authorization", .prefix = "Bearer "});
  return Draft{.url = base_of(credential) + path,
               .body = to_text(body),
               .secret_headers = {secret_header(credential, auth.header, auth.prefix)}};
}

Answer read(const Exchange& exchange) {
  const int status = exchange.response.status;
  Answer answer = [&] {
    if (status < 200 || status > 299) return cloud_refusal(exchange);
    if (!exchange.body) return unproven(exchange, "");
    const Json& error = member(*exchange.body, "error");
    if (!error.is_null()) return unproven(exchange, "an error below a success: " + to_text(error));
    const Json& message = element(member(*exchange.body, "messages"), 0);
    std::string id = text_of(member(message, "id"));
    if (!is_id(id)) return unproven(exchange, "no messages[0].id");
    const Json& contact = element(member(*exchange.body, "contacts"), 0);
    const std::string word = text_of(member(message, "message_status"));
    return taken(std::move(id), text_of(member(contact, "wa_id")), word.empty() ? "accepted" : word);
  }();
  answer.parks = cloud_usage(exchange);
  return answer;
}

} // namespace

const Adapter cloud_adapter{
    .draft = draft, .read = read, .templates = true, .key_needed = true, .most_characters = 4096};

} // namespace milkrun::whatsapp
