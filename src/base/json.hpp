// Reading JSON that strangers wrote: never throws, never trusts a type, and counts before it builds.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace milkrun {

// What an answer may hold. Looked at in one pass over the bytes, before a tree is built: a few megabytes of "{}," would
// become gigabytes.
struct JsonLimits {
  std::size_t levels = 32;      // nesting
  std::size_t values = 100'000; // of the whole text; a tree takes some 100 bytes for each
  std::size_t string = 1 << 20; // bytes of one string or key as it is written
};
bool json_within(std::string_view text, const JsonLimits& limits);

// What a text exceeds, and where. The last two have bounds of their own, for every parser: nlohmann copies what it
// complains about several times, and writes each line end of it in eight bytes.
struct JsonExcess {
  enum What { levels, values, string, word, gap } what;
  std::size_t at; // where the word, gap or string begins; else the byte that is too much
};
constexpr std::size_t longest_json_word = 1'000; // bytes of a number, true, false or null
constexpr std::size_t longest_json_gap = 65'536; // bytes between two strings or numbers: blanks, brackets, words
std::optional<JsonExcess> json_excess(std::string_view text, const JsonLimits& limits);

// The text without what JSON calls blanks at both ends: however much of it there is, it is no part of the value.
std::string_view without_blanks(std::string_view text);

// nullopt unless the whole text is JSON within the limits. Invalid UTF-8 becomes U+FFFD.
std::optional<nlohmann::json> parse_json(std::string_view text, const JsonLimits& limits = {});

// The object that a credential's settings are; otherwise what the text is instead, for people.
std::expected<nlohmann::json, std::string> parse_settings(std::string_view text);

// The JSON of an answer around which a plugin printed words (a PHP notice, a comment, a byte order mark): the last
// object or array that fills its lines, else the longest one. nullopt when there is none, and for a web page: a script
// in it may hold something that looks like an answer. `text` must be UTF-8. What exceeds the limits is none, and
// nothing in it is looked for. However the text is made, no more is read than some passes over it.
struct JsonSpan {
  std::string_view text;
  bool noise = false; // something stood around it
};
std::optional<JsonSpan> find_json(std::string_view text, const JsonLimits& limits = {});

// Both: the tree, and whether something stood around it.
struct NoisyJson {
  nlohmann::json value;
  bool noise = false;
};
std::optional<NoisyJson> parse_noisy_json(std::string_view text, const JsonLimits& limits = {});

// The member of an object, the element (from 0) of an array; a shared null when there is none.
const nlohmann::json& member(const nlohmann::json& value, std::string_view key);
const nlohmann::json& element(const nlohmann::json& value, std::size_t index);
// The string, or "" for anything else.
std::string text_of(const nlohmann::json& value);

} // namespace milkrun
