// What differs between the services: URL, headers, body, and where the answer keeps its text.
#pragma once

#include "providers/ai/ai.hpp"
#include "providers/ai/json.hpp"
#include "providers/ai/settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::ai {

struct Turn {
  enum class Who { user, assistant } who;
  std::string text;
};

// One conversation: what we ask (system, ours alone) and what was said (turns, untrusted from the first on).
struct Talk {
  std::string system;
  std::vector<Turn> turns;
};

enum class Stop {
  end,      // complete
  cut,      // the token cap was reached
  refused,  // by the model or a filter, for what the text is; `why` says which
  declined, // for what the model is or for no reason that is known; `why` as it was said
  unknown,  // the service gave another reason or none
};

struct Reply {
  std::string text; // what the model wrote, without its thinking
  Stop stop = Stop::unknown;
  std::string why = {}; // the service's own word for refused or declined; untrusted
  Usage usage = {};     // of this call
  std::string model = {}, id = {};
};

struct Adapter {
  std::string (*url)(const Settings&, std::string_view base_url);
  Json (*body)(const Settings&, const Credential&, const Talk&, int cap);
  // nullopt: not the shape of an answer.
  std::optional<Reply> (*read)(const Json& answer);
  const char* key_header; // carries the secret ...
  const char* key_prefix; // ... behind this
  bool key_needed;
  std::vector<http::Header> headers;
};

// openai: the name of the token cap that is not sent now ("max_tokens" or "max_completion_tokens").
std::string other_cap_name(const Settings& settings, const Credential& credential);

extern const Adapter openai, anthropic, gemini, ollama;

const Adapter& adapter_of(Vendor vendor);

// The whole request for one call; `cap` is the token cap of the answer.
http::Request request_for(const Settings& settings, const Credential& credential, const Talk& talk, int cap,
                          Millis timeout);

// The base URL, with `suffix` taken off its end where it has it ("https://h/v1/" and "/v1" -> "https://h").
std::string base_without(std::string_view base_url, std::string_view suffix);
// [{"role": "user", "content": ...}, ...] as most services want their turns.
Json plain_turns(const Talk& talk);

} // namespace milkrun::ai
