// The settings that describe a generic gateway: what it is sent and how its answers are read.
#include "providers/whatsapp/settings.hpp"

#include "base/shown.hpp"
#include "base/text.hpp"
#include "providers/whatsapp/placeholder.hpp"

#include <algorithm>
#include <array>

namespace milkrun::whatsapp {
namespace {

using namespace std::string_view_literals;

constexpr std::array known_names{"number"sv, "number_plus"sv, "chat_id"sv, "message"sv,
                                 "sender"sv, "job_id"sv,      "secret"sv};

bool is_token(std::string_view name) {
  constexpr std::string_view extra = "!#$%&'*+-.^_`|~";
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [&](char c) {
    return text::is_letter(c) || (c >= '0' && c <= '9') || extra.find(c) != extra.npos;
  });
}

// The client's own, or where a request ends and what it is.
bool is_framing(std::string_view name) {
  constexpr std::array reserved{
      "host"sv,   "connection"sv, "content-length"sv,  "content-type"sv, "content-encoding"sv,
      "accept"sv, "te"sv,         "trailer"sv,         "upgrade"sv,      "transfer-encoding"sv,
      "expect"sv, "keep-alive"sv, "proxy-connection"sv};
  return std::ranges::find(reserved, text::lower(name)) != reserved.end();
}

bool is_printable(std::string_view s) {
  return std::ranges::all_of(s, [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

Mend set_method(Settings& settings, const Json& value) {
  settings.method = text_of(value);
  return settings.method == "POST" || settings.method == "PUT" ? "" : "must be POST or PUT";
}

Mend set_content_type(Settings& settings, const Json& value) {
  settings.form = text_of(value) == "application/x-www-form-urlencoded";
  return settings.form || text_of(value) == "application/json"
             ? ""
             : "must be application/json or application/x-www-form-urlencoded";
}

Mend set_headers(Settings& settings, const Json& value) {
  if (!value.is_object() || value.size() > 16) return "must be an object of at most 16 headers";
  for (const auto& [name, content] : value.items()) {
    if (!is_token(name) || is_framing(name)) return "must not set " + shown::word(name);
    if (text::names_secret(name)) return "must not set " + shown::word(name) + ": secrets go by auth";
    const std::string header = text_of(content);
    if (header.empty() || header.size() > 512 || !is_printable(header)) return "bad value of " + shown::word(name);
    settings.headers.push_back({name, header});
  }
  return "";
}

Mend set_body(Settings& settings, const Json& value) {
  settings.body = value;
  if (value.is_string() && !is_printable(text_of(value)) && text_of(value).find_first_of("[{") != 0)
    return "must be one line of plain characters";
  const bool good = (value.is_string() && !text_of(value).empty()) || value.is_object() || value.is_array();
  return good ? "" : "must be a JSON object, or a text";
}

// What is called like a secret and has its value written out; "" = nothing. Settings are not sealed.
std::string secret_written_out(const Json& value) {
  if (!value.is_structured()) return {};
  for (const auto& [key, inner] : value.items()) {
    const bool written =
        inner.is_number() || (inner.is_string() && !text_of(inner).empty() && !text_of(inner).contains("{{"));
    if (value.is_object() && written && text::names_secret(key)) return key;
    if (std::string found = secret_written_out(inner); !found.empty()) return found;
  }
  return {};
}

// The same of a form: "apikey=abc&to={{number}}".
std::string secret_written_out(std::string_view form) {
  for (const std::string_view pair : text::split(form, '&')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals + 1 == pair.size() || pair.substr(equals).contains("{{")) continue;
    if (text::names_secret(pair.substr(0, equals))) return std::string(pair.substr(0, equals));
  }
  return {};
}

Mend set_secret_in_body(Settings& settings, const Json& value) {
  if (!value.is_boolean()) return "must be true or false";
  settings.secret_in_body = value.get<bool>();
  return "";
}

Mend set_statuses(std::vector<int>& target, const Json& value, int least, int most, const char* mend) {
  if (!value.is_array() || value.empty() || value.size() > 16) return mend;
  for (const Json& status : value) {
    const auto number = status.is_number() ? number_of(status) : std::nullopt;
    if (!number || *number < least || *number > most) return mend;
    target.push_back(*number);
  }
  return "";
}

Mend set_success(Settings& settings, const Json& value) {
  constexpr const char* mend = R"(must be like {"status": [200, 201], "pointer": "/status", "equals": true})";
  if (!value.is_object() || value.empty()) return mend;
  for (const auto& [key, inner] : value.items()) {
    if (key == "status") {
      if (const Mend bad = set_statuses(settings.success.statuses, inner, 200, 299, "status must be a list of 2xx");
          !bad.empty())
        return bad;
    } else if (key == "pointer") {
      if (!inner.is_string() || !is_pointer(text_of(inner))) return "pointer must be a JSON pointer such as /status";
      settings.success.pointer = text_of(inner);
    } else if (key == "equals") {
      if (inner.is_structured() || inner.is_null()) return "equals must be a text, a number, true or false";
      settings.success.equals = inner;
    } else {
      return mend;
    }
  }
  return settings.success.pointer.has_value() == settings.success.equals.is_null() ? "pointer and equals go together"
                                                                                   : "";
}

Mend set_id_pointers(Settings& settings, const Json& value) {
  constexpr const char* mend = "must be a list of at most 8 JSON pointers such as /key/id";
  if (!value.is_array() || value.empty() || value.size() > 8) return mend;
  for (const Json& pointer : value) {
    if (text_of(pointer).empty() || !is_pointer(text_of(pointer))) return mend;
    settings.id_pointers.push_back(text_of(pointer));
  }
  return "";
}

Mend set_error_pointer(Settings& settings, const Json& value) {
  settings.error_pointer = text_of(value);
  return settings.error_pointer.empty() || !is_pointer(settings.error_pointer)
             ? "must be a JSON pointer such as /message"
             : "";
}

Mend set_retry_status(Settings& settings, const Json& value) {
  return set_statuses(settings.retry_statuses, value, 400, 599, "must be a list of statuses from 400 to 599");
}

using Setter = Mend (*)(Settings&, const Json&);
constexpr std::array<std::pair<std::string_view, Setter>, 9> generic_setters{{
    {"method", set_method},
    {"content_type", set_content_type},
    {"headers", set_headers},
    {"body", set_body},
    {"secret_in_body", set_secret_in_body},
    {"success", set_success},
    {"id_pointers", set_id_pointers},
    {"error_pointer", set_error_pointer},
    {"retry_status", set_retry_status},
}};

// Which placeholders the body uses and must use; "" when all is well.
Mend check_placeholders(const Settings& settings) {
  const auto used = placeholders(settings.body);
  if (!used) return "body: a {{ without its }}";
  const auto uses = [&](std::string_view name) { return std::ranges::find(*used, name) != used->end(); };
  for (const std::string& name : *used) {
    if (std::ranges::find(known_names, name) == known_names.end())
      return "body: {{" + shown::word(name) +
             "}} is unknown: there are number, number_plus, chat_id, message, sender, job_id and secret";
  }
  if (!uses("message")) return "body: {{message}} is missing";
  if (!uses("number") && !uses("number_plus") && !uses("chat_id"))
    return "body: {{number}}, {{number_plus}} or {{chat_id}} is missing";
  if (uses("secret") != settings.secret_in_body)
    return settings.secret_in_body ? "secret_in_body: the body has no {{secret}}"
                                   : "body: {{secret}} needs secret_in_body = true";
  return "";
}

} // namespace

Mend set_auth(Settings& settings, const Json& value) {
  constexpr const char* mend = R"(must be like {"header": "D360-API-KEY", "prefix": ""})";
  if (!value.is_object()) return mend;
  for (const auto& [key, text] : value.items()) {
    if ((key != "header" && key != "prefix") || !text.is_string()) return mend;
  }
  Auth auth{.header = text_of(member(value, "header")), .prefix = text_of(member(value, "prefix"))};
  if (!is_token(auth.header) || is_framing(auth.header)) return "header must be a header that may carry a secret";
  if (auth.prefix.size() > 16 || !is_printable(auth.prefix)) return "prefix must be at most 16 plain characters";
  settings.auth = std::move(auth);
  return "";
}

std::optional<Mend> set_generic(Settings& settings, std::string_view key, const Json& value) {
  const auto* setter = std::ranges::find(generic_setters, key, &std::pair<std::string_view, Setter>::first);
  if (setter == generic_setters.end()) return std::nullopt;
  return setter->second(settings, value);
}

Mend check_generic(Settings& settings) {
  if (settings.body.is_null()) return "body: is needed";
  if (settings.form && !settings.body.is_string()) return "body: a form needs a text such as to={{number}}";
  if (!settings.form && settings.body.is_string()) {
    // Parsed before anything is put in, so that no message can change what the request says.
    const auto parsed = parse_json(text_of(settings.body));
    if (!parsed || !parsed->is_structured()) return "body: must be JSON, with placeholders inside strings only";
    settings.body = *parsed;
  }
  const std::string written = settings.form
                                  ? secret_written_out(std::string_view(settings.body.get_ref<const std::string&>()))
                                  : secret_written_out(settings.body);
  if (!written.empty()) return "body: " + shown::word(written) + " must be {{secret}}: settings are not sealed";
  return check_placeholders(settings);
}

} // namespace milkrun::whatsapp
