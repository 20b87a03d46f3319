// A picture that a feed points to.
#pragma once

#include "base/error.hpp"
#include "http/client.hpp"

#include <string>
#include <string_view>

namespace milkrun::feed {

struct Picture {
  std::string bytes;
  std::string_view type;      // "image/jpeg" | "image/png" | "image/gif" | "image/webp", by its first bytes
  std::string_view extension; // "jpg" | "png" | "gif" | "webp"
};

// One GET; at most 5 redirects and 3 MiB. Faults, all of them the picture's own (an article does without it):
//   permanent  not such a picture, too large, refused, an address that is not allowed
//   transient  its server is in trouble
//   aborted    we were told to stop
Expected<Picture> fetch_picture(http::Client& http, const std::string& url, const http::Caller& caller,
                                const std::string& user_agent, Millis timeout);

// What the bytes are; type "" for anything else (an SVG or a web page, whatever it is called).
Picture picture_of(std::string bytes);

} // namespace milkrun::feed
