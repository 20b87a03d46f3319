// Finding our own secrets in what a stranger sent back. A server that echoes what it got may have it encoded as it was
// sent, logged or dumped.
#pragma once

#include "base/secret.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace milkrun {

// Replaces each secret it was given, and each line of one that has several, by "***": plain, without its blanks and in
// groups of four, escaped for JSON, percent-encoded and in hex (any case), in base64 (both alphabets, wherever it
// stands in what was encoded). The text is looked at three times: as it is, and with its escapes undone once and twice
// (%63, &#99; &#x63; &amp; \u0063 \x63 \/), whichever of its letters they were used for. So is the word in which a long
// secret was cut behind its first or in front of its last eight characters or more, where these are such as no word
// has. It keeps keyed hashes of secrets and no secret. Its time grows with the text and not with the secrets, whatever
// they are and however long: what stands at a place is compared by the difference of two sums, not byte by byte.
class Mask {
public:
  // Secrets shorter than `shortest` (4 at least) are not looked for: they would cut up every sentence.
  explicit Mask(std::size_t shortest = 8);

  void add(const Secret& secret);
  bool empty() const { return forms_.empty(); }
  std::string masked(std::string text) const;

private:
  struct Length { // of forms, and what a sum of the text is multiplied by to be compared behind so many bytes
    std::size_t bytes = 0;
    std::uint64_t power = 0;
  };
  struct Heads {                     // of forms, by their first bytes
    std::vector<std::uint64_t> seen; // a bit for each: most places of a text need no more
    std::unordered_map<std::uint32_t, std::vector<Length>> lengths; // longest first: keys of a service begin alike
    std::size_t count = 0;
    void add(std::uint64_t hash, Length length);
    const std::vector<Length>* find(std::uint64_t hash) const;
  };
  class Sums;
  void add_text(std::string_view secret);
  void add_form(std::string_view form, Heads& heads);
  std::uint64_t head_of(std::string_view bytes) const;
  std::size_t size_at(std::string_view bytes, std::size_t at, const Heads& heads, Sums& sums) const; // 0: none
  std::vector<std::pair<std::size_t, std::size_t>> found_in(const std::string& text) const; // begin and end of each

  std::size_t shortest_, head_;             // bytes of a form that find it
  std::size_t longest_ = 0;                 // bytes of a form
  Heads exact_, folded_, halves_;           // halves_ in any case, too
  std::unordered_set<std::uint64_t> forms_; // hashes of their sums
};

// Whether it is under 16 bytes and nothing but small letters, dots, hyphens and blanks, as names of ours are.
bool could_be_a_word(const Secret& secret);

// What a Mask does, for one text; secrets from 4 bytes on.
std::string hide(std::string text, const std::vector<Secret>& secrets);

} // namespace milkrun
