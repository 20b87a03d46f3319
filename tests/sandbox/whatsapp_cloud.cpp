// Meta's Cloud API: text and templates. What a template is called and how many values its body takes may be configured.
#include "graph.hpp"
#include "whatsapp.hpp"

#include <algorithm>

namespace milkrun::sandbox {

namespace {

using Refusal = std::optional<GraphError>;

GraphError cloud_error(int code, const std::string& what, const std::string& details) {
  return {.code = code, .message = "(#" + std::to_string(code) + ") " + what, .details = details};
}

GraphError missing_key(const std::string& name) {
  return cloud_error(131008, "Required parameter is missing", "Parameter " + name + " is required");
}

GraphError bad_value(const std::string& details) {
  return cloud_error(131009, "Parameter value is not valid", details);
}

Refusal bad_envelope(const Json& body) {
  if (text_member(body, "messaging_product") != "whatsapp")
    return cloud_error(100, "The parameter messaging_product is required.", "");
  const std::string to = text_member(body, "to");
  if (to.empty()) return cloud_error(100, "The parameter to is required.", "");
  if (body.value("recipient_type", Json("individual")) != "individual") return bad_value("recipient_type");
  const std::string digits = recipient(to);
  const bool number = digits.find_first_not_of("0123456789") == std::string::npos;
  if (number && (digits.size() < 8 || digits.size() > 15 || digits[0] == '0')) return bad_value("to");
  if (!body.contains("biz_opaque_callback_data")) return std::nullopt;
  const std::string key = text_member(body, "biz_opaque_callback_data");
  if (key.empty() || key.size() > 256) return cloud_error(100, "Invalid parameter", "biz_opaque_callback_data");
  return std::nullopt;
}

// Free text needs an open window; without a configured list every window is open.
Refusal bad_text(const Json& body, const Json& account) {
  const std::string text = text_member(body.value("text", Json()), "body");
  if (text.empty()) return missing_key("text.body");
  if (text.size() > 4096) return cloud_error(100, "Invalid parameter", "text.body is longer than 4096");
  const Json& preview = body["text"].value("preview_url", Json(false));
  if (!preview.is_boolean()) return bad_value("text.preview_url");
  if (!account.contains("window")) return std::nullopt;
  const Json& open = account["window"];
  if (std::ranges::find(open, Json(recipient(text_member(body, "to")))) != open.end()) return std::nullopt;
  return cloud_error(131047, "Re-engagement message",
                     "More than 24 hours have passed since the recipient last replied");
}

Refusal bad_parameter(const Json& parameter) {
  if (!parameter.is_object()) return missing_key("parameters[].type");
  const std::string type = text_member(parameter, "type");
  if (type.empty()) return missing_key("parameters[].type");
  if (type != "text") return std::nullopt;
  const std::string text = text_member(parameter, "text");
  if (text.empty()) return missing_key("parameters[].text");
  if (text.find_first_of("\n\t") != std::string::npos || text.find("     ") != std::string::npos)
    return cloud_error(132012, "Parameter format does not match",
                       "Param text cannot have new-line/tab characters or more than 4 consecutive spaces");
  return std::nullopt;
}

Refusal bad_component(const Json& component) {
  const std::string type = text_member(component, "type");
  if (type != "header" && type != "body" && type != "button") return bad_value("component type " + type);
  if (type == "button" && text_member(component, "sub_type").empty()) return missing_key("sub_type");
  if (type == "button" && text_member(component, "index").empty()) return missing_key("index");
  const Json parameters = component.value("parameters", Json::array());
  if (!parameters.is_array()) return bad_value("parameters");
  for (const Json& parameter : parameters)
    if (auto refusal = bad_parameter(parameter)) return refusal;
  return std::nullopt;
}

std::size_t body_values(const Json& components) {
  std::size_t count = 0;
  for (const Json& component : components)
    if (text_member(component, "type") == "body") count += component.value("parameters", Json::array()).size();
  return count;
}

// "templates": {"task_verified": {"languages": ["en_US"], "values": 2}}
Refusal unknown_template(const Json& shape, const Json& account) {
  if (!account.contains("templates")) return std::nullopt;
  const std::string name = text_member(shape, "name");
  const Json known = account["templates"].value(name, Json::object());
  const Json languages = known.value("languages", Json::array());
  if (std::ranges::find(languages, shape["language"]["code"]) == languages.end())
    return cloud_error(132001, "Template name does not exist in the translation", "template name (" + name + ")");
  if (known.value("values", std::size_t{0}) == body_values(shape.value("components", Json::array())))
    return std::nullopt;
  return cloud_error(132000, "Number of parameters does not match the expected number of params", name);
}

Refusal bad_template(const Json& body, const Json& account) {
  const Json shape = body.value("template", Json());
  if (text_member(shape, "name").empty()) return missing_key("template.name");
  if (text_member(shape.value("language", Json()), "code").empty()) return missing_key("template.language.code");
  const Json components = shape.value("components", Json::array());
  if (!components.is_array()) return bad_value("template.components");
  for (const Json& component : components)
    if (auto refusal = bad_component(component)) return refusal;
  return unknown_template(shape, account);
}

Refusal refusal_of(const Json& body, const Json& account) {
  if (auto refusal = bad_envelope(body)) return refusal;
  const std::string type = text_member(body, "type");
  if (type == "text") return bad_text(body, account);
  if (type == "template") return bad_template(body, account);
  return type.empty() ? missing_key("type") : cloud_error(131051, "Unsupported message type", type);
}

} // namespace

Answer send_cloud(const Send& send) {
  const Json body = Json::parse(send.ask.body, nullptr, false);
  if (!send.own_place) return no_such_object(send.ask.path);
  if (!body.is_object()) return graph_error(cloud_error(100, "Invalid parameter", "the body is no JSON object"));
  if (const auto refusal = refusal_of(body, send.account)) return graph_error(*refusal);
  if (const auto planned = next_planned(send.account, send.ask)) return planned_graph_error(*planned);
  const bool templated = body["type"] == "template";
  const std::string to = text_member(body, "to");
  const int n = accept_message(send, {.to = to,
                                      .text = templated ? "" : text_member(body["text"], "body"),
                                      .shape = templated ? body["template"] : Json(),
                                      .sender = setting(send.account, "phone_id"),
                                      .key = text_member(body, "biz_opaque_callback_data")});
  Json sent{{"id", "wamid.HBgL" + message_id(send, n, 4) + "A="}};
  if (templated) sent["message_status"] = setting(send.account, "message_status", "accepted");
  const std::string canonical = setting(send.account.value("wa_ids", Json::object()), recipient(to), recipient(to));
  return json_answer(200, {{"messaging_product", "whatsapp"},
                           {"contacts", {{{"input", to}, {"wa_id", canonical}}}},
                           {"messages", Json::array({sent})}});
}

} // namespace milkrun::sandbox
