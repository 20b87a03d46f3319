// Markdown to HTML by cmark in its safe mode, and then through the sanitiser like any foreign HTML.
// Input beyond 128 KiB is cut: some constructs cost cmark the square of their length.
#include "content/content.hpp"

#include "base/text.hpp"

#include <cmark.h>

#include <cstdlib>
#include <memory>

namespace milkrun::content {

std::string from_markdown(std::string_view markdown, const Policy& policy) {
  constexpr std::size_t max_markdown = std::size_t{128} * 1024;
  const std::string source = text::to_valid_utf8(markdown.substr(0, max_markdown));
  const std::unique_ptr<char, decltype(&std::free)> html(
      cmark_markdown_to_html(source.data(), source.size(), CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8), &std::free);
  return html ? sanitise_html(html.get(), policy) : "";
}

} // namespace milkrun::content
