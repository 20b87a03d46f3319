// Vocabularies of feeds, and the short names they have while a document is read. Internal to the feed room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace milkrun::feed {

// A vocabulary. Core is the dialect of the document itself: unprefixed RSS, RSS 1.0, Atom in an Atom document.
enum class Ns { core, atom, content, dc, media, itunes, sy, rdf, enc, xhtml, feedburner, other };

// "dc" of "dc:date"; "" without one.
std::string_view prefix_of(std::string_view name);
// "date" of "dc:date".
std::string_view local_of(std::string_view name);

// The one-letter prefix of a vocabulary in a prepared document, and the usual one in feeds; "" for core and other.
std::string_view short_prefix(Ns);
std::string_view usual_prefix(Ns);
// The vocabulary of a name in a prepared document.
Ns ns_of_short(std::string_view prefix);

// The declarations that hold where a document is read, from the root down. Each costs one step when it is made, each
// name one look-up: a walk up the tree for every element is what hostile documents wait for.
class Namespaces {
public:
  using Mark = std::size_t;
  // What holds now, and back to it.
  Mark mark() const { return made_.size(); }
  void back_to(Mark);
  // xmlns="uri" or xmlns:prefix="uri" of an element that has just been opened. `prefix` must outlive this.
  void declare(std::string_view prefix, std::string_view uri);

  // By the URI that is declared; by its usual prefix where none is. A default namespace nobody knows is how homemade
  // feeds start: their elements are meant as the plain ones.
  Ns of(std::string_view name) const;

private:
  struct Binding {
    Ns ns = Ns::core;
    bool declared = false; // false: xmlns="" takes a declaration back
  };
  std::unordered_map<std::string_view, std::vector<Binding>> bindings_;
  std::vector<std::string_view> made_; // prefixes in the order of their declarations
};

} // namespace milkrun::feed
