// Puts the settings together: file, then environment, then flags. Promise: all mistakes are reported at once, and a
// file that was asked for by name is never silently skipped.
#include "cli/config.hpp"

#include "base/private_file.hpp"
#include "base/text.hpp"
#include "cli/version.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace milkrun::cli {
namespace {

constexpr auto default_file = "/etc/milkrun/milkrun.toml";
constexpr auto default_key = "/etc/milkrun/master.key";
constexpr std::size_t longest_file = 1024 * 1024;

std::optional<std::string> either(const std::optional<std::string>& first, const std::optional<std::string>& second) {
  return first ? first : second;
}

Overrides over(const Overrides& strong, const Overrides& weak) {
  return {.config = either(strong.config, weak.config),
          .database = either(strong.database, weak.database),
          .key_file = either(strong.key_file, weak.key_file),
          .log_level = either(strong.log_level, weak.log_level),
          .log_format = either(strong.log_format, weak.log_format)};
}

// The file's text, or why it is not taken. Whoever can write it decides which addresses are open.
std::expected<std::string, std::string> slurp(const std::string& path) {
  const files::Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat s{};
  if (!file) return std::unexpected(files::unopened(path, errno));
  if (fstat(file.get(), &s) != 0) return std::unexpected(std::strerror(errno));
  if (std::string why = files::complaint(path, s, {.forbidden = 022, .roots_also = true}); !why.empty())
    return std::unexpected(std::move(why));
  std::string text;
  ssize_t got = 0;
  for (char buffer[4096]; (got = read(file.get(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > longest_file) return std::unexpected(std::strerror(EFBIG));
  }
  if (got < 0) return std::unexpected(std::strerror(errno));
  return text;
}

std::vector<std::string> read_file(const std::optional<std::string>& named, Settings& settings) {
  const std::string path = named.value_or(default_file);
  struct stat s{};
  if (!named && !files::look(path, s) && errno == ENOENT) return {};
  const auto text = slurp(path);
  if (text) return read_config(*text, path, settings);
  return {fmt::format("cannot read the configuration {}: {}; correct --config or MILKRUN_CONFIG, or make the file",
                      path, text.error())};
}

std::string key_file(const Overrides& given, const Settings& settings, const Environment& environment) {
  if (given.key_file) return *given.key_file;
  if (!settings.key_file.empty()) return settings.key_file;
  if (const char* directory = environment("CREDENTIALS_DIRECTORY"); directory && *directory) {
    const std::string path = fmt::format("{}/master.key", directory);
    if (access(path.c_str(), F_OK) == 0) return path;
  }
  return default_key;
}

// Root may read everybody's file. Whoever else owns one of these would choose what root does: on which database, with
// which key, to which addresses. What belongs to the database's owner is his anyway.
void refuse_others_file(std::string_view what, const std::string& path, const std::string& database,
                        std::vector<std::string>& mistakes) {
  struct stat file{}, data{};
  if (geteuid() != 0 || !files::look(path, file, true) || file.st_uid == 0) return;
  const std::string folder = database.substr(0, database.rfind('/') + 1);
  const bool there = files::look(database, data) || files::look(folder.empty() ? "." : folder, data, true);
  if (there && data.st_uid == file.st_uid) return;
  mistakes.push_back(fmt::format("{0} {1} belongs to user {2}, and we are root: {2} would choose what root does; run "
                                 "as the user whose database it is, or: chown root {1}",
                                 what, path, files::user_name(file.st_uid)));
}

template <class T>
void take_word(const std::optional<std::string>& word, std::optional<T> (*known)(std::string_view), T& into,
               std::string_view variable, std::string_view words, std::vector<std::string>& mistakes) {
  if (!word) return;
  if (const auto value = known(*word))
    into = *value;
  else
    mistakes.push_back(fmt::format("{}: \"{}\" must be one of {}", variable, text::one_line(*word, 80), words));
}

} // namespace

Overrides from_environment(const Environment& environment) {
  const auto get = [&](const char* name) {
    const char* value = environment(name);
    return value && *value ? std::optional<std::string>(value) : std::nullopt;
  };
  return {.config = get("MILKRUN_CONFIG"),
          .database = get("MILKRUN_DB"),
          .key_file = get("MILKRUN_KEY_FILE"),
          .log_level = get("MILKRUN_LOG_LEVEL"),
          .log_format = get("MILKRUN_LOG_FORMAT")};
}

std::expected<Settings, std::vector<std::string>> load_settings(const Overrides& flags,
                                                                const Environment& environment) {
  const Overrides given = over(flags, from_environment(environment));
  Settings settings;
  settings.job.user_agent = fmt::format("milkrun/{}", version());
  std::vector<std::string> mistakes = read_file(given.config, settings);
  if (given.database) settings.database = *given.database;
  settings.key_file = key_file(given, settings, environment);
  take_word(given.log_level, &log::level, settings.level, flags.log_level ? "--log-level" : "MILKRUN_LOG_LEVEL",
            "debug, info, warn, error", mistakes);
  take_word(given.log_format, &log::format, settings.format, flags.log_format ? "--log-format" : "MILKRUN_LOG_FORMAT",
            "auto, keyvalue, json, journald", mistakes);
  refuse_others_file("the configuration", given.config.value_or(default_file), settings.database, mistakes);
  refuse_others_file("the master key", settings.key_file, settings.database, mistakes);
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return settings;
}

} // namespace milkrun::cli
