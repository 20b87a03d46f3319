// Carries lines to stderr through spdlog, whole lines also from many threads. A line that cannot be written is lost
// and never ends a run.
#include "log/log.hpp"

#include "base/text.hpp"
#include "log/line.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <sstream>

namespace milkrun::log {

namespace {

using Logger = std::shared_ptr<spdlog::logger>;

Logger make_logger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("milkrun", std::move(sink));
  logger->set_level(spdlog::level::trace); // the level is ours
  logger->set_pattern("%v");
  logger->set_error_handler([](const std::string&) {}); // stderr is gone: there is nobody to tell
  return logger;
}

// systemd sets JOURNAL_STREAM="device:inode" and children inherit it wherever their own stderr goes: compare.
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status{};
  if (!stream || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

Format concrete(Format format) {
  if (format != Format::automatic) return format;
  return stderr_is_journal() ? Format::journald : Format::keyvalue;
}

struct State {
  std::atomic<Level> level = Level::warn;
  std::atomic<Format> format = concrete(Format::automatic);
  std::mutex lock; // of the three below; the sinks have none of their own, so that a test may read `captured`
  Logger logger = make_logger(std::make_shared<spdlog::sinks::stderr_sink_st>());
  std::ostringstream captured;
  std::function<void()> make_room;

  void replace(spdlog::sink_ptr sink) {
    std::lock_guard hold(lock);
    logger = make_logger(std::move(sink));
    captured.str({});
  }
};

State& state() {
  static auto& only = *new State; // never destroyed: threads may log until the process ends
  return only;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
  case Level::debug: return spdlog::level::debug;
  case Level::info: return spdlog::level::info;
  case Level::warn: return spdlog::level::warn;
  case Level::error: break;
  }
  return spdlog::level::err;
}

} // namespace

void setup(Level level, Format format) {
  state().level = level;
  state().format = concrete(format);
}

bool enabled(Level level) { return level >= state().level.load(); }

std::optional<Level> level(std::string_view word) {
  for (Level level : {Level::debug, Level::info, Level::warn, Level::error})
    if (log::word(level) == word) return level;
  return std::nullopt;
}

std::optional<Format> format(std::string_view word) {
  if (word == "auto") return Format::automatic;
  if (word == "keyvalue") return Format::keyvalue;
  if (word == "json") return Format::json;
  if (word == "journald") return Format::journald;
  return std::nullopt;
}

void write(Level level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  const std::string text = line(level, state().format, SystemClock().now(), event, fields);
  std::lock_guard hold(state().lock);
  if (state().make_room) state().make_room();
  state().logger->log(spdlog_level(level), spdlog::string_view_t(text));
}

void before_lines(std::function<void()> make_room) {
  std::lock_guard hold(state().lock);
  state().make_room = std::move(make_room);
}

Capture::Capture() { state().replace(std::make_shared<spdlog::sinks::ostream_sink_st>(state().captured)); }

Capture::~Capture() { state().replace(std::make_shared<spdlog::sinks::stderr_sink_st>()); }

std::string Capture::text() const {
  std::lock_guard hold(state().lock);
  return state().captured.str();
}

} // namespace milkrun::log
