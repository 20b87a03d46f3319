// Markdown as the AI writes it.
#include "content/content.hpp"
#include "content/html_check_test.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using content::from_markdown;

TEST_CASE("ordinary Markdown becomes ordinary HTML") {
  CHECK(from_markdown("# Titel\n\nGrüße **fett** *kursiv* 🥛\n") ==
        "<h2>Titel</h2>\n<p>Grüße <strong>fett</strong> <em>kursiv</em> 🥛</p>\n");
  CHECK(from_markdown("- a\n- b\n\n3. c\n") ==
        "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<ol start=\"3\">\n<li>c</li>\n</ol>\n");
  CHECK(from_markdown("> q\n\n```c\nif (a < b) [x]\n```\n") ==
        "<blockquote>\n<p>q</p>\n</blockquote>\n<pre><code>if (a &lt; b) &#91;x]\n</code></pre>\n");
  CHECK(from_markdown("[x](https://a.example/ \"t\")") ==
        "<p><a href=\"https://a.example/\" rel=\"nofollow noopener\">x</a></p>\n");
  CHECK(from_markdown("") == "");
}

TEST_CASE("raw HTML, unsafe links, images and shortcodes of Markdown do nothing") {
  CHECK(from_markdown("a <script>b</script> c") == "<p>a b c</p>\n");
  CHECK(from_markdown("<!-- wp:html -->\n<b>x</b>\n") == "\n<p>x</p>\n");
  CHECK(from_markdown("[x](javascript:alert(1)) <javascript:alert(1)>") == "<p>x javascript:alert(1)</p>\n");
  CHECK(from_markdown("![x](https://a.example/x.png)") == "<p></p>\n");
  CHECK(from_markdown("[gallery ids=\"1\"]") == "<p>&#91;gallery ids=\"1\"]</p>\n");
  CHECK(from_markdown("[x](https://evil.example/)", {.link_hosts = {"good.example"}}) == "<p>x</p>\n");
}

TEST_CASE("hostile Markdown costs little and stays harmless") {
  const auto repeat = [](std::string_view piece) {
    std::string out;
    while (out.size() < 50'000) out += piece;
    return out;
  };
  for (const char* piece : {">", "[", "![](", "*a **a ", "- ", "<!--", "<?", "_a__", "`a", "[a](<b", "\xff", "&"}) {
    CAPTURE(piece);
    const test::HtmlCheck check(from_markdown(repeat(piece)));
    CHECK(check.findings.empty());
    CHECK(check.depth <= 256);
  }
}
