// An HTML fragment as gumbo's tree, with every cap that keeps hostile input cheap.
#pragma once

#include <gumbo.h>

#include <csetjmp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::content {

inline constexpr std::size_t max_bytes = std::size_t{256} * 1024; // of a document, in and out
inline constexpr std::size_t max_tags = 20'000;                   // `<` characters of a document, in and out

// Memory for one parse: freed as a whole (gumbo's own clean-up recurses over the tree), limited as a whole.
class Arena {
public:
  void* allocate(std::size_t bytes); // jumps to `full` when the budget is spent: C has no exceptions
  std::jmp_buf full = {};

private:
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::byte* free_ = nullptr;
  std::size_t left_ = 0;
  std::size_t total_ = 0;
};

class Tree {
public:
  explicit Tree(std::string_view html);
  // The element whose children are the fragment; nullptr when the budget was spent.
  const GumboNode* root() const { return root_; }

private:
  void parse();
  std::string html_; // the tree points into it
  Arena arena_;
  const GumboNode* root_ = nullptr;
};

// The children of an element node; none for any other node.
std::span<const GumboNode* const> children(const GumboNode& node);
// The decoded value of an attribute, or "".
std::string_view attribute(const GumboElement& element, const char* name);

} // namespace milkrun::content
