// What the sanitiser keeps, link rules, and the caps.
#include "content/content.hpp"
#include "content/html_check_test.hpp"

#include "base/text.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using content::sanitise_html;

namespace {

std::string repeat(std::string_view piece, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

struct Row {
  std::string_view in, out;
};

} // namespace

TEST_CASE("harmless markup is kept and made canonical") {
  constexpr Row rows[] = {
      {"<p>Grüße aus Köln 🥛 &amp; mehr</p>", "<p>Grüße aus Köln 🥛 &amp; mehr</p>"},
      {"<p>&uuml;&#x1F95B;&nbsp;&quot;x&quot;</p>", "<p>ü🥛\u00a0\"x\"</p>"},
      {"<P CLASS=x>a<BR/>b", "<p>a<br>b</p>"},
      {"<h1>t</h1><h2>u</h2>", "<h2>t</h2><h2>u</h2>"},
      {"<section><span>a</span></section>", "<div>a</div>"},
      {"<ul><li>a<li>b</ul><ol start=3><li>c</ol>", "<ul><li>a</li><li>b</li></ul><ol start=\"3\"><li>c</li></ol>"},
      {"<ol start=-3><li>a</ol><ol start=x><li>b</ol>", "<ol><li>a</li></ol><ol><li>b</li></ol>"},
      {"<table><tr><td colspan=2 width=9>a</table>", "<table><tbody><tr><td colspan=\"2\">a</td></tr></tbody></table>"},
      {"<pre>\n\nx  y</pre>", "<pre>\n\nx  y</pre>"},
      {"<pre>\nx</pre>", "<pre>x</pre>"},
      {"<pre><code class=\"language-c\">a &lt; b</code></pre>", "<pre><code>a &lt; b</code></pre>"},
      {"<b><i>x</b>y</i>", "<b><i>x</i></b><i>y</i>"},
      {"a < b > c & d", "a &lt; b &gt; c &amp; d"},
      {"plain", "plain"},
      {"", ""},
  };
  for (const auto& [in, out] : rows) {
    CAPTURE(in);
    CHECK(sanitise_html(in) == out);
    CHECK(sanitise_html(out) == out);
  }
}

TEST_CASE("links keep http, https and mailto and say nofollow") {
  const auto link = [](std::string_view url) {
    return "<a href=\"" + std::string(url) + "\" rel=\"nofollow noopener\">x</a>";
  };
  CHECK(sanitise_html("<a href='https://a.example/?b=1&amp;c=[2]' rel=follow>x</a>") ==
        link("https://a.example/?b=1&amp;c=&#91;2&#93;"));
  CHECK(sanitise_html("<a href=' HTTP://A.example:8080/x '>x</a>") == link("http://A.example:8080/x"));
  CHECK(sanitise_html("<a href='https://münchen.example/ü'>x</a>") == link("https://münchen.example/ü"));
  CHECK(sanitise_html("<a href='MAILTO:a@b.example'>x</a>") == link("mailto:a@b.example"));
  for (const char* url : {"mailto:nobody", "https://", "https:///x", "https://a b/", "https://a.example:99999/",
                          "https://[::1]/", "https://u:p@a.example/", "https://a.example/\\x", "https:a.example", "x:y",
                          "ftp://a.example/", "tel:1", "https://a%2e.example/", "#top"}) {
    CAPTURE(url);
    CHECK(sanitise_html("<a href=\"" + std::string(url) + "\">x</a>") == "x");
  }
  CHECK(sanitise_html("<a href='https://a.example/" + repeat("x", 2048) + "'>x</a>") == "x");
}

TEST_CASE("a list of hosts lets only links to them and their subdomains through") {
  const content::Policy policy{.link_hosts = {"Good.example"}};
  const auto survives = [&](std::string_view url) {
    return sanitise_html("<a href=\"" + std::string(url) + "\">x</a>", policy) != "x";
  };
  CHECK(survives("https://good.example/a"));
  CHECK(survives("https://GOOD.example.:443/a"));
  CHECK(survives("http://www.good.example"));
  CHECK_FALSE(survives("https://evilgood.example/"));
  CHECK_FALSE(survives("https://good.example.evil.example/"));
  CHECK_FALSE(survives("https://good.example@evil.example/"));
  CHECK_FALSE(survives("https://evil.example/?good.example"));
  CHECK_FALSE(survives("https://evil.example#good.example"));
  CHECK_FALSE(survives("mailto:a@good.example"));
  CHECK(sanitise_html("<p><a href='https://a.example/'>x <b>y</b></a></p>", {.no_links = true}) == "<p>x <b>y</b></p>");
}

TEST_CASE("images stay only where the policy wants them") {
  const std::string image = "<img src='https://a.example/x.png?a&amp;b' alt=' a\n\"b\" ' width=10 height=x onerror=y>";
  CHECK(sanitise_html(image) == "");
  CHECK(sanitise_html(image, {.images = true}) ==
        "<img src=\"https://a.example/x.png?a&amp;b\" alt=\"a &quot;b&quot;\" width=\"10\">");
  CHECK(sanitise_html("<img src=/x.png><img src=mailto:a@b><img src=data:x>", {.images = true}) == "");
}

TEST_CASE("WordPress finds no block, shortcode or bare address to run") {
  CHECK(sanitise_html("<!-- wp:paragraph --><p>a</p><!-- /wp:paragraph --><!--more-->") == "<p>a</p>");
  CHECK(sanitise_html("<p>[gallery ids=\"1\"] [[x]] &#91;y]</p>") ==
        "<p>&#91;gallery ids=\"1\"] &#91;&#91;x]] &#91;y]</p>");
  CHECK(sanitise_html("&lt;!-- wp:html --&gt;") == "&lt;!-- wp:html --&gt;");
  CHECK(sanitise_html("<p>https://evil.example/watch</p>") == "<p>https&#58;//evil.example/watch</p>");
  CHECK(content::to_text(sanitise_html("<p>[a] https://b.example</p>")) == "[a] https://b.example");
}

TEST_CASE("nesting is cut at 256 elements and no depth exhausts the stack") {
  for (const char* tag :
       {"<div>", "<b>", "<blockquote>", "<ul><li>", "<table><tr><td>", "<font a=1>", "<svg>", "<x>"}) {
    CAPTURE(tag);
    const std::string out = sanitise_html(repeat(tag, 9'000) + "word");
    const test::HtmlCheck check(out);
    CHECK(check.findings.empty());
    CHECK(check.depth <= 256);
    CHECK(sanitise_html(out) == out);
  }
  CHECK(content::to_text(repeat("<div>", 15'000) + "word") == "word");
}

TEST_CASE("documents are cut at their caps, and what is left is whole") {
  const std::string inputs[] = {
      repeat("<p>wort</p>", 60'000),      repeat("<i>", 30'000) + "x", repeat("[", 300'000),
      repeat("<p>a & b [c]</p>", 15'000), repeat("x ", 300'000),       "<p>" + repeat("🥛", 70'000),
  };
  for (const std::string& input : inputs) {
    CAPTURE(input.substr(0, 20));
    const std::string out = sanitise_html(input);
    CHECK(out.size() <= 256 * 1024);
    CHECK(text::is_utf8(out));
    CHECK(sanitise_html(out) == out);
  }
  CHECK(sanitise_html("<p>kept</p>" + repeat("<p>wort</p>", 60'000)).starts_with("<p>kept</p><p>wort</p>"));
}

TEST_CASE("a tag with hundreds of attributes ends the document") {
  const auto tag = [](int attributes) {
    std::string html = "<p>a</p><p";
    for (int i = 0; i < attributes; ++i) html += " a" + std::to_string(i) + (i % 2 ? "=\"x y >\"" : "");
    return html + ">b</p>";
  };
  CHECK(sanitise_html(tag(400)) == "<p>a</p><p>b</p>");
  CHECK(sanitise_html(tag(501)) == "<p>a</p>");
}

TEST_CASE("a picture of an emoji is the emoji, in HTML and in text, and no picture for a post") {
  const std::string html =
      "<p>Pears <img src=\"https://s.w.org/images/core/emoji/15.0.3/72x72/1f350.png\" alt=\"\xF0\x9F\x8D\x90\" "
      "class=\"wp-smiley\" style=\"height: 1em\" /> &amp; plums</p>";
  CHECK(sanitise_html(html) == "<p>Pears \xF0\x9F\x8D\x90 &amp; plums</p>");
  CHECK(content::shortened_html(html, 7) == "<p>Pears \xF0\x9F\x8D\x90\xE2\x80\xA6</p>");
  CHECK(content::to_text(html) == "Pears \xF0\x9F\x8D\x90 & plums");
  CHECK(content::first_image(html).empty());
  const std::string both = html + "<img src=\"https://x.example/pear.jpg\" alt=\"a pear\">";
  CHECK(content::first_image(both) == "https://x.example/pear.jpg");
  CHECK(sanitise_html("<p>a<img class=\"emoji\" alt=\"&lt;b&gt;\" src=\"https://x.example/e.png\"></p>") ==
        "<p>a&lt;b&gt;</p>");
}
