// The program's log: one event, one line, on stderr. Values may be anything a stranger sent: they come out inert.
//
//   log::warn("feed_failed", {{"tenant", slug}, {"status", 503}, {"detail", error.detail}});
//
//   keyvalue  2026-11-21T12:00:00.123Z warn feed_failed tenant=asha status=503 detail="no answer"
//   json      {"time":"2026-11-21T12:00:00.123Z","level":"warn","event":"feed_failed","tenant":"asha","status":503,…}
//   journald  <4>feed_failed tenant=asha status=503 detail="no answer"
#pragma once

#include "base/secret.hpp"

#include <concepts>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace milkrun::log {

enum class Level { debug, info, warn, error };
enum class Format {
  automatic, // journald when stderr is the journal's socket (systemd.exec(5), $JOURNAL_STREAM), else keyvalue
  keyvalue,
  json,
  journald,
};

// Sets what is written and how, for the whole process. Before it is called: warn and error, automatic.
void setup(Level level, Format format);
bool enabled(Level level);

// The level or format of a word of the configuration ("info", "json", …); nullopt: no such word.
std::optional<Level> level(std::string_view word);
std::optional<Format> format(std::string_view word);

// One thing to say about an event. Text of any bytes; numbers and booleans stay such in JSON.
struct Field {
  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false"), bare(true) {}
  Field(std::string_view k, std::integral auto v) : key(k), value(std::to_string(v)), bare(true) {}

  std::string_view key;
  std::string value;
  bool bare = false; // a number or boolean
};
using Fields = std::initializer_list<Field>;

// Writes one line; safe from every thread. `event` is a stable snake_case word. A value is cut at 2000 bytes.
void write(Level level, std::string_view event, Fields fields = {});
inline void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warn(std::string_view event, Fields fields = {}) { write(Level::warn, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

// Called before each line, with nothing being written meanwhile: whoever draws on the same terminal makes room.
// nullptr: nobody does. It must not log.
void before_lines(std::function<void()> make_room);

// From now on this secret is *** in every line, in all the forms that base/mask.hpp knows; it is not kept. Secrets
// under 8 bytes, and those under 16 that are nothing but small letters, dots and hyphens, are not masked: they would
// match ordinary words. Names of events and fields, and the fields that hold only words of ours ("job", "stage",
// "tenant", …), are never masked. The second line of defence; the first is that nothing passes secrets here.
void mask(const Secret& secret);

// Takes the lines in place of stderr while it lives. For tests; one at a time.
class Capture {
public:
  Capture();
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  std::string text() const; // everything written so far, lines ended by \n
};

} // namespace milkrun::log
