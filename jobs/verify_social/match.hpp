// Which comment shows a claim.
#pragma once

#include "providers/meta/meta.hpp"

#include <functional>
#include <optional>
#include <string>

namespace milkrun::verify_social {

struct Wanted {
  std::string handle; // Instagram handle or Facebook name; "" = not known
  std::string code;   // one-time code; "" = none was given
  Time from;          // when the person began: her click, or else her claim
};

struct Match {
  const meta::Comment* comment = nullptr;
  char grade = 'C'; // A handle and code · B one of them (a handle is unique) · C a name that others may have
};

// The best comment for a claim, none older than its beginning (two minutes of clock difference are allowed); nullopt
// when there is none. `unused`: a comment may show one claim only.
std::optional<Match> match(const meta::Comments& comments, const Wanted& wanted, bool handles_are_unique,
                           const std::function<bool(const std::string& comment_id)>& unused);

// For comparing what people typed: no zero-width characters, ASCII lower case, without a leading @, trimmed.
std::string plain(std::string_view text);

// The part after the last '_': Facebook writes a comment's id with and without its post's.
std::string comment_id(std::string_view id);

} // namespace milkrun::verify_social
