// Which comment shows a claim.
#pragma once

#include "providers/meta/meta.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace milkrun::verify_social {

inline constexpr Millis skew{120'000}; // how far our clock and Meta's may differ

struct Wanted {
  std::string handle; // Instagram handle or Facebook name; "" = not known
  std::string code;   // one-time code; "" = none was given
  Time from;          // when the person began: her click, or else her claim
};

struct Match {
  const meta::Comment* comment = nullptr;
  char grade = 'C'; // A handle and code · B one of them (a handle is unique) · C a name that others may have
};

// The comments of one look, made comparable once for all the claims that wait for it: thousands of each are judged in
// one transaction. Keeps pointers into `comments`.
class Finder {
public:
  Finder(const meta::Comments& comments, bool handles_are_unique);
  // The best comment for a claim, none older than its beginning less the skew; nullopt
  // when there is none. `unused`: a comment may show one claim only.
  std::optional<Match> find(const Wanted& wanted,
                            const std::function<bool(const std::string& comment_id)>& unused) const;

private:
  struct Ready {
    const meta::Comment* comment;
    std::string name, text; // plain
  };
  std::vector<Ready> comments_;
  bool handles_are_unique_;
};

// For comparing what people typed (text::folded), without a leading @, trimmed.
std::string plain(std::string_view text);

// The part after the last '_': Facebook writes a comment's id with and without its post's.
std::string comment_id(std::string_view id);

} // namespace milkrun::verify_social
