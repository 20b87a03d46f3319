// Any HTTP gateway, as its settings describe it. Promises: values enter the body as data, whatever they hold; the
// secret goes only where the settings put it, and only to the credential's host.
#include "providers/whatsapp/adapter.hpp"
#include "providers/whatsapp/gateway_words.hpp"
#include "providers/whatsapp/placeholder.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace milkrun::whatsapp {
namespace {

std::string value_of(std::string_view name, const Settings& settings, const Credential& credential,
                     const Letter& letter) {
  if (name == "number") return in_format(NumberFormat::digits, letter.to);
  if (name == "number_plus") return in_format(NumberFormat::plus, letter.to);
  if (name == "chat_id") return in_format(NumberFormat::chat_id, letter.to);
  if (name == "message") return std::string(letter.text);
  if (name == "sender") return name_of(settings.sender, credential);
  if (name == "job_id") return std::string(letter.key);
  return std::string(credential.secret.reveal()); // {{secret}}: the only other name that settings allow
}

Expected<Draft> draft(const Settings& settings, const Credential& credential, const Letter& letter) {
  if ((settings.auth || settings.secret_in_body) && credential.secret.empty())
    return fail(Fault::setting, "whatsapp.no_key");
  Draft out{.url = std::string(text::trim(credential.base_url)), .form = settings.form, .method = settings.method};
  if (!settings.path.empty()) out.url = base_of(credential) + settings.path;
  // A header is bound to its host by the client; a body is not.
  if (settings.secret_in_body && http::host_of(out.url) != credential.host)
    return fail(Fault::setting, "whatsapp.other_host", text::one_line(credential.host, 80));
  const auto plain = [&](std::string_view name) { return value_of(name, settings, credential, letter); };
  const auto encoded = [&](std::string_view name) { return text::percent_encode(plain(name)); };
  out.body = settings.form ? fill(std::string_view(settings.body.get_ref<const std::string&>()), encoded)
                           : to_text(fill(settings.body, plain));
  out.headers = settings.headers;
  if (settings.auth) out.secret_headers = {secret_header(credential, settings.auth->header, settings.auth->prefix)};
  return out;
}

bool holds(const std::vector<int>& statuses, int status) {
  return std::ranges::find(statuses, status) != statuses.end();
}

std::string said_by(const Exchange& exchange) {
  if (!exchange.body) return "";
  const Json* found =
      exchange.settings.error_pointer.empty() ? nullptr : at_pointer(*exchange.body, exchange.settings.error_pointer);
  if (found == nullptr || found->is_null()) return said_in(*exchange.body);
  return found->is_string() ? text_of(*found) : to_text(*found);
}

// A value that is not the hoped-for one: a clear no, or something else.
bool is_clear_no(const Json& value) { return inner_of(Json{{"status", value}}).refused || value == Json(0); }

std::string id_by(const Exchange& exchange) {
  if (exchange.settings.id_pointers.empty()) return id_in(*exchange.body);
  for (const std::string& pointer : exchange.settings.id_pointers) {
    const Json* found = at_pointer(*exchange.body, pointer);
    if (found == nullptr) continue;
    if (std::string id = id_of(*found); !id.empty()) return id;
  }
  return "";
}

// A 2xx whose body is an object or an array.
Answer read_success(const Exchange& exchange) {
  const Success& rule = exchange.settings.success;
  const int status = exchange.response.status;
  const std::string said = said_by(exchange);
  const std::string id = id_by(exchange);
  const Json* found = rule.pointer ? at_pointer(*exchange.body, *rule.pointer) : nullptr;
  const bool told = found != nullptr && *found == rule.equals;
  const Inner inner = inner_of(*exchange.body);
  if (!told && (inner.refused || (found != nullptr && is_clear_no(*found))))
    return gateway_refusal(exchange, inner.status == 0 ? status : inner.status, said, id);
  const bool proof = exchange.settings.id_pointers.empty() ? exchange.body->is_object() : !id.empty();
  if (rule.pointer ? !told : !proof) return unproven(exchange, said);
  if (!rule.statuses.empty() && !holds(rule.statuses, status)) return unproven(exchange, said);
  return taken(id, "", text_of(member(*exchange.body, "status")));
}

Answer read(const Exchange& exchange) {
  const int status = exchange.response.status;
  if (status >= 200 && status < 300)
    return exchange.body && exchange.body->is_structured() ? read_success(exchange) : unproven(exchange, "");
  const std::string said = said_by(exchange);
  if (status != 429 && holds(exchange.settings.retry_statuses, status))
    return refused({status, Kind::outage, "whatsapp.service_down"}, exchange, said);
  if (status >= 500) return refused(row_of_status(status), exchange, said);
  return gateway_refusal(exchange, status, said, exchange.body ? id_by(exchange) : "");
}

} // namespace

const Adapter generic_adapter{
    .draft = draft, .read = read, .templates = false, .key_needed = false, .most_characters = 65'536};

} // namespace milkrun::whatsapp
