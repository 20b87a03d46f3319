// A name is for readers: addresses and markup are none.
#include "providers/feed/people.hpp"

#include "base/text.hpp"
#include "providers/feed/html_text.hpp"
#include "providers/feed/links.hpp"

#include <algorithm>

namespace milkrun::feed {

namespace {

constexpr std::size_t most_names = 20;

bool is_mail(std::string_view word) {
  const std::size_t at = word.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < word.size();
}

// "jo [at] example.org", "jo(at)example [dot] org" and a wide "@" as plain addresses.
std::string with_plain_signs(std::string s) {
  s = text::replace_all(text::replace_all(std::move(s), "\uFF20", "@"), "\uFE6B", "@");
  const auto join = [&](std::string_view word, char sign, const auto& fits) {
    const std::string lower = text::lower(s);
    std::string out;
    for (std::size_t at = 0; at < s.size();) {
      const std::size_t found = lower.find(word, at);
      const bool bracketed = found != std::string::npos && found > 0 && found + word.size() < s.size() &&
                             std::string_view("[({<").find(s[found - 1]) != std::string_view::npos &&
                             std::string_view("])}>").find(s[found + word.size()]) != std::string_view::npos;
      if (found == std::string::npos) return out + s.substr(at);
      const std::size_t behind = found + word.size() + 1;
      if (!bracketed || !fits(text::trim(std::string_view(s).substr(std::min(behind, s.size()))))) {
        out += s.substr(at, found + word.size() - at);
        at = found + word.size();
        continue;
      }
      out += s.substr(at, found - 1 - at);
      while (out.ends_with(' ')) out.pop_back();
      out += sign;
      at = std::min(s.find_first_not_of(' ', behind), s.size());
    }
    return out;
  };
  s = join("dot", '.', [](std::string_view rest) { return !rest.empty(); });
  return join("at", '@',
              [](std::string_view rest) { return rest.substr(0, rest.find(' ')).find('.') != std::string_view::npos; });
}

// "<jo@example.org>", and what a tag of no HTML would be.
std::string without_brackets(std::string_view s) {
  std::string out;
  while (!s.empty()) {
    const std::size_t open = std::min(s.find('<'), s.size());
    const std::size_t close = s.find('>', open);
    out += s.substr(0, open);
    if (close == std::string_view::npos) return out + std::string(s.substr(std::min(open + 1, s.size())));
    out += ' ';
    s.remove_prefix(close + 1);
  }
  return out;
}

std::string without_addresses(std::string_view s) {
  std::string out;
  for (std::string_view word : text::split(s, ' ')) {
    std::string_view bare = word;
    while (!bare.empty() && std::string_view("(),;:[]\"'").find(bare.front()) != std::string_view::npos)
      bare.remove_prefix(1);
    if (text::iequals(bare.substr(0, 7), "mailto:") || is_mail(bare) || is_web_address(bare)) continue;
    if (word == "()" || word.empty()) continue;
    out.append(out.empty() ? "" : " ").append(word);
  }
  return out;
}

// The inside of one pair of brackets around all of it, and no separators at the ends.
std::string_view bare_name(std::string_view name) {
  constexpr std::string_view separators = " ,;:-|/";
  while (!name.empty() && separators.find(name.front()) != std::string_view::npos) name.remove_prefix(1);
  while (!name.empty() && separators.find(name.back()) != std::string_view::npos) name.remove_suffix(1);
  const bool quoted = name.starts_with('"') && name.find('"', 1) == name.size() - 1; // as mail writes "Doe, Joe"
  if (name.size() > 1 && (quoted || (name.starts_with('(') && name.ends_with(')'))))
    return bare_name(name.substr(1, name.size() - 2));
  return name;
}

void add_person(People& people, pugi::xml_node node, Ns home) {
  if (!has_elements(node)) return people.add(text_of(node));
  const Children person(node, home);
  std::string name = person.text({{Ns::core, "name"}, {Ns::atom, "name"}, {Ns::other, "name"}});
  if (name.empty()) name = person.text({{Ns::core, "email"}, {Ns::atom, "email"}}).empty() ? text_of(node) : "";
  people.add(name);
}

} // namespace

std::string person_name(std::string_view html) {
  const std::string plain = with_plain_signs(plain_text(html));
  // RSS: the address first, the name in brackets behind it.
  const std::size_t open = plain.find('('), close = plain.rfind(')');
  if (plain.find('@') < open && close != std::string::npos && close > open + 1) {
    const std::string inside = without_addresses(plain.substr(open + 1, close - open - 1));
    if (!inside.empty()) return std::string(bare_name(inside));
  }
  const std::string words = text::collapse_space(without_brackets(plain));
  return std::string(bare_name(without_addresses(words)));
}

void People::add(std::string_view html) {
  if (names_.size() >= most_names) return;
  std::string name = person_name(html);
  const bool known = std::ranges::any_of(names_, [&](const std::string& n) { return text::iequals(n, name); });
  if (!name.empty() && !known) names_.push_back(std::move(name));
}

std::string People::joined() const {
  std::string out;
  for (const std::string& name : names_) out.append(out.empty() ? "" : ", ").append(name);
  return std::string(first_characters(out, max_title));
}

std::string authors_of(const Children& children, Ns home) {
  for (const Children::Name& name : {Children::Name{Ns::dc, "creator"},
                                     {Ns::dc, "author"},
                                     {Ns::core, "author"},
                                     {Ns::atom, "author"},
                                     {Ns::itunes, "author"},
                                     {Ns::core, "managingEditor"}}) {
    People people;
    for (pugi::xml_node node : children.all(name.ns, name.local)) add_person(people, node, home);
    if (!people.empty()) return people.joined();
  }
  return {};
}

} // namespace milkrun::feed
