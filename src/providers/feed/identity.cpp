// What makes an item the same item next time: its guid, else its link, else its text. An id is opaque: it is
// trimmed, and compared byte by byte.
#include "providers/feed/document.hpp"

#include "base/text.hpp"

#include <string>
#include <unordered_set>

namespace milkrun::feed {

namespace {

std::string plain_identity(const Draft& draft) {
  if (!draft.id.empty()) return "guid:" + draft.id;
  if (!draft.link.empty()) return "link:" + draft.link;
  return "hash:" + draft.item.content_hash;
}

// The first item of a document keeps a repeated identity; later ones add their link, else a number.
std::string unique_identity(const Draft& draft, std::unordered_set<std::string>& taken) {
  std::string identity = plain_identity(draft);
  if (taken.insert(identity).second) return identity;
  if (!draft.item.url.empty()) {
    std::string with_link = identity + "|" + draft.item.url;
    if (taken.insert(with_link).second) return with_link;
  }
  for (std::size_t n = 2;; ++n) {
    std::string numbered = identity + "|" + std::to_string(n);
    if (taken.insert(numbered).second) return numbered;
  }
}

} // namespace

void assign_identities(std::vector<Draft>& drafts) {
  std::unordered_set<std::string> taken;
  for (Draft& draft : drafts) {
    draft.item.content_hash = text::sha256_hex(draft.item.title + draft.item.content);
    draft.item.link_key = link_key(draft.item.url);
    draft.item.identity = unique_identity(draft, taken);
  }
}

} // namespace milkrun::feed
