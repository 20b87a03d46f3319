// Only documents that are not well-formed ask what is implied; names are then compared without case.
#include "providers/feed/open_elements.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace milkrun::feed {

namespace {

template <std::size_t N> bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view n) { return text::iequals(n, name); });
}

constexpr auto roots = std::to_array<std::string_view>({"rss", "rdf", "feed"});
constexpr auto containers = std::to_array<std::string_view>({"rss", "rdf", "feed", "channel"});
// Elements of feeds that hold nothing but text, and those that often stand behind one.
constexpr auto leaves = std::to_array<std::string_view>(
    {"link", "guid", "pubdate", "id", "updated", "published", "comments", "ttl", "language", "enclosure", "generator"});
constexpr auto neighbours =
    std::to_array<std::string_view>({"link", "guid", "pubdate", "id", "updated", "published", "comments", "enclosure",
                                     "description", "summary", "content", "category", "encoded", "creator"});
// Elements of HTML that end where the next of their kind begins.
constexpr auto repeated = std::to_array<std::string_view>({"p", "li", "dt", "dd", "tr", "td", "th", "option"});
constexpr auto voids = std::to_array<std::string_view>(
    {"br", "img", "hr", "wbr", "input", "area", "col", "embed", "param", "track", "meta"});

// So that a flood of end tags that belong to nothing costs a comparison of numbers for each open element.
std::size_t digest_of(std::string_view name) {
  std::size_t digest = 14'695'981'039'346'656'037U; // FNV-1a
  for (char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    digest = (digest ^ static_cast<unsigned char>(upper ? c + ('a' - 'A') : c)) * 1'099'511'628'211U;
  }
  return digest;
}

} // namespace

bool needs_no_end(std::string_view local) { return is_one_of(voids, local); }

void OpenElements::push(Element element) {
  if (starts_item(element.written)) item_ = open_.size();
  element.digest = digest_of(element.written);
  open_.push_back(std::move(element));
}

void OpenElements::pop() {
  open_.pop_back();
  if (item_ == open_.size()) item_.reset();
}

bool OpenElements::between_items() const {
  return !open_.empty() && !item_ && is_one_of(containers, local_of(open_.back().written));
}

bool OpenElements::starts_item(std::string_view written) const {
  const std::string_view local = local_of(written);
  return (text::iequals(local, "item") || text::iequals(local, "entry")) && between_items();
}

std::size_t OpenElements::implied_ends(std::string_view written) const {
  if (open_.empty()) return 0;
  const std::string_view local = local_of(written), top = local_of(open_.back().written);
  const auto is_feed_or_page = [](const Element& e) {
    return is_one_of(roots, local_of(e.written)) || text::iequals(e.written, "html");
  };
  // A feed behind the warnings of a careless server.
  if (is_one_of(roots, local) && std::ranges::none_of(open_, is_feed_or_page)) return open_.size();
  if (item_ && text::iequals(open_[*item_].written, written)) {
    const std::size_t inside = open_.size() - *item_;
    // An Atom entry may hold another one in its content.
    if (inside == 1 || text::iequals(local, "item")) return inside;
  }
  if (is_one_of(leaves, top)) return 1;
  if (item_ && open_.size() == *item_ + 2 && text::iequals(top, "title") && is_one_of(neighbours, local)) return 1;
  return is_one_of(repeated, local) && text::iequals(local, top) ? 1 : 0;
}

std::size_t OpenElements::ended_by(std::string_view written) const {
  // What stands around an item is ended from inside only by the end of channel and feed.
  const bool reaches_out = is_one_of(containers, local_of(written));
  const std::size_t lowest = item_ && !reaches_out ? *item_ : 0;
  const std::size_t digest = digest_of(written);
  for (std::size_t i = open_.size(); i > lowest; --i) {
    if (open_[i - 1].digest == digest && text::iequals(open_[i - 1].written, written)) return open_.size() - i + 1;
  }
  return 0;
}

} // namespace milkrun::feed
