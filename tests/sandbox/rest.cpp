// WordPress' REST habits: error shapes, JSON and form bodies, ?_fields=, maintenance mode.
#include "rest.hpp"

#include "words.hpp"

namespace milkrun::sandbox {

Answer rest_error(int status, const std::string& code, const std::string& message) {
  return json_answer(status, {{"code", code}, {"message", message}, {"data", {{"status", status}}}});
}

Answer invalid_param(const std::string& name, const std::string& why, const std::string& code) {
  const Json detail{{"code", code}, {"message", why}, {"data", nullptr}};
  return json_answer(400, {{"code", "rest_invalid_param"},
                           {"message", "Invalid parameter(s): " + name},
                           {"data", {{"status", 400}, {"params", {{name, why}}}, {"details", {{name, detail}}}}}});
}

Answer no_route() {
  return rest_error(404, "rest_no_route", "No route was found matching the URL and request method.");
}

Answer invalid_json() {
  return json_answer(400,
                     {{"code", "rest_invalid_json"},
                      {"message", "Invalid JSON body passed."},
                      {"data", {{"status", 400}, {"json_error_code", 4}, {"json_error_message", "Syntax error"}}}});
}

Answer maintenance(const Ask& ask) {
  const std::string text = "Briefly unavailable for scheduled maintenance. Check back in a minute.";
  Answer answer = rest_error(503, "wp_die", text);
  if (!has_json_body(ask) && ask.header("accept").find("json") == std::string::npos)
    answer = {.status = 503,
              .type = "text/html; charset=UTF-8",
              .body =
                  "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body>" + text + "</body></html>\n",
              .headers = {}};
  answer.headers.emplace_back("Retry-After", "600");
  return answer;
}

bool has_json_body(const Ask& ask) { return ask.header("content-type").starts_with("application/json"); }

std::optional<Json> body_params(const Ask& ask) {
  if (has_json_body(ask)) {
    if (ask.body.empty()) return Json::object();
    Json value = Json::parse(ask.body, nullptr, false);
    if (value.is_discarded()) return std::nullopt;
    return value.is_object() ? value : Json::object();
  }
  Json out = Json::object();
  if (ask.header("content-type").starts_with("application/x-www-form-urlencoded"))
    for (const auto& [name, value] : ask.params) out[name] = value;
  return out;
}

Json trimmed(const Ask& ask, const Json& value) {
  const std::string fields = ask.param("_fields");
  if (fields.empty()) return value;
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& one : value) out.push_back(trimmed(ask, one));
    return out;
  }
  Json out = Json::object();
  for (const std::string& field : split(fields, ',')) {
    const std::string name = field.substr(0, field.find('.'));
    if (value.is_object() && value.contains(name)) out[name] = value[name];
  }
  return out;
}

} // namespace milkrun::sandbox
