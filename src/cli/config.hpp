// Where settings come from: defaults < file < environment < flags.
#pragma once

#include "cli/settings.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace milkrun::cli {

// What the environment and the flags may say; nullopt = nothing.
struct Overrides {
  std::optional<std::string> config = {}, database = {}, key_file = {}, log_level = {}, log_format = {};
};

// getenv, or a test's own.
using Environment = std::function<const char*(const char* name)>;

// MILKRUN_CONFIG, MILKRUN_DB, MILKRUN_KEY_FILE, MILKRUN_LOG_LEVEL, MILKRUN_LOG_FORMAT. Empty counts as not set.
Overrides from_environment(const Environment& environment);

// The settings, or every mistake as a line of its own. The default file may be missing, a named one may not.
std::expected<Settings, std::vector<std::string>> load_settings(const Overrides& flags, const Environment& environment);

// Takes over a TOML text. `name` is what errors call it. Returns every mistake; `settings` is then of no use.
std::vector<std::string> read_config(std::string_view text, const std::string& name, Settings& settings);

} // namespace milkrun::cli
