// Names and namespaces over pugixml's literal "prefix:local" names.
#include "providers/feed/xml.hpp"

#include "base/text.hpp"
#include "providers/feed/links.hpp"

#include <algorithm>
#include <array>
#include <ranges>

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

// nullptr = unknown
const Space* find_uri(std::string_view uri) {
  std::string plain = text::lower(text::trim(uri));
  for (std::string_view scheme : {"http://", "https://"}) {
    if (plain.starts_with(scheme)) plain.erase(0, scheme.size());
  }
  while (plain.ends_with('/')) plain.pop_back();
  const auto* found = std::ranges::find(uris, plain, &Space::name);
  return found == uris.end() ? nullptr : found;
}

std::string_view prefix_of(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
}

} // namespace

std::string_view local_name(pugi::xml_node node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view declared_uri(pugi::xml_node node, std::string_view prefix) {
  for (; node; node = node.parent()) {
    for (pugi::xml_attribute attribute : node.attributes()) {
      const std::string_view name = attribute.name();
      if (!name.starts_with("xmlns")) continue;
      if (prefix.empty() ? name == "xmlns"
                         : name.size() == prefix.size() + 6 && name[5] == ':' && name.ends_with(prefix))
        return attribute.value();
    }
  }
  return {};
}

Ns ns_of(pugi::xml_node node) {
  const std::string_view prefix = prefix_of(node.name());
  if (const std::string_view uri = declared_uri(node, prefix); !uri.empty()) {
    if (const Space* known = find_uri(uri)) return known->ns;
    // A default namespace nobody knows is how homemade feeds start; their elements are meant as the plain ones.
    return prefix.empty() ? Ns::core : Ns::other;
  }
  if (prefix.empty()) return Ns::core;
  const auto* known = std::ranges::find(prefixes, text::lower(prefix), &Space::name);
  return known == prefixes.end() ? Ns::other : known->ns;
}

bool is(pugi::xml_node node, Ns ns, std::string_view local) {
  return text::iequals(local_name(node), local) && ns_of(node) == ns;
}

std::string_view attribute(pugi::xml_node node, std::string_view local) {
  for (pugi::xml_attribute candidate : node.attributes()) {
    std::string_view name = candidate.name();
    if (!prefix_of(name).empty()) name.remove_prefix(prefix_of(name).size() + 1);
    if (text::iequals(name, local)) return text::trim(candidate.value());
  }
  return {};
}

Children::Children(pugi::xml_node parent, Ns home) {
  for (pugi::xml_node node : parent.children()) {
    if (node.type() != pugi::node_element) continue;
    const Ns ns = ns_of(node);
    children_.push_back({.node = node, .ns = ns == home ? Ns::core : ns, .local = local_name(node)});
  }
}

std::vector<pugi::xml_node> Children::all(Ns ns, std::string_view local) const {
  std::vector<pugi::xml_node> found;
  for (const Child& child : children_) {
    if (child.ns == ns && text::iequals(child.local, local)) found.push_back(child.node);
  }
  return found;
}

pugi::xml_node Children::first(Ns ns, std::string_view local) const {
  for (const Child& child : children_) {
    if (child.ns == ns && text::iequals(child.local, local)) return child.node;
  }
  return {};
}

std::string Children::text(std::initializer_list<Name> names) const {
  for (const Name& name : names) {
    for (pugi::xml_node node : all(name.ns, name.local)) {
      if (std::string value = text_of(node); !value.empty()) return value;
    }
  }
  return {};
}

std::string base_at(pugi::xml_node node, const std::string& document) {
  constexpr std::size_t longest = 2'048;
  std::vector<std::string_view> chain;
  for (; node; node = node.parent()) {
    const std::string_view base = node.attribute("xml:base").value();
    if (!base.empty() && base.size() <= longest) chain.push_back(base);
  }
  std::string base = document;
  for (std::string_view reference : std::views::reverse(chain)) {
    if (std::string next = absolute(base, reference); !next.empty() && next.size() <= longest) base = std::move(next);
  }
  return base;
}

} // namespace milkrun::feed
