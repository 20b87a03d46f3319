// Parses a fragment the way a browser would inside <div>, in bounded memory and time.
// Promises: never throws on its input, never recurses over it; over the budget there is no tree at all.
#include "content/tree.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace milkrun::content {
namespace {

constexpr std::size_t block_size = std::size_t{256} * 1024;
constexpr std::size_t budget = std::size_t{64} * 1024 * 1024;

constexpr std::size_t max_attributes = 500; // of one tag: a parser compares each with all before it
constexpr std::string_view space = " \t\n\f\r";
constexpr std::string_view after_name = " \t\n\f\r/>=";

// Where an attribute's value ends; `i` is just behind the name (HTML standard, 13.2.5.33 to 13.2.5.39).
std::size_t skip_value(std::string_view html, std::size_t i) {
  i = html.find_first_not_of(space, i);
  if (i == html.npos || html[i] != '=') return i;
  i = html.find_first_not_of(space, i + 1);
  if (i == html.npos) return i;
  if (html[i] != '"' && html[i] != '\'') return html.find_first_of(" \t\n\f\r>", i);
  i = html.find(html[i], i + 1);
  return i == html.npos ? i : i + 1;
}

// Would the tag that starts behind a `<` have too many attributes, were it read as a tag?
bool is_flood(std::string_view html) {
  if (html.empty() || !text::is_letter(html[0])) return false;
  std::size_t i = html.find_first_of(" \t\n\f\r/>");
  for (std::size_t seen = 0; seen <= max_attributes; ++seen) {
    i = html.find_first_not_of(" \t\n\f\r/", i);
    if (i == html.npos || html[i] == '>') return false;
    i = skip_value(html, html.find_first_of(after_name, i + 1));
  }
  return true;
}

// The document up to the first thing that is not affordable. Scope checks and formatting elements cost tags × tags.
std::string_view cut(std::string_view html) {
  html = html.substr(0, max_bytes);
  std::size_t seen = 0;
  for (std::size_t i = html.find('<'); i != html.npos; i = html.find('<', i + 1)) {
    if (++seen > max_tags || is_flood(html.substr(i + 1))) return html.substr(0, i);
  }
  return html;
}

void* take(void* arena, std::size_t bytes) { return static_cast<Arena*>(arena)->allocate(bytes); }
void give_back(void*, void*) {}

} // namespace

void* Arena::allocate(std::size_t bytes) {
  bytes = (bytes + 15) & ~std::size_t{15};
  if (bytes > left_) {
    const std::size_t size = std::max(bytes, block_size);
    if (bytes > budget || total_ + size > budget) std::longjmp(full, 1);
    blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(size));
    free_ = blocks_.back().get();
    left_ = size;
    total_ += size;
  }
  std::byte* result = free_;
  free_ += bytes;
  left_ -= bytes;
  return result;
}

Tree::Tree(std::string_view html) : html_(text::to_valid_utf8(cut(html))) { parse(); }

void Tree::parse() {
  if (setjmp(arena_.full) != 0) { // only frames of C and of trivial locals are jumped over
    root_ = nullptr;
    return;
  }
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = take;
  options.deallocator = give_back;
  options.userdata = &arena_;
  options.max_errors = 0;
  options.fragment_context = GUMBO_TAG_DIV;
  root_ = gumbo_parse_with_options(&options, html_.data(), html_.size())->root;
}

std::span<const GumboNode* const> children(const GumboNode& node) {
  if (node.type != GUMBO_NODE_ELEMENT) return {};
  const GumboVector& list = node.v.element.children;
  return {const_cast<const GumboNode* const*>(reinterpret_cast<GumboNode**>(list.data)), list.length};
}

std::string_view attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&element.attributes, name);
  return found ? std::string_view(found->value) : std::string_view();
}

} // namespace milkrun::content
