// Secrets of the fixtures carry a marker, so that they can be searched in everything the product leaves behind.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace milkrun::e2e {

// A secret that no other text holds: "canary-NAME-…".
std::string secret(std::string_view name);
// An application password as WordPress shows it, in groups with blanks between them.
std::string app_password(std::string_view name);

// The secrets of this list that `text` holds, in the disguise they were found in: as it is, without blanks, its first
// eight bytes, URL- or hex-encoded, each letter escaped as in HTML or JSON, in base64 at any of the three offsets.
// "" when there is none.
std::string secrets_in(std::string_view text, const std::vector<std::string>& secrets);
// The Authorization header of the tenant NAME at its own site.
std::string basic(std::string_view name);

} // namespace milkrun::e2e
