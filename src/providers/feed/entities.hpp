// Character references of HTML and XML, as feeds write them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace milkrun::feed {

// "name hex name hex ...": the table behind named_entity.
extern const std::string_view entity_names;

// The code point of a named reference: "eacute" -> U+00E9. Names are case-sensitive.
std::optional<char32_t> named_entity(std::string_view name);

struct Reference {
  char32_t code_point = 0; // 0 = stands for nothing: a control character that XML forbids
  std::size_t size = 0;    // bytes of the reference, "&" and ";" included
};

// The reference at the start of `s`, which starts with "&"; nullopt: a naked ampersand. Numbers are mended:
// 80-9F mean windows-1252, two halves of a surrogate pair are joined, impossible ones become U+FFFD.
std::optional<Reference> read_reference(std::string_view s);

// Text with every reference decoded once; naked ampersands stay.
std::string decode_entities(std::string_view s);

} // namespace milkrun::feed
