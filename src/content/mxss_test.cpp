// Hostile markup, one row a trick: whatever goes in, the second reading finds nothing forbidden.
#include "content/content.hpp"
#include "content/html_check_test.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <array>

using namespace milkrun;

namespace {

constexpr std::string_view corpus[] = {
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://a.example/x.png' onload=alert(1) style='x:y' srcset='javascript:1'>",
    "<img src=\"data:image/svg+xml,<svg onload=alert(1)>\">",
    "<image src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mtext><mglyph><svg><mtext><style><path id=\"</style><img onerror=alert(1) src>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<svg><foreignObject><p><iframe src=javascript:alert(1)></iframe></p></foreignObject></svg>",
    "<svg><desc><noscript>&lt;/noscript>&lt;img src onerror=alert(1)></noscript></desc></svg>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<title><img src=x onerror=alert(1)></title>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\">",
    "<xmp><p title=\"</xmp><svg onload=alert(1)>\">",
    "<plaintext><script>alert(1)</script>",
    "<noembed><img src=x onerror=alert(1)></noembed>",
    "<noframes><style></noframes><img src=x onerror=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "<select><template><style><!--</style><a rel=\"--></style></template></select><img id=x onerror=alert(1)>\">",
    "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
    "<table><td><script>alert(1)</script></td><a href=javascript:alert(1)>x</a></table>",
    "<table><a><tr><td><a href=https://a.example/>x<table><a>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\" \x01java\nscript:alert(1)\">x</a>",
    "<a href=\"&#106;avascript&colon;alert(1)\">x</a>",
    "<a href=\"java&Tab;script:alert(1)\">x</a>",
    "<a href=\"vbscript:x\">x</a><a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<a href=\"feed:javascript:alert(1)\">x</a><a href=\"blob:https://a.example/1\">x</a>",
    "<a href=\"//evil.example/\">x</a><a href=\"/relative\">x</a><a href=\"\">x</a><a name=top>x</a>",
    "<a href=\"https://good.example@evil.example/\">x</a><a href=\"https://good.example\\@evil.example/\">x</a>",
    "<a href='https://a.example/\" onmouseover=\"alert(1)'>x</a>",
    "<a href=https://a.example/ style=position:fixed class=admin id=wpadminbar target=_blank ping=//evil.example>x</a>",
    "<div style=\"background:url(javascript:alert(1))\" onclick=alert(1) data-x=1>x</div>",
    "<p/onclick=alert(1)//>x",
    "<p title=\"`\" onmouseover=alert(1)//`>x",
    "<iframe srcdoc=\"<script>alert(1)</script>\">text</iframe>",
    "<object data=javascript:alert(1)><param name=x value=y>inner</object><embed src=//evil.example>",
    "<form action=//evil.example><input name=password><button formaction=javascript:alert(1)>go</button></form>",
    "<base href=//evil.example/><link rel=stylesheet href=//evil.example/x.css><meta http-equiv=refresh content=0>",
    "<body onload=alert(1)><html onclick=alert(1)><frameset onload=alert(1)>",
    "<!--><script>alert(1)</script>-->",
    "<!-- a --!><img src=x onerror=alert(1)>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<svg><![CDATA[</svg><img src=x onerror=alert(1)>]]>",
    "<?php system('id'); ?><?xml-stylesheet href='javascript:alert(1)'?>",
    "<!DOCTYPE x [<!ENTITY y \"z\">]><p>&y;</p>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<p>&amp;lt;script&amp;gt;</p>",
    "<pre>\n\n<!-- wp:html --><script>alert(1)</script></pre>",
    "<button><p><button><p>x",
    "<p><marquee onstart=alert(1)><p>x</marquee></p>",
    "<b><i></b><p></i><b onclick=x>",
    "<custom-element onclick=alert(1)>x</custom-element><isindex type=image src=x onerror=alert(1)>",
    "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)></audio><details open ontoggle=alert(1)>x",
    std::string_view("<scr\0ipt>alert(1)</script><img src=x\0 onerror=alert(1)>", 55),
    "<img src=\"https://a.example/x\" alt=\"<img src=x onerror=alert(1)>[gallery]\">",
    // a stored XSS through a feed importer: event handlers split over entities and line ends
    "<a href=\"https://a.example/\"\n\ronmouseover\n=\n'alert&lpar;1&rpar;'>x</a>",
    "\xff\xfe<script>alert(1)</script>\xc0\xbcscript\xc0\xbe",
    "<p \xe2\x80\xa8onclick=alert(1)>x</p>",
    "<!-- wp:html --><script>alert(1)</script><!-- /wp:html -->",
    "<!-- wp:shortcode -->[gallery]<!-- /wp:shortcode -->",
};

} // namespace

TEST_CASE("no hostile markup leaves a forbidden element, attribute, URL or comment behind") {
  static_assert(std::size(corpus) >= 40);
  for (const bool images : {false, true}) {
    const content::Policy policy{.images = images};
    for (const std::string_view input : corpus) {
      CAPTURE(input);
      const std::string out = content::sanitise_html(input, policy);
      CAPTURE(out);
      const test::HtmlCheck check(out);
      CHECK_MESSAGE(check.findings.empty(), (check.findings.empty() ? "" : check.findings.front()));
      if (!images) CHECK(out.find("<img") == out.npos);
      CHECK(content::sanitise_html(out, policy) == out);
    }
  }
}

TEST_CASE("every pair of hostile pieces is as harmless as each alone") {
  for (const std::string_view first : corpus) {
    for (const std::string_view second : corpus) {
      const std::string input = std::string(first) + std::string(second);
      const std::string out = content::sanitise_html(input);
      const test::HtmlCheck check(out);
      const bool clean = check.findings.empty() && content::sanitise_html(out) == out;
      CAPTURE(input);
      CAPTURE(out);
      REQUIRE(clean);
    }
  }
}

TEST_CASE("hostile markup inside Markdown is left out") {
  for (const std::string_view input : corpus) {
    CAPTURE(input);
    for (const std::string& markdown :
         {std::string(input), "text " + std::string(input) + " text", "[x](" + std::string(input) + ")"}) {
      const std::string out = content::from_markdown(markdown);
      CAPTURE(out);
      CHECK(test::HtmlCheck(out).findings.empty());
    }
  }
}

TEST_CASE("text of active elements does not become text of the page") {
  for (const std::string_view element : {"script", "style", "iframe", "svg", "math", "object", "noscript", "template",
                                         "textarea", "select", "title", "xmp", "audio", "video", "canvas", "button"}) {
    CAPTURE(element);
    const std::string tag(element);
    const std::string html = "<p>a</p><" + tag + ">secret</" + tag + "><p>b</p>";
    CHECK(content::sanitise_html(html) == "<p>a</p><p>b</p>");
    CHECK(content::to_text(html) == "a\nb");
  }
  // gumbo 0.10 puts the last text of a form behind it; everything else in the form goes.
  CHECK(content::sanitise_html("<form>secret<p>secret</p><input></form><p>b</p>") == "<p>b</p>");
}
