// One tag of a document as it is written. Internal to the feed room.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace milkrun::feed {

struct Attribute {
  std::string_view name, value; // value: as written, without its quotes; references not decoded
};

struct Tag {
  std::string_view name;
  std::vector<Attribute> attributes; // not those whose name is none; one more than max_attributes at most
  std::size_t size = 0;              // bytes from "<" to ">"; 0 = no tag, the "<" is text
  bool closing = false, empty = false;
  bool closed = true; // false: the document or the next "<" comes before its ">"
  bool sound = true;  // false: mended (a value without quotes or without an end, no blank between two, ...)
};

constexpr std::size_t max_attributes = 256; // of one element

// Reads the tag at the start of `in`, which starts with "<", into `tag`.
void read_tag(std::string_view in, Tag& tag);

bool is_name(std::string_view name);

} // namespace milkrun::feed
