// A URL taken apart by libcurl's own parser: what is checked here is what the transfer will use.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace milkrun::http {

struct ParsedUrl {
  std::string url;  // normal form: host in ASCII lower case, numeric hosts dotted, no fragment
  std::string host; // ASCII lower case (IDNA applied); IPv6 in brackets
  int port = 0;
  bool tls = false;
  bool default_port = true;
  bool mail = false; // smtp(s); tls is true then: without it nothing is sent
};

// nullopt unless the text is an absolute http(s) URL without user info and zone id.
std::optional<ParsedUrl> parse_url(std::string_view url);
// The same of smtp and smtps, which have neither path nor query; the default ports are those of submission, 587 and
// 465.
std::optional<ParsedUrl> parse_mail_url(std::string_view url);

} // namespace milkrun::http
