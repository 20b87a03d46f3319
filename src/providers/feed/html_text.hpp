// Small conversions between HTML and plain text, for titles, names and bodies.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace milkrun::feed {

// Plain text as HTML: & < > " become references.
std::string escape_html(std::string_view text);

// HTML as one line of plain text: tags of HTML stripped (with what script and style hold), then references decoded
// once, white space collapsed. "vector<int>" keeps its "<int>": that is no HTML element; "the &lt;b&gt; tag" is the <b>
// tag.
std::string plain_text(std::string_view html);

// The first `max` characters (code points).
std::string_view first_characters(std::string_view s, std::size_t max);
// The same for HTML, not ending within a tag.
std::string_view first_html_characters(std::string_view html, std::size_t max);

constexpr std::size_t max_title = 1'000;
constexpr std::size_t max_body = 500'000;

} // namespace milkrun::feed
