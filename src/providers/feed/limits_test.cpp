// No document under the caps costs more than a moment and 64 MiB. The shapes are those that cost most in a reader that
// looks back, looks ahead or copies. What is measured is the process's own CPU time with a margin of some fifteen times
// over what the slowest build needs (a fault of this kind takes minutes), and the heap's peak.
#include "providers/feed/document.hpp"
#include "providers/feed/prepass.hpp"
#include "providers/feed/test_documents.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> live{0}, peak{0};

void* counted_allocate(std::size_t size) {
  void* block = std::malloc(size);
  if (!block) return nullptr;
  const std::size_t now = live += malloc_usable_size(block);
  for (std::size_t before = peak; now > before && !peak.compare_exchange_weak(before, now);) continue;
  return block;
}

void counted_free(void* block) {
  if (block) live -= malloc_usable_size(block);
  std::free(block);
}

} // namespace

// Of this test program: they only count.
void* operator new(std::size_t size) {
  if (void* block = counted_allocate(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted_allocate(size == 0 ? 1 : size); }
void operator delete(void* block) noexcept { counted_free(block); }
void operator delete(void* block, std::size_t) noexcept { counted_free(block); }

namespace milkrun::feed::test {

namespace {

constexpr std::size_t room = max_document - 4'096; // beside what stands around
constexpr std::size_t short_room = 1024UL * 1024;

std::string repeated(std::string_view piece, std::size_t times) {
  std::string out;
  out.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

std::string filled(std::string_view piece, std::size_t bytes) { return repeated(piece, bytes / piece.size()); }

std::string cdata_items(std::string_view element, std::string_view piece, std::size_t items) {
  const std::string name(element);
  return rss(repeated("<item><" + name + "><![CDATA[" + filled(piece, 10'000) + "]]></" + name + "></item>", items));
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// 200 levels of 250 declarations each around empty elements: two minutes for a reader that walks up for each.
std::string levels_of_declarations() {
  std::string open, close;
  for (int level = 0; level < 200; ++level) {
    const std::string name = "l" + std::to_string(level);
    open.append("<").append(name);
    for (int i = 0; i < 250; ++i) open.append(" xmlns:n").append(std::to_string(i)).append("='u'");
    open += '>';
    close.insert(0, "</" + name + ">");
  }
  return rss("<item><guid>1</guid></item><item><description>" + open + repeated("<b/>", 280'000) + close +
             "</description></item>");
}

std::string json(const std::string& items) {
  return R"({"version":"https://jsonfeed.org/version/1","items":[)" + items + "]}";
}

// Nearly the longest base that is believed.
std::string with_base(const std::string& items) {
  return rss(items, "xml:base='https://a.example/" + std::string(480, 'b') + "/'");
}

struct Shape {
  std::string name;
  std::string document;
};

void check(const Shape& shape) {
  CAPTURE(shape.name);
  REQUIRE(shape.document.size() <= max_document);
  pugi::set_memory_management_functions(counted_allocate, counted_free);
  const std::size_t before = live;
  peak = before;
  const double cpu = cpu_seconds();
  const Expected<Feed> feed = parse(shape.document, "", feed_url);
  const double spent = cpu_seconds() - cpu;
  CHECK(spent < 12.0); // a sanitizer takes eight times the second, and more where others share the processor
  CHECK(peak - before < 64UL * 1024 * 1024);
  if (feed) CHECK(feed->items.size() <= max_items);
}

} // namespace

TEST_CASE("limits: documents of 10 MiB that want to take memory") {
  check({"levels of declarations", levels_of_declarations()});
  check({"items", rss(filled("<item/>", room))});
  check({"text of signs that are escaped",
         rss(repeated("<item><description><b>" + std::string(10'000, '>') + "</b></description></item>", 1'000))});
  check({"bytes that become three", "<?xml version='1.0' encoding='tis-620'?>" +
                                        rss("<item><title>" + std::string(room, '\xA1') + "</title></item>")});
  check({"JSON of one string without an end", json("{\"id\":\"" + std::string(room, '\\'))});
  check({"JSON of one string", json("{\"id\":\"" + std::string(room, 'a') + "\"}")});
  check({"JSON behind which a string stands", json("") + "\"" + std::string(room, 'a') + "\""});
  check({"JSON of one number", json("{\"id\":" + std::string(room, '1') + "}")});
  for (const std::string blank : {"\n", "\t", " "}) {
    check({"JSON of blanks", R"({"version":"https://jsonfeed.org/version/1")" + filled(blank, room) + "x}"});
    check({"JSON of blanks between brackets", json("[" + filled("[]," + filled(blank, 1'000), room) + "x")});
    check({"JSON of blanks between texts", json(filled("\"a\"," + filled(blank, 60'000), room) + "x")});
  }
  check(
      {"JSON of long bodies", json(repeated(R"({"content_text":")" + std::string(9'000, '<') + "\"},", 1'000) + "{}")});
}

TEST_CASE("limits: documents that want to take time") {
  check({"elements with prefixes", rss("<item>" + filled("<dc:a xmlns:dc='urn:x'/>", short_room) + "</item>")});
  check({"attributes", rss(filled("<item a='' b='' c='' d='' e='' f='' g='' h='' i='' j=''/>", short_room))});
  check({"depth", rss("<item>" + filled("<a>", short_room) + "</item>")});
  check({"levels up and down",
         rss("<item>" + filled(repeated("<a>", 250) + repeated("</a>", 250), short_room) + "</item>")});
  check({"ends that belong to nothing",
         rss("<item>" + repeated("<abcd>", 250) + filled("</abce>", short_room) + "</item>")});
  check({"tags without an end", rss("<item><description>" + filled("<br><p>x", short_room) + "</description></item>")});
  check({"references", rss("<item><title>" + filled("&eacute;&#1;&x", short_room) + "</title></item>")});
  check({"one huge attribute", rss("<item a='" + std::string(short_room, '&') + "'/>")});
  check({"quotes without an end", rss(filled("<a b=\"</><a b='</>", short_room))});
  check({"sections without an end",
         rss(filled("<item><description><![CDATA[</description></item>", short_room) + "]]>")});
  check({"comments without an end", rss(filled("<!--<?<!", short_room))});
  check({"tags in titles", cdata_items("title", "<b", 100)});
  check({"relative links", cdata_items("description", "<a href=x>", 100)});
  check({"relative links under a long base",
         with_base(
             repeated("<item><description>" + repeated("&lt;a href=x&gt;", 20'000) + "</description></item>", 16))});
  check({"relative pictures under a long base",
         with_base(repeated("<item>" + repeated("<media:thumbnail url='x'/>", 8'000) + "</item>", 16))});
  check({"one guid for all", rss(repeated("<item><guid>" + std::string(2'000, 'x') + "</guid></item>", 1'000))});
  check({"authors", rss("<item>" + filled("<dc:creator>a b</dc:creator>", short_room) + "</item>")});
  for (const std::string word : {"éab ", "thứ ", "a.b ", "é/b ", "١٢.٢ "})
    check({"dates of " + word, rss(filled("<item><pubDate>" + filled(word, 128) + "</pubDate></item>", short_room))});
  check({"JSON nesting", json(filled("[", short_room))});
  check({"JSON members", json("{" + filled("\"abcdefghij\":0,", short_room) + "\"id\":1}")});
}

TEST_CASE("limits: the work of the prepass grows with the document and with nothing else") {
  CHECK(prepare(levels_of_declarations()).steps < 400'000);
  const std::string once = rss("<item>" + repeated("<a b='c'>x</a>", 1'000) + "</item>");
  const std::string twice = rss("<item>" + repeated("<a b='c'>x</a>", 2'000) + "</item>");
  CHECK(prepare(once).steps < 4'100);
  CHECK(prepare(twice).steps < 8'100);
  CHECK(prepare(rss("<item>" + filled("<a></a>", 4UL * max_document / 10) + "</item>")).steps <= 1'000'001);
}

} // namespace milkrun::feed::test
