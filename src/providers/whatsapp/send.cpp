// One message, one POST. Promises: what is known to be wrong costs no call; the secret is in the header or body its
// adapter names, for the credential's host only; no text that came from outside carries it back.
#include "providers/whatsapp/adapter.hpp"
#include "providers/whatsapp/number.hpp"
#include "providers/whatsapp/template.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <memory>
#include <unordered_map>

namespace milkrun::whatsapp {
namespace {

const Adapter& adapter_of(Service service) {
  switch (service) {
  case Service::waapi: return waapi_adapter;
  case Service::bearer: return bearer_adapter;
  case Service::gateway: return gateway_adapter;
  case Service::generic: return generic_adapter;
  case Service::twilio: return twilio_adapter;
  case Service::cloud: break;
  }
  return cloud_adapter;
}

Expected<std::string> ready_text(const Message& message, const Adapter& adapter) {
  std::string text = text::to_valid_utf8(message.text);
  if (text::collapse_space(text).empty()) return fail(Fault::permanent, "whatsapp.empty_text");
  const auto characters =
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  if (static_cast<std::size_t>(characters) > adapter.most_characters)
    return fail(Fault::permanent, "whatsapp.text_too_long",
                std::to_string(characters) + " characters, " + std::to_string(adapter.most_characters) + " allowed");
  return text;
}

Expected<http::Request> request_for(const Settings& settings, const Credential& credential, const Message& message,
                                    Millis timeout) {
  const Adapter& adapter = adapter_of(settings.service);
  if (!text::is_e164(message.to))
    return fail(Fault::permanent, "whatsapp.bad_number", "must be like +491701234567, 8 to 15 digits");
  if (message.key.size() > 256) return fail(Fault::permanent, "whatsapp.key_too_long");
  if (adapter.key_needed && credential.secret.empty()) return fail(Fault::setting, "whatsapp.no_key");
  Letter letter{.key = message.key, .to = message.to, .text = {}};
  std::string text;
  if (adapter.templates && message.tmpl) {
    letter.tmpl = TRY(ready_template(*message.tmpl, settings));
  } else {
    if (adapter.templates && !message.window_open) return wording("whatsapp.needs_template", "");
    text = TRY(ready_text(message, adapter));
    letter.text = text;
  }
  Draft draft = TRY(adapter.draft(settings, credential, letter));
  const char* type = draft.form ? "application/x-www-form-urlencoded" : "application/json";
  http::Request request{.method = std::move(draft.method),
                        .url = std::move(draft.url),
                        .headers = {{"Content-Type", type}, {"Accept", "application/json"}},
                        .secret_headers = std::move(draft.secret_headers),
                        .body = std::move(draft.body),
                        .effect = http::Effect::once,
                        .caller = {.tenant = credential.tenant, .service = "whatsapp"},
                        .timeout = timeout,
                        .max_body = std::size_t{128} * 1024, // a receipt
                        .max_redirects = 0,
                        .shared_host = credential.owner != Owner::tenant || is_owner(credential.host)};
  request.headers.insert(request.headers.end(), draft.headers.begin(), draft.headers.end());
  return request;
}

// An account's settings are read twice for each of its messages, and are the same all day.
std::shared_ptr<const Expected<Settings>> known_settings(const std::string& json) {
  constexpr std::size_t most = 1'000;
  thread_local std::unordered_map<std::string, std::shared_ptr<const Expected<Settings>>> known;
  if (const auto found = known.find(json); found != known.end()) return found->second;
  if (known.size() >= most) known.clear();
  return known.emplace(json, std::make_shared<const Expected<Settings>>(read_settings(json))).first->second;
}

Answer failed(Error error) { return {.receipt = std::unexpected(std::move(error))}; }

} // namespace

bool needs_templates(std::string_view settings_json) {
  const auto settings = read_settings(settings_json);
  return settings && adapter_of(settings->service).templates;
}

http::SecretHeader secret_header(const Credential& credential, std::string_view name, std::string_view prefix) {
  return {std::string(name), Secret::joined({prefix, credential.secret.reveal()}), credential.host};
}

std::string base_of(const Credential& credential) {
  std::string_view base = text::trim(credential.base_url);
  while (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base);
}

std::unexpected<Error> bad_account(const std::string& mend) {
  return fail(Fault::setting, "whatsapp.bad_account", mend);
}

std::string name_of(const std::string& preferred, const Credential& credential) {
  if (!preferred.empty()) return preferred;
  return credential.account.empty() ? "default" : credential.account;
}

Answer send(http::Client& client, const Credential& credential, const Message& message, Millis timeout) {
  const auto settings = known_settings(credential.settings);
  if (!*settings) {
    Error error = settings->error();
    error.fault = Fault::setting; // not the message's fault
    return failed(std::move(error));
  }
  const auto request = request_for(**settings, credential, message, timeout);
  if (!request) return failed(request.error());
  const auto response = client.send(*request);
  if (!response) return failed(response.error());
  const Exchange exchange{**settings, credential, *request, *response, parse_json(response->body, {.values = 10'000})};
  Answer answer = adapter_of((*settings)->service).read(exchange);
  // A receipt for somebody else proves nothing about this message.
  if (answer.receipt && !answer.receipt->recipient.empty() && !same_person(answer.receipt->recipient, message.to))
    answer.receipt = unproven(exchange, "the receipt names another recipient").receipt;
  if (answer.receipt) {
    answer.receipt->id = hide(answer.receipt->id, *request, credential, 256);
    answer.receipt->status = hide(answer.receipt->status, *request, credential, 40);
  }
  return answer;
}

} // namespace milkrun::whatsapp
