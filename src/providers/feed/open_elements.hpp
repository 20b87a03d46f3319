// The elements that are open where a document is read, and what HTML and feeds imply about their ends. Internal to
// the feed room.
#pragma once

#include "providers/feed/namespaces.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::feed {

class OpenElements {
public:
  struct Element {
    std::string_view written;  // the name as in the document, whose text must outlive this
    std::string name;          // the name that is written instead
    Namespaces::Mark mark = 0; // of the declarations outside of it
    std::size_t digest = 0;    // of the name without case
  };

  bool empty() const { return open_.empty(); }
  std::size_t size() const { return open_.size(); }
  const Element& top() const { return open_.back(); }
  const Element& at(std::size_t i) const { return open_[i]; }
  void push(Element element);
  void pop();

  // Where the open item stands, counted from the root; nullopt outside of items.
  std::optional<std::size_t> item() const { return item_; }
  // Would an element of this name be an item here?
  bool starts_item(std::string_view written) const;

  // The innermost holds elements only: white space in it means nothing.
  bool holds_parts() const { return !open_.empty() && (item_ == open_.size() - 1 || between_items()); }

  // How many elements a start tag of this name ends before it begins: those whose end tag was forgotten.
  std::size_t implied_ends(std::string_view written) const;
  // How many elements an end tag of this name ends; 0 = it belongs to nothing that is open.
  std::size_t ended_by(std::string_view written) const;

private:
  bool between_items() const; // the innermost is one that items stand in

  std::vector<Element> open_;
  std::optional<std::size_t> item_;
};

// Has this element of HTML no end tag?
bool needs_no_end(std::string_view local);

} // namespace milkrun::feed
