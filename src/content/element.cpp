// One table decides the fate of every element, so that what may be published can be read on one page.
// What is not in it is unwrapped: its text stays, the element does not.
#include "content/element.hpp"

#include "content/tree.hpp"

#include <algorithm>
#include <array>

namespace milkrun::content {
namespace {

struct Kept {
  GumboTag tag;
  const char* name;
};

// A post's own title is the page's h1, so an inner one steps down.
constexpr auto kept = std::to_array<Kept>({
    {GUMBO_TAG_P, "p"},
    {GUMBO_TAG_DIV, "div"},
    {GUMBO_TAG_SECTION, "div"},
    {GUMBO_TAG_ARTICLE, "div"},
    {GUMBO_TAG_MAIN, "div"},
    {GUMBO_TAG_HEADER, "div"},
    {GUMBO_TAG_FOOTER, "div"},
    {GUMBO_TAG_ASIDE, "div"},
    {GUMBO_TAG_CENTER, "div"},
    {GUMBO_TAG_ADDRESS, "div"},
    {GUMBO_TAG_H1, "h2"},
    {GUMBO_TAG_H2, "h2"},
    {GUMBO_TAG_H3, "h3"},
    {GUMBO_TAG_H4, "h4"},
    {GUMBO_TAG_H5, "h5"},
    {GUMBO_TAG_H6, "h6"},
    {GUMBO_TAG_UL, "ul"},
    {GUMBO_TAG_OL, "ol"},
    {GUMBO_TAG_LI, "li"},
    {GUMBO_TAG_DL, "dl"},
    {GUMBO_TAG_DT, "dt"},
    {GUMBO_TAG_DD, "dd"},
    {GUMBO_TAG_BLOCKQUOTE, "blockquote"},
    {GUMBO_TAG_PRE, "pre"},
    {GUMBO_TAG_FIGURE, "figure"},
    {GUMBO_TAG_FIGCAPTION, "figcaption"},
    {GUMBO_TAG_TABLE, "table"},
    {GUMBO_TAG_CAPTION, "caption"},
    {GUMBO_TAG_THEAD, "thead"},
    {GUMBO_TAG_TBODY, "tbody"},
    {GUMBO_TAG_TFOOT, "tfoot"},
    {GUMBO_TAG_TR, "tr"},
    {GUMBO_TAG_TH, "th"},
    {GUMBO_TAG_TD, "td"},
    {GUMBO_TAG_A, "a"},
    {GUMBO_TAG_EM, "em"},
    {GUMBO_TAG_STRONG, "strong"},
    {GUMBO_TAG_B, "b"},
    {GUMBO_TAG_I, "i"},
    {GUMBO_TAG_U, "u"},
    {GUMBO_TAG_S, "s"},
    {GUMBO_TAG_DEL, "del"},
    {GUMBO_TAG_INS, "ins"},
    {GUMBO_TAG_SUB, "sub"},
    {GUMBO_TAG_SUP, "sup"},
    {GUMBO_TAG_SMALL, "small"},
    {GUMBO_TAG_MARK, "mark"},
    {GUMBO_TAG_ABBR, "abbr"},
    {GUMBO_TAG_CITE, "cite"},
    {GUMBO_TAG_Q, "q"},
    {GUMBO_TAG_CODE, "code"},
    {GUMBO_TAG_KBD, "kbd"},
    {GUMBO_TAG_SAMP, "samp"},
    {GUMBO_TAG_VAR, "var"},
    {GUMBO_TAG_BR, "br"},
    {GUMBO_TAG_HR, "hr"},
    {GUMBO_TAG_IMG, "img"},
});

// Active, raw-text or form content: its text is not meant for readers, or means something else when parsed again.
constexpr auto dropped = std::to_array<GumboTag>({
    GUMBO_TAG_SCRIPT,   GUMBO_TAG_STYLE,     GUMBO_TAG_IFRAME,   GUMBO_TAG_FRAME,    GUMBO_TAG_FRAMESET,
    GUMBO_TAG_NOFRAMES, GUMBO_TAG_OBJECT,    GUMBO_TAG_EMBED,    GUMBO_TAG_APPLET,   GUMBO_TAG_PARAM,
    GUMBO_TAG_SVG,      GUMBO_TAG_MATH,      GUMBO_TAG_FORM,     GUMBO_TAG_INPUT,    GUMBO_TAG_BUTTON,
    GUMBO_TAG_SELECT,   GUMBO_TAG_OPTION,    GUMBO_TAG_OPTGROUP, GUMBO_TAG_DATALIST, GUMBO_TAG_TEXTAREA,
    GUMBO_TAG_KEYGEN,   GUMBO_TAG_ISINDEX,   GUMBO_TAG_NOSCRIPT, GUMBO_TAG_NOEMBED,  GUMBO_TAG_TEMPLATE,
    GUMBO_TAG_XMP,      GUMBO_TAG_PLAINTEXT, GUMBO_TAG_LISTING,  GUMBO_TAG_TITLE,    GUMBO_TAG_HEAD,
    GUMBO_TAG_META,     GUMBO_TAG_LINK,      GUMBO_TAG_BASE,     GUMBO_TAG_BASEFONT, GUMBO_TAG_BGSOUND,
    GUMBO_TAG_AUDIO,    GUMBO_TAG_VIDEO,     GUMBO_TAG_SOURCE,   GUMBO_TAG_TRACK,    GUMBO_TAG_CANVAS,
    GUMBO_TAG_MAP,      GUMBO_TAG_AREA,      GUMBO_TAG_COL,      GUMBO_TAG_COLGROUP, GUMBO_TAG_RP,
});

bool is_void(GumboTag tag) { return tag == GUMBO_TAG_BR || tag == GUMBO_TAG_HR || tag == GUMBO_TAG_IMG; }

} // namespace

Rule rule_of(const GumboElement& element) {
  if (element.tag_namespace != GUMBO_NAMESPACE_HTML) return {Fate::drop, nullptr, false};
  if (std::ranges::find(dropped, element.tag) != dropped.end()) return {Fate::drop, nullptr, false};
  const auto found = std::ranges::find(kept, element.tag, &Kept::tag);
  if (found == kept.end()) return {Fate::unwrap, nullptr, false};
  return {Fate::keep, found->name, is_void(element.tag)};
}

bool is_block(const GumboElement& element) {
  if (element.tag == GUMBO_TAG_BR || element.tag == GUMBO_TAG_HR) return true;
  const auto found = std::ranges::find(kept, element.tag, &Kept::tag);
  const auto inline_from = std::ranges::find(kept, GUMBO_TAG_TH, &Kept::tag); // the table is sorted: blocks first
  return found < inline_from;
}

std::string_view emoji_of(const GumboElement& element) {
  constexpr std::size_t longest = 60; // a family of four, with their skins
  if (element.tag != GUMBO_TAG_IMG) return {};
  const std::string_view alt = attribute(element, "alt"), look = attribute(element, "class");
  const bool named = look.find("emoji") != look.npos || look.find("smiley") != look.npos ||
                     attribute(element, "src").find("/core/emoji/") != look.npos;
  return named && alt.size() <= longest ? alt : std::string_view();
}

} // namespace milkrun::content
