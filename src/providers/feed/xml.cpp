// Names, attributes and children over pugixml's literal "prefix:local" names.
#include "providers/feed/xml.hpp"

#include "base/text.hpp"
#include "providers/feed/links.hpp"

#include <algorithm>
#include <ranges>

namespace milkrun::feed {

std::string_view local_name(pugi::xml_node node) { return local_of(node.name()); }

Ns ns_of(pugi::xml_node node) { return ns_of_short(prefix_of(node.name())); }

bool declares(pugi::xml_node root, std::string_view part) {
  return std::ranges::any_of(root.attributes(), [&](pugi::xml_attribute a) {
    return std::string_view(a.name()).starts_with("xmlns") && text::lower(a.value()).find(part) != std::string::npos;
  });
}

std::string_view attribute(pugi::xml_node node, std::string_view local) {
  for (pugi::xml_attribute candidate : node.attributes()) {
    if (text::iequals(local_of(candidate.name()), local)) return text::trim(candidate.value());
  }
  return {};
}

Children::Children(pugi::xml_node parent, Ns home) {
  // Counted first: a channel of 400,000 items would be in memory twice while the list grows.
  children_.reserve(static_cast<std::size_t>(
      std::ranges::count_if(parent.children(), [](pugi::xml_node node) { return node.type() == pugi::node_element; })));
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
  constexpr std::size_t longest = 512; // it is read again for each link
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
