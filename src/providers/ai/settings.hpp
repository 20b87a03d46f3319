// The settings of an ai credential, read and checked.
#pragma once

#include "base/error.hpp"
#include "http/client.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::ai {

enum class Vendor { openai, anthropic, gemini, ollama };
enum class SchemaMode { json_schema, json_object, none };

struct Settings {
  Vendor vendor = Vendor::openai;
  std::string model;
  int max_tokens = 12'000;
  std::string max_tokens_param = {}; // "" = by host
  SchemaMode schema_mode = SchemaMode::json_schema;
  std::optional<double> temperature = {};
  std::string effort = {}; // "" = not sent
  std::vector<http::Header> headers = {};
};

// permanent "ai.bad_settings"; the detail names the key.
Expected<Settings> read_settings(std::string_view json);

} // namespace milkrun::ai
