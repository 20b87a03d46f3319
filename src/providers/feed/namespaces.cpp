// Namespaces by URI where it is declared and by habit where it is not: undeclared prefixes are common in feeds.
#include "providers/feed/namespaces.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace milkrun::feed {

namespace {

struct Space {
  std::string_view name; // a URI without scheme and closing slash, or a prefix
  Ns ns;
};

constexpr auto uris = std::to_array<Space>({
    {"purl.org/rss/1.0", Ns::core},
    {"my.netscape.com/rdf/simple/0.9", Ns::core},
    {"channel.netscape.com/rdf/simple/0.9", Ns::core},
    {"backend.userland.com/rss2", Ns::core},
    {"www.w3.org/2005/atom", Ns::atom},
    {"purl.org/atom/ns#", Ns::atom},
    {"purl.org/rss/1.0/modules/content", Ns::content},
    {"purl.org/dc/elements/1.1", Ns::dc},
    {"purl.org/dc/elements/1.0", Ns::dc},
    {"purl.org/dc/terms", Ns::dc},
    {"search.yahoo.com/mrss", Ns::media},
    {"www.itunes.com/dtds/podcast-1.0.dtd", Ns::itunes},
    {"purl.org/rss/1.0/modules/syndication", Ns::sy},
    {"www.w3.org/1999/02/22-rdf-syntax-ns#", Ns::rdf},
    {"purl.oclc.org/net/rss_2.0/enc#", Ns::enc},
    {"www.w3.org/1999/xhtml", Ns::xhtml},
    {"rssnamespace.org/feedburner/ext/1.0", Ns::feedburner},
});

constexpr auto prefixes = std::to_array<Space>({
    {"atom", Ns::atom},
    {"atom10", Ns::atom},
    {"a10", Ns::atom},
    {"content", Ns::content},
    {"dc", Ns::dc},
    {"dcterms", Ns::dc},
    {"media", Ns::media},
    {"itunes", Ns::itunes},
    {"sy", Ns::sy},
    {"rdf", Ns::rdf},
    {"rss", Ns::core},
    {"enc", Ns::enc},
    {"xhtml", Ns::xhtml},
    {"feedburner", Ns::feedburner},
});

constexpr auto shorts = std::to_array<Space>({
    {"a", Ns::atom},
    {"c", Ns::content},
    {"d", Ns::dc},
    {"m", Ns::media},
    {"i", Ns::itunes},
    {"s", Ns::sy},
    {"r", Ns::rdf},
    {"e", Ns::enc},
    {"h", Ns::xhtml},
    {"f", Ns::feedburner},
});

// nullptr = unknown
const Space* find_uri(std::string_view uri) {
  constexpr std::size_t longest = 200;
  uri = text::trim(uri);
  if (uri.size() > longest) return nullptr;
  std::string plain = text::lower(uri);
  for (std::string_view scheme : {"http://", "https://"}) {
    if (plain.starts_with(scheme)) plain.erase(0, scheme.size());
  }
  while (plain.ends_with('/')) plain.pop_back();
  const auto* found = std::ranges::find(uris, plain, &Space::name);
  return found == uris.end() ? nullptr : found;
}

Ns by_usual_prefix(std::string_view prefix) {
  if (prefix.empty()) return Ns::core;
  const auto* known = std::ranges::find_if(prefixes, [&](const Space& s) { return text::iequals(s.name, prefix); });
  return known == prefixes.end() ? Ns::other : known->ns;
}

} // namespace

std::string_view prefix_of(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
}

std::string_view local_of(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view short_prefix(Ns ns) {
  const auto* found = std::ranges::find(shorts, ns, &Space::ns);
  return found == shorts.end() ? std::string_view{} : found->name;
}

std::string_view usual_prefix(Ns ns) {
  if (ns == Ns::core) return {};
  const auto* found = std::ranges::find(prefixes, ns, &Space::ns);
  return found == prefixes.end() ? std::string_view{} : found->name;
}

Ns ns_of_short(std::string_view prefix) {
  if (prefix.empty()) return Ns::core;
  const auto* found = std::ranges::find(shorts, prefix, &Space::name);
  return found == shorts.end() ? Ns::other : found->ns;
}

void Namespaces::back_to(Mark mark) {
  while (made_.size() > mark) {
    bindings_[made_.back()].pop_back();
    made_.pop_back();
  }
}

void Namespaces::declare(std::string_view prefix, std::string_view uri) {
  Binding binding{.ns = prefix.empty() ? Ns::core : Ns::other, .declared = !uri.empty()};
  if (const Space* known = find_uri(uri)) binding.ns = known->ns;
  bindings_[prefix].push_back(binding);
  made_.push_back(prefix);
}

Ns Namespaces::of(std::string_view name) const {
  const std::string_view prefix = prefix_of(name);
  const auto found = bindings_.find(prefix);
  if (found != bindings_.end() && !found->second.empty() && found->second.back().declared)
    return found->second.back().ns;
  return by_usual_prefix(prefix);
}

} // namespace milkrun::feed
