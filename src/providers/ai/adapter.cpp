// Builds requests out of what the adapters know. Promises: the secret is in one header, bound to the credential's
// host, and nowhere else; no redirects; every call may be repeated.
#include "providers/ai/adapter.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace milkrun::ai {

const Adapter& adapter_of(Vendor vendor) {
  switch (vendor) {
  case Vendor::anthropic: return anthropic;
  case Vendor::gemini: return gemini;
  case Vendor::ollama: return ollama;
  case Vendor::openai: break;
  }
  return openai;
}

namespace {

// Where a connection may serve several tenants: the operator's own choice, and vendors of whom many are customers.
bool is_shared(const Credential& credential) {
  constexpr std::array<std::string_view, 7> vendors{
      "api.openai.com", "api.anthropic.com", "api.mistral.ai", "generativelanguage.googleapis.com",
      "api.groq.com",   "api.deepseek.com",  "openrouter.ai"};
  return credential.owner != Owner::tenant || std::ranges::find(vendors, credential.host) != vendors.end();
}

} // namespace

http::Request request_for(const Settings& settings, const Credential& credential, const Talk& talk, int cap,
                          Millis timeout) {
  const Adapter& adapter = adapter_of(settings.vendor);
  http::Request request{.method = "POST",
                        .url = adapter.url(settings, credential.base_url),
                        .headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}},
                        .effect = http::Effect::repeatable,
                        .caller = {.tenant = credential.tenant, .service = "ai"},
                        .timeout = timeout,
                        .max_body = std::size_t{2} * 1024 * 1024, // an article, thinking included
                        .max_redirects = 0,
                        .shared_host = is_shared(credential)};
  request.headers.insert(request.headers.end(), adapter.headers.begin(), adapter.headers.end());
  request.headers.insert(request.headers.end(), settings.headers.begin(), settings.headers.end());
  if (!credential.secret.empty()) {
    Secret value = Secret::joined({adapter.key_prefix, credential.secret.reveal()});
    request.secret_headers.push_back({adapter.key_header, std::move(value), credential.host});
  }
  request.body = adapter.body(settings, credential, talk, cap).dump(-1, ' ', false, Json::error_handler_t::replace);
  return request;
}

std::string base_without(std::string_view base_url, std::string_view suffix) {
  while (base_url.ends_with('/')) base_url.remove_suffix(1);
  if (base_url.ends_with(suffix)) base_url.remove_suffix(suffix.size());
  return std::string(base_url);
}

Json plain_turns(const Talk& talk) {
  Json turns = Json::array();
  for (const Turn& turn : talk.turns) {
    turns.push_back({{"role", turn.who == Turn::Who::user ? "user" : "assistant"}, {"content", turn.text}});
  }
  return turns;
}

} // namespace milkrun::ai
