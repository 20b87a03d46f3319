// Names of authors. Internal to the feed room.
#pragma once

#include "providers/feed/xml.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace milkrun::feed {

// The name in what publishers write for a person, as plain text; "" when it is only a mail address or an address of
// the web: "jo@example.org (Jo Doe)" and "Jo Doe <jo@example.org>" are Jo Doe. `html`: with markup or references.
std::string person_name(std::string_view html);

// Names in their order, each once.
class People {
public:
  // Adds the name in `html` (see person_name).
  void add(std::string_view html);
  bool empty() const { return names_.empty(); }
  std::string joined() const; // by ", ", at most 1,000 characters

private:
  std::vector<std::string> names_;
};

// The authors of an item, channel, feed or source: of the first kind that names somebody among dc:creator, author (a
// text or a person of Atom), an Atom author elsewhere, itunes:author and managingEditor. `home`: the
// vocabulary that counts as core there.
std::string authors_of(const Children& children, Ns home);

} // namespace milkrun::feed
