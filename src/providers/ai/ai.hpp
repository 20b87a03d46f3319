// Writing an article draft with a tenant's AI service: OpenAI-compatible, Anthropic, Gemini or Ollama.
//
// What comes back is data: checked against a schema, but its words are untrusted like the feed item they came
// from. `body_markdown` has to pass content::from_markdown(), title, excerpt and tags content::escape_html().
#pragma once

#include "base/error.hpp"
#include "base/setting_doc.hpp"
#include "credentials/credential.hpp"
#include "http/client.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::ai {

struct Brief {
  // The tenant's words: untrusted too, and sent as data.
  std::string language; // "de", "pt-BR" or a language's name; "" = that of the item
  std::string tone;     // e.g. "friendly"; "" = neutral
  // The feed item: untrusted data, sent to the service as data. `text` is cut at 24,000 bytes.
  std::string title, text, url, site;
};

// All valid UTF-8 without control characters. Lengths in characters.
struct Draft {
  std::string title;             // 1 to 200, one line
  std::string excerpt;           // 0 to 600, one line
  std::string body_markdown;     // 50 to 60,000
  std::vector<std::string> tags; // at most 8, each 1 to 60, no two equal
};

struct Usage {
  std::int64_t tokens_in = 0, tokens_out = 0; // thinking included; by the bytes where the service does not say
  int calls = 0;                              // requests made, failed ones included
};

struct Answer {
  Expected<Draft> draft;
  Usage usage = {};            // also for refused and unusable answers
  std::string model = {};      // that answered, as the service names it; else the configured one
  std::string request_id = {}; // of the last call that had one: what the service's support asks for
};

// Settings of an ai credential (Credential::settings), a JSON object:
//   adapter           "openai" | "anthropic" | "gemini" | "ollama" (needed)
//   model             the service's name of it (needed)
//   max_tokens        cap of one answer, thinking included: 256 to 128000, default 12000
//   max_tokens_param  openai only: "max_tokens" | "max_completion_tokens"; default: the latter for api.openai.com
//   schema_mode       "json_schema" (default) | "json_object" | "none": how firmly JSON is asked for
//   temperature       0 to 2; not sent unless set (many models refuse it)
//   effort            "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max"; not sent unless set
//   headers           {"X-Name": "value"}: further headers, never credentials
// permanent "ai.bad_settings", the detail names the key.
Expected<void> check_settings(std::string_view settings_json);
// Every key of the settings.
std::vector<SettingDoc> settings_reference();

// The most that write() may come to for an item whose texts have so many bytes, as these settings are: every one of its
// calls made, every cap reached. Bad settings cost nothing: no call is made.
struct Most {
  std::int64_t calls = 0, tokens = 0;
};
Most most_cost(std::string_view settings_json, std::size_t text_bytes);

// Asks for one draft. Makes one call; one more with the token cap under its other name when that was refused; one more
// with twice the cap when the answer was cut off; one more when the answer does not fit the schema. `timeout` is for
// each call. Every call is repeatable. Errors beside http's own:
//   setting       ai.bad_settings · ai.no_key · ai.credential_refused · ai.unknown_model · ai.parameter_refused ·
//                 ai.quota (with a park of the credential for an hour)
//   rate_limited  ai.rate_limited
//   outage        ai.service_error · ai.overloaded · ai.unusable_answer · ai.empty_answer · ai.request_refused ·
//                 ai.answer_misfit · ai.answer_cut_off · ai.input_too_long · ai.quota, where the request is more
//                 than the plan gives a minute (this text alone)
//   permanent     ai.refused
Answer write(http::Client& client, const Credential& credential, const Brief& brief, Millis timeout);

} // namespace milkrun::ai
