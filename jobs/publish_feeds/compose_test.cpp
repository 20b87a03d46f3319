// The text of a post without an AI, and the slug it is known by.
#include "jobs/publish_feeds/compose.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun::publish_feeds;

namespace {

Source source() {
  return {.url = "https://news.example/1",
          .feed = "https://news.example/feed",
          .title = "Title",
          .author = "Ana",
          .summary = "<p>Short.</p>",
          .content = "<p>The <b>whole</b> story in many words.</p><p>More.</p><img src=\"https://x.example/a.png\">",
          .tags = {"news", "Uncategorized", "ALLGEMEIN", " Sin Categoría ", "world"}};
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// The words of a slug, without the twelve digits.
std::string words(const char* title) {
  const std::string slug = milkrun::publish_feeds::slug(title, "t", "f", "guid:1");
  return slug.substr(0, slug.size() - 13);
}

} // namespace

TEST_CASE("an item's own text is its content, with its source; a category that says nothing is no tag") {
  const Text text = from_item(source(), "en", 0);
  CHECK(contains(text.html, "<p>The <b>whole</b> story in many words.</p><p>More.</p>"));
  CHECK_FALSE(contains(text.html, "<img"));
  CHECK(contains(text.html,
                 "<p>Source: <a href=\"https://news.example/1\" rel=\"nofollow noopener\">Ana, news.example</a></p>"));
  CHECK(text.excerpt == "Short.");
  CHECK(text.tags == std::vector<std::string>{"news", "world"});
}

TEST_CASE("a long text is shortened after a word, with its elements closed and its source kept") {
  const Text text = from_item(source(), "de", 15);
  CHECK(contains(text.html, "<p>The <b>whole</b> story…</p>"));
  CHECK_FALSE(contains(text.html, "many"));
  CHECK(contains(text.html, "Quelle: "));
}

TEST_CASE("an international host is named as its publisher writes it") {
  Source s = source();
  s.url = "https://M\xc3\xbcnchen.example:8443/a?b=c";
  CHECK(contains(from_item(s, "de", 0).html, "rel=\"nofollow noopener\">Ana, m\xc3\xbcnchen.example</a>"));
  s.url = "https://xn--mnchen-3ya.example/1";
  CHECK(contains(from_item(s, "de", 0).html, ">Ana, xn--mnchen-3ya.example</a>"));
  s.url = "https://m\xc3\xbc\xff.example/1";
  CHECK_FALSE(contains(from_item(s, "de", 0).html, "\xff.example</a>"));
}

TEST_CASE("an item without an address names who wrote it and the feed it came from") {
  Source s = source();
  s.url.clear();
  CHECK(contains(from_item(s, "en", 0).html, "<p>Source: Ana, news.example</p>"));
  s.author.clear();
  CHECK(contains(from_item(s, "en", 0).html, "<p>Source: news.example</p>"));
}

TEST_CASE("an item without a content is its summary, and one without any text its title") {
  Source s = source();
  s.content.clear();
  CHECK(contains(from_item(s, "en", 100).html, "<p>Short.</p>"));
  s.summary.clear();
  CHECK(contains(from_item(s, "en", 100).html, "<p>Title</p>"));
}

TEST_CASE("slugs keep letters") {
  CHECK(words("Łódź: źle się dzieje") == "lodz-zle-sie-dzieje");
  CHECK(words("São João, coração e ação") == "sao-joao-coracao-e-acao");
  CHECK(words("Straße über Ägypten") == "strasse-ueber-aegypten");
  CHECK(words("Ærø, Ålesund & København") == "aero-alesund-kobenhavn");
  CHECK(words("Niño, señor; façade — “œuvre”") == "nino-senor-facade-oeuvre");
  CHECK(words("Întâlnire în Iași") == "intalnire-in-iasi");
  CHECK(words("Příliš žluťoučký kůň") == "prilis-zlutoucky-kun");
  CHECK(words("İstanbul'da ışık") == "istanbulda-isik");
  CHECK(words("Καλημέρα κόσμε") == "kalimera-kosme");
  CHECK(words("Привет, Україно!") == "privet-ukrayino");
  CHECK(words("日本 Tokyo") == "tokyo");
  CHECK(words("It’s 5 o'clock") == "its-5-oclock");
  CHECK(milkrun::publish_feeds::slug("日本", "t", "f", "guid:1").starts_with("post-"));
  CHECK(milkrun::publish_feeds::slug("a", "t", "f", "guid:1") != milkrun::publish_feeds::slug("a", "t", "f", "guid:2"));
}
