// What pugixml does not know: namespaces, mixed text, xml:base, over a document of prepass.hpp. Internal to the feed
// room.
#pragma once

#include "providers/feed/namespaces.hpp"

#include <pugixml.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::feed {

// The vocabulary of an element of a prepared document.
Ns ns_of(pugi::xml_node);
// Name without prefix, as written.
std::string_view local_name(pugi::xml_node);
// Does the root element declare a namespace whose URI holds `part` (lower case)?
bool declares(pugi::xml_node root, std::string_view part);
// An attribute by local name, whatever its prefix; "" when absent. Trimmed.
std::string_view attribute(pugi::xml_node, std::string_view local);

// The child elements of one parent, named once and asked often. Names are compared without case: <pubdate> is commoner
// than any element that differs by case only.
class Children {
public:
  // `home`: the vocabulary that counts as core here.
  explicit Children(pugi::xml_node parent, Ns home = Ns::core);

  // All / the first with this name in document order; a null node when there is none.
  std::vector<pugi::xml_node> all(Ns, std::string_view local) const;
  pugi::xml_node first(Ns, std::string_view local) const;

  struct Name {
    Ns ns;
    std::string_view local;
  };
  // The first text that is not empty, asked name by name; trimmed.
  std::string text(std::initializer_list<Name> names) const;

private:
  struct Child {
    pugi::xml_node node;
    Ns ns;
    std::string_view local;
  };
  std::vector<Child> children_;
};

// No text of an element that is longer is needed: what follows is cut.
constexpr std::size_t longest_text = 2'000'000; // bytes

// All text and CDATA of an element, trimmed; element children ("naked markup") as HTML source.
std::string text_of(pugi::xml_node);
// The inside of an element as HTML source, text escaped; the prefix of XHTML names is dropped.
std::string inner_html(pugi::xml_node);
bool has_elements(pugi::xml_node);
// The text and CDATA directly inside of it, without that of elements; trimmed.
std::string own_text(pugi::xml_node);

// The base URL at an element: `document` with every xml:base from the root down applied to it.
std::string base_at(pugi::xml_node, const std::string& document);

} // namespace milkrun::feed
