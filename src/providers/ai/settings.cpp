// One function a key, so that every complaint names its key. Headers that carry credentials or framing are refused:
// settings are not secret and are stored in the clear.
#include "providers/ai/settings.hpp"

#include "base/shown.hpp"
#include "base/text.hpp"
#include "providers/ai/ai.hpp"
#include "providers/ai/json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace milkrun::ai {
namespace {

using Complaint = std::string; // "" = the value is good

std::unexpected<Error> bad(const std::string& what) {
  return fail(Fault::permanent, "ai.bad_settings", text::one_line(what, 300));
}

Complaint set_adapter(Settings& settings, const Json& value) {
  static const std::map<std::string, Vendor> names = {{"openai", Vendor::openai},
                                                      {"anthropic", Vendor::anthropic},
                                                      {"gemini", Vendor::gemini},
                                                      {"ollama", Vendor::ollama}};
  const auto found = names.find(text_of(value));
  if (found == names.end()) return "must be openai, anthropic, gemini or ollama";
  settings.vendor = found->second;
  return "";
}

Complaint set_model(Settings& settings, const Json& value) {
  settings.model = text_of(value);
  const bool printable = std::ranges::all_of(settings.model, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  return settings.model.empty() || settings.model.size() > 200 || !printable ? "must be a model's name" : "";
}

Complaint set_max_tokens(Settings& settings, const Json& value) {
  const std::int64_t cap = count_of(value);
  if (cap < 256 || cap > 128'000) return "must be a number from 256 to 128000";
  settings.max_tokens = static_cast<int>(cap);
  return "";
}

Complaint set_max_tokens_param(Settings& settings, const Json& value) {
  settings.max_tokens_param = text_of(value);
  const bool known = settings.max_tokens_param == "max_tokens" || settings.max_tokens_param == "max_completion_tokens";
  return known ? "" : "must be max_tokens or max_completion_tokens";
}

Complaint set_schema_mode(Settings& settings, const Json& value) {
  static const std::map<std::string, SchemaMode> names = {
      {"json_schema", SchemaMode::json_schema}, {"json_object", SchemaMode::json_object}, {"none", SchemaMode::none}};
  const auto found = names.find(text_of(value));
  if (found == names.end()) return "must be json_schema, json_object or none";
  settings.schema_mode = found->second;
  return "";
}

Complaint set_temperature(Settings& settings, const Json& value) {
  if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > 2) return "must be a number from 0 to 2";
  settings.temperature = value.get<double>();
  return "";
}

Complaint set_effort(Settings& settings, const Json& value) {
  constexpr auto words = std::to_array<std::string_view>({"none", "minimal", "low", "medium", "high", "xhigh", "max"});
  settings.effort = text_of(value);
  return std::ranges::find(words, settings.effort) == words.end()
             ? "must be none, minimal, low, medium, high, xhigh or max"
             : "";
}

bool is_token(std::string_view name) {
  constexpr std::string_view extra = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || extra.find(c) != extra.npos;
  });
}

bool is_reserved(std::string_view name) {
  constexpr auto names = std::to_array<std::string_view>(
      {"authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie", "host", "connection",
       "content-length", "content-type", "content-encoding", "transfer-encoding", "accept", "anthropic-version", "te",
       "upgrade", "expect"});
  return std::ranges::find(names, text::lower(name)) != names.end();
}

Complaint set_headers(Settings& settings, const Json& value) {
  if (!value.is_object() || value.size() > 16) return "must be an object of at most 16 headers";
  for (const auto& [name, content] : value.items()) {
    if (!is_token(name)) return "has a bad name: " + shown::word(name);
    if (is_reserved(name)) return "must not set " + shown::word(name);
    if (text::names_secret(name))
      return "must not set " + shown::word(name) + ": settings are not sealed; the secret goes by itself";
    const std::string header = text_of(content);
    const bool printable = std::ranges::all_of(header, [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
    if (header.empty() || header.size() > 512 || !printable) return "has a bad value for " + shown::word(name);
    settings.headers.push_back({name, header});
  }
  return "";
}

struct Key {
  std::string_view name;
  Complaint (*set)(Settings&, const Json&);
  std::string_view holds, otherwise, means;
};
constexpr Key keys[] = {
    {"adapter", set_adapter, "openai, anthropic, gemini or ollama", "needed",
     "whose API it is; openai is spoken by many services"},
    {"model", set_model, "a model's name", "needed", "as the service calls it"},
    {"max_tokens", set_max_tokens, "a number from 256 to 128000", "12000", "the longest answer"},
    {"max_tokens_param", set_max_tokens_param, "max_tokens or max_completion_tokens", "by host",
     "adapter openai: what the service calls that limit; the other name is tried when it is refused"},
    {"schema_mode", set_schema_mode, "json_schema, json_object or none", "json_schema",
     "how strictly the service is asked for JSON"},
    {"temperature", set_temperature, "a number from 0 to 2", "not sent", ""},
    {"effort", set_effort, "none, minimal, low, medium, high, xhigh or max", "not sent", "how much a model thinks"},
    {"headers", set_headers, "an object of at most 16 headers", "none", "sent with each call; none may carry a secret"},
};

} // namespace

Expected<Settings> read_settings(std::string_view json) {
  const auto document = parse_settings(json);
  if (!document) return bad(document.error());
  for (const char* needed : {"adapter", "model"}) {
    if (!document->contains(needed)) return bad(std::string(needed) + " is missing");
  }
  Settings settings;
  for (const auto& [key, value] : document->items()) {
    const auto* const known = std::ranges::find(keys, std::string_view(key), &Key::name);
    if (known == std::end(keys)) return bad("unknown key " + shown::word(key));
    const Complaint problem = known->set(settings, value);
    if (!problem.empty()) return bad(fmt::format("{} {}", key, problem));
  }
  return settings;
}

std::vector<SettingDoc> settings_reference() {
  std::vector<SettingDoc> out;
  for (const Key& key : keys)
    out.push_back(
        {std::string(key.name), "", std::string(key.holds), std::string(key.otherwise), std::string(key.means)});
  return out;
}

Expected<void> check_settings(std::string_view settings_json) {
  TRY(read_settings(settings_json));
  return {};
}

} // namespace milkrun::ai
