// Plain text out of HTML, and escaping.
#include "content/content.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using content::escape_html;
using content::to_text;

TEST_CASE("text is what a reader would see, one line a paragraph") {
  CHECK(to_text("<p>Eins\n  zwei</p><p>drei</p>") == "Eins zwei\ndrei");
  CHECK(to_text("a<br>b<br/><br>c") == "a\nb\nc");
  CHECK(to_text("<ul><li>a</li><li>b</li></ul>c") == "a\nb\nc");
  CHECK(to_text("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>") == "a b\nc");
  CHECK(to_text("Gr&uuml;&szlig;e &amp; &lt;b&gt; 🥛&nbsp;x") == "Grüße & <b> 🥛 x");
  CHECK(to_text("a<b>b</b>c <i> d</i>") == "abc d");
  CHECK(to_text("<!-- x --><script>y</script><style>z</style>w") == "w");
  CHECK(to_text("<h1>t</h1>u") == "t\nu");
  CHECK(to_text("a < b") == "a < b");
  CHECK(to_text("") == "");
}

TEST_CASE("escaped text is inert between tags, in attributes and for shortcodes") {
  CHECK(escape_html("<a href=\"x\">'&'</a>") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  CHECK(escape_html("[gallery]") == "&#91;gallery&#93;");
  CHECK(escape_html("Grüße 🥛\n") == "Grüße 🥛\n");
  CHECK(escape_html("a\x01\x1b\x7f"
                    "b\xff") == "ab\xEF\xBF\xBD");
  CHECK(to_text(escape_html("<b> & \"[x]\" 'y'")) == "<b> & \"[x]\" 'y'");
}
