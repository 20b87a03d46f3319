// What makes an item the same item next time: its guid, else its link, else its text. An id is opaque: it is
// trimmed, and compared byte by byte. One that several items of a document have is no id: which of them had it alone in
// the last document, nobody can tell.
#include "providers/feed/document.hpp"

#include "base/text.hpp"

#include <string>
#include <unordered_map>
#include <unordered_set>

namespace milkrun::feed {

namespace {

// Ids and links are kept for every item ever seen; what is longer is told apart by its digest.
constexpr std::size_t longest_id = 256;

using Counts = std::unordered_map<std::string, std::size_t>;

std::string bounded(const std::string& id) { return id.size() <= longest_id ? id : "sha256:" + text::sha256_hex(id); }

void drop_repeated_ids(std::vector<Draft>& drafts) {
  Counts ids;
  for (const Draft& draft : drafts) ++ids[draft.id];
  for (Draft& draft : drafts)
    if (ids[draft.id] > 1) draft.id.clear();
}

// The same item twice in a document is one.
void drop_doubles(std::vector<Draft>& drafts) {
  std::unordered_set<std::string> seen;
  std::erase_if(drafts, [&](const Draft& d) {
    return !seen.insert(d.id + '\n' + d.link + '\n' + d.item.url + '\n' + d.item.content_hash).second;
  });
}

// A link that several items of one document share says where to read, not which item it is. Those with an id are told
// apart by the fragment first; what is still shared then is no key.
void assign_link_keys(std::vector<Draft>& drafts) {
  Counts pages, places;
  for (const Draft& draft : drafts) {
    if (!draft.id.empty()) ++pages[link_key(draft.item.url)];
    ++places[place_key(draft.item.url)];
  }
  for (Draft& draft : drafts) {
    std::string page = link_key(draft.item.url), place = place_key(draft.item.url);
    if (!draft.id.empty() && pages[page] == 1)
      draft.item.link_key = bounded(page);
    else if (places[place] == 1)
      draft.item.link_key = bounded(place);
  }
}

class Identities {
public:
  // The first item of a document keeps an identity that others come to as well; later ones add their link, else a
  // number.
  std::string next(const Draft& draft) {
    std::string identity = plain(draft);
    if (taken_.insert(identity).second) return identity;
    if (!draft.item.url.empty()) {
      std::string with_link = identity + "|" + bounded(draft.item.url);
      if (taken_.insert(with_link).second) return with_link;
    }
    for (std::size_t& n = numbers_.try_emplace(identity, 1).first->second;;) {
      std::string numbered = identity + "|" + std::to_string(++n);
      if (taken_.insert(numbered).second) return numbered;
    }
  }

private:
  static std::string plain(const Draft& draft) {
    const Item& item = draft.item;
    if (!draft.id.empty()) return "guid:" + bounded(draft.id);
    if (draft.link.empty()) return "hash:" + item.content_hash;
    // Of items without id that share a link the text tells which is which, wherever they stand next time.
    const bool shared = !item.url.empty() && item.link_key.empty();
    return "link:" + bounded(draft.link) + (shared ? "|" + item.content_hash : "");
  }

  std::unordered_set<std::string> taken_;
  Counts numbers_;
};

} // namespace

void assign_identities(std::vector<Draft>& drafts) {
  for (Draft& draft : drafts) draft.item.content_hash = text::sha256_hex(draft.item.title + draft.item.content);
  drop_doubles(drafts);
  drop_repeated_ids(drafts);
  assign_link_keys(drafts);
  Identities identities;
  for (Draft& draft : drafts) {
    draft.item.identity = identities.next(draft);
    draft.item.has_id = !draft.id.empty();
  }
}

} // namespace milkrun::feed
