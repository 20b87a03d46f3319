// What the usage headers of the Graph API say must rest. Private to this folder.
#pragma once

#include "base/park.hpp"
#include "credentials/credential.hpp"
#include "http/client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace milkrun::meta {

// Whose limits a call counts against.
struct Quarters {
  std::string app;     // id of the app's park
  std::string account; // Page or IG user; "" = the credential's own
  bool instagram = false;
};

inline constexpr ReasonCode at_its_limit = "meta.usage_full";

struct Usage {
  std::vector<Park> parks = {};
  bool exhausted = false; // some figure is at 100 %: a further call would only lengthen the block
};

// X-App-Usage, X-Page-Usage and X-Business-Use-Case-Usage: 75 % rests for 30 s, 100 % for 15 minutes (limits by the
// hour), 60 minutes (by the day) or longer where a header says so. Malformed headers and rows of other types count
// for nothing.
Usage usage_of(const http::Response& response, const Quarters& quarters);

// Minutes until access is regained by rows of `type` ("pages", "instagram", ...; "" = the app's header); at most a
// day, 0 when nothing is said.
Millis regain_of(const http::Response& response, std::string_view type, const std::string& account);

// Adds a park, or lengthens the one there is for the same scope and id.
void add_park(std::vector<Park>& parks, Park park);

} // namespace milkrun::meta
