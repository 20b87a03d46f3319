// From bytes to UTF-8: which charset is believed, what iconv is not asked, what is dropped.
#include "providers/feed/charset.hpp"

#include "base/text.hpp"
#include "providers/feed/test_documents.hpp"

#include <iconv.h>

namespace milkrun::feed::test {

namespace {

using namespace std::string_literals;

// ASCII as UTF-16 or UTF-32 with some non-ASCII code points.
std::string wide(std::u32string_view text, std::size_t unit, bool little) {
  std::string out;
  for (char32_t c : text) {
    for (std::size_t i = 0; i < unit; ++i) {
      const std::size_t shift = 8 * (little ? i : unit - 1 - i);
      out += static_cast<char>((c >> shift) & 0xFF);
    }
  }
  return out;
}

constexpr std::u32string_view wide_rss =
    U"<rss version='2.0'><channel><item><title>caf\u00E9 \u20AC</title></item></channel></rss>";
const std::string title = "caf\xC3\xA9 \xE2\x82\xAC";

// A text in another charset.
std::string encoded(std::string_view text, std::string_view charset) {
  const iconv_t converter = iconv_open(std::string(charset).c_str(), "UTF-8");
  REQUIRE(converter != reinterpret_cast<iconv_t>(-1)); // NOLINT(performance-no-int-to-ptr)
  std::string out(text.size() * 4, '\0');
  char* in = const_cast<char*>(text.data());
  char* to = out.data();
  std::size_t left = text.size(), room = out.size();
  CHECK(iconv(converter, &in, &left, &to, &room) == 0);
  iconv_close(converter);
  out.resize(out.size() - room);
  return out;
}

std::string with_title(const std::string& declaration, const std::string& bytes) {
  return declaration + "<rss version='2.0'><channel><item><title>" + bytes + "</title></item></channel></rss>";
}

} // namespace

TEST_CASE("feeds 5 order 1: byte order marks of UTF-8, UTF-16 and UTF-32") {
  const std::string documents[] = {
      "\xEF\xBB\xBF" + with_title("", title),     "\xFF\xFE"s + wide(wide_rss, 2, true),
      "\xFE\xFF"s + wide(wide_rss, 2, false),     "\xFF\xFE\0\0"s + wide(wide_rss, 4, true),
      "\0\0\xFE\xFF"s + wide(wide_rss, 4, false),
  };
  for (const std::string& document : documents)
    CHECK(only_item(read(document, "text/xml; charset=koi8-r")).title == title);
}

TEST_CASE("feeds 5 order 2: NUL patterns tell UTF-16 and UTF-32 without a mark") {
  for (bool little : {true, false}) {
    for (std::size_t unit : {2u, 4u}) {
      CAPTURE(little);
      CAPTURE(unit);
      CHECK(only_item(read(wide(wide_rss, unit, little))).title == title);
    }
  }
}

TEST_CASE("feeds 5 order 3: what is valid UTF-8 is UTF-8, whatever is declared") {
  CHECK(only_item(read(with_title("<?xml version='1.0' encoding='iso-8859-1'?>", title), "text/xml; charset=latin1"))
            .title == title);
}

TEST_CASE("feeds 5 order 4: the HTTP charset comes before the XML declaration") {
  const std::string document = with_title("<?xml version='1.0' encoding='koi8-r'?>", "caf\xE9 \x80");
  CHECK(only_item(read(document, "application/rss+xml; charset=\"ISO-8859-1\"")).title == title);
  CHECK(only_item(read(document, "application/rss+xml;CHARSET = windows-1252 ; x=y")).title == title);
}

TEST_CASE("feeds 5 order 5: the XML declaration, single or double quotes") {
  CHECK(only_item(read(with_title("<?xml version='1.0' encoding='koi8-r'?>", "\xF0\xD2\xC9"))).title == "При");
  CHECK(only_item(read(with_title("<?xml version=\"1.0\" encoding = \"koi8-r\" ?>", "\xF0\xD2\xC9"))).title == "При");
}

TEST_CASE("feeds 5 order 6: windows-1252 when nothing is said") {
  CHECK(only_item(read(with_title("", "caf\xE9 \x93quoted\x94"))).title ==
        "caf\xC3\xA9 \xE2\x80\x9Cquoted\xE2\x80\x9D");
  CHECK(only_item(read(with_title("<?xml version='1.0' encoding='utf-8'?>", "caf\xE9"))).title == "caf\xC3\xA9");
}

TEST_CASE("feeds 5 UTF-8 with a few bad bytes stays UTF-8") {
  CHECK(only_item(read(with_title("", "caf\xC3\xA9 na\xC3\xAFve \xFF"))).title ==
        "caf\xC3\xA9 na\xC3\xAFve \xEF\xBF\xBD");
}

TEST_CASE("feeds 5 one broken byte does not turn a page of UTF-8 into anything else, whatever is declared") {
  std::string page;
  for (int i = 0; i < 40; ++i) page += "\xC3\xA9t\xC3\xA9 ";
  for (std::string_view declared : {"", "text/xml; charset=iso-8859-1", "text/xml; charset=windows-1251",
                                    "text/xml; charset=gbk", "text/xml; charset=nonsense"}) {
    CAPTURE(declared);
    CHECK(only_item(read(with_title("", page + "\xE9 x"), declared)).title ==
          page.substr(0, page.size()) + "\xEF\xBF\xBD x");
  }
}

TEST_CASE("feeds 5 one broken byte in a short text of UTF-8 does not make it the Latin that is declared") {
  const std::string title = "Gr\xC3\xBC\xC3\x9F"
                            "e aus K\xF6ln \xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F";
  for (std::string_view declared : {"text/xml; charset=iso-8859-1", "text/xml; charset=iso-8859-15"}) {
    CAPTURE(declared);
    CHECK(only_item(read(with_title("", title), declared)).title == "Grüße aus K\uFFFDln äöüß");
  }
  // As many bad ones: it is what it says.
  CHECK(only_item(read(with_title("", "\xC3\xBC \xF6 \xE4"), "text/xml; charset=iso-8859-1")).title == "Ã¼ ö ä");
}

TEST_CASE("feeds 5 legacy text that is not declared, or by a label nobody knows, is guessed") {
  struct Case {
    std::string_view charset, text;
  };
  const Case cases[] = {
      {"WINDOWS-1251", "Президент подписал новый закон о бюджете"},
      {"KOI8-R", "Президент подписал новый закон о бюджете на следующий год"},
      {"ISO-8859-2", "Zażółć gęślą jaźń, prezydent podpisał nową ustawę"},
      {"ISO-8859-2", "Dnes se ve městě otevřela nová výstava současného umění žluťoučký kůň"},
      {"CP1250", "Dnes se ve městě otevřela nová výstava současného umění žluťoučký kůň"},
      {"ISO-8859-7", "Ο πρόεδρος υπέγραψε τον νέο νόμο για τον προϋπολογισμό"},
      {"CP932", "日本の首相は新しい予算案に署名しました。"},
      {"EUC-JP", "日本の首相は新しい予算案に署名しました。"},
      {"GBK", "中国总理签署了新的预算法案"},
      {"BIG5", "總理簽署了新的預算法案並且發表談話"},
      {"BIG5", "今天城市裡舉辦了一個新的現代藝術展覽，很多人參觀"},
      {"GBK", "今天城市里举办了一个新的现代艺术展览，很多人参观"},
      {"CP949", "대통령이 새로운 예산안에 서명했습니다"},
      {"WINDOWS-1252", "L’été dernier, le président a déclaré que les élèves français étaient prêts"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.charset);
    const std::string bytes = encoded(c.text, c.charset);
    for (std::string_view declared :
         {"", "<?xml version='1.0' encoding='x-unheard-of'?>", "<?xml version='1.0' encoding='utf-8'?>"})
      CHECK(only_item(read(with_title(std::string(declared), bytes))).title == c.text);
  }
}

TEST_CASE("feeds 5 C1 controls are the characters of windows-1252 they were") {
  CHECK(only_item(read(with_title("", "a\xC2\x93q\xC2\x94\xC2\x85\xC2\x80"))).title == "a“q”…€");
  CHECK(only_item(read(with_title("<?xml version='1.0' encoding='iso-8859-2'?>", "x\x93\xB1\x94"))).title == "x“ą”");
}

TEST_CASE("feeds 5 ISO-2022-JP, declared or by its escape sequences") {
  const std::string bytes = "x\x1B$BF|K\\\x1B(B<b>y</b>\x1B(I1\x1B(B";
  for (std::string_view declared : {"", "text/xml; charset=iso-2022-jp"}) {
    CAPTURE(declared);
    CHECK(only_item(read(with_title("", bytes), declared)).title == "x日本yｱ");
  }
}

TEST_CASE("feeds 5 a document that grows by decoding is cut, and its last item left out") {
  const auto item_of = [](int n) {
    return "<item><guid>" + std::to_string(1'000 + n) + "</guid><title>" + std::string(20'000, '\xA1') +
           "</title></item>";
  };
  const std::string item = item_of(0);
  std::string document = "<?xml version='1.0' encoding='tis-620'?><rss><channel>";
  for (int i = 0; i < 500; ++i) document += item_of(i);
  const Feed feed = read(document + "</channel></rss>");
  CHECK(feed.malformed);
  CHECK(feed.items.size() == 10UL * 1024 * 1024 / (item.size() + 40'000));
}

TEST_CASE("feeds 5 label mapping") {
  struct Case {
    std::string_view label, converter;
  };
  const Case cases[] = {
      {"iso-8859-1", "WINDOWS-1252"},
      {"latin1", "WINDOWS-1252"},
      {"us-ascii", "WINDOWS-1252"},
      {"ascii", "WINDOWS-1252"},
      {"gb2312", "GB18030"},
      {"gbk", "GB18030"},
      {"shift_jis", "CP932"},
      {"x-sjis", "CP932"},
      {"windows-31j", "CP932"},
      {"ks_c_5601-1987", "CP949"},
      {"euc-kr", "CP949"},
      {"big5", "BIG5-HKSCS"},
      {"iso-8859-9", "CP1254"},
      {"tis-620", "CP874"},
      {"x-mac-roman", "MACINTOSH"},
      {"iso-8859-8-i", "ISO-8859-8"},
      {" UTF8 ", "UTF-8"},
      {"unicode-1-1-utf-8", "UTF-8"},
      {"iso_8859-2:1987", "ISO-8859-2"},
      {"csisolatin9", "ISO-8859-15"},
      {"sun_eu_greek", "ISO-8859-7"},
      {"ms932", "CP932"},
      {"cn-big5", "BIG5-HKSCS"},
      {"iso-ir-58", "GB18030"},
      {"x-mac-ukrainian", "MAC-CYRILLIC"},
      {"x-cp1257", "CP1257"},
      {"logical", "ISO-8859-8"},
      {"866", "IBM866"},
      {"iso-2022-jp", "ISO-2022-JP"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.label);
    CHECK(converter_of(c.label) == c.converter);
  }
}

TEST_CASE("feeds 5 converters: one text in each family") {
  struct Case {
    std::string label, bytes, text;
  };
  const Case cases[] = {
      {"gb2312", "\xC4\xE3\xBA\xC3", "你好"},
      {"gbk", "\xC4\xE3\xBA\xC3", "你好"},
      {"gb18030", "\x81\x30\x84\x36", "\xC2\xA5"},
      {"shift_jis", "\x93\xFA\x96\x7B", "日本"},
      {"x-sjis", "\x87\x40", "①"},
      {"euc-jp", "\xC6\xFC\xCB\xDC", "日本"},
      {"euc-kr", "\xC7\xD1\xB1\xDB", "한글"},
      {"ks_c_5601-1987", "\xC7\xD1\xB1\xDB", "한글"},
      {"big5", "\xA7\x41\xA6\x6E", "你好"},
      {"iso-8859-9", "\xFD\x80", "ı€"},
      {"tis-620", "\xA1\x80", "ก€"},
      {"windows-1251", "\xCF\xF0\xE8", "При"},
      {"x-mac-roman", "\x8E", "é"},
      {"iso-8859-15", "\xA4", "€"},
      {"iso-8859-2", "\xB1", "ą"},
      {"koi8-u", "\xA6", "і"},
      {"us-ascii", "\x92", "’"},
      {"latin1", "\x80", "€"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.label);
    CHECK(only_item(read(with_title("<?xml version='1.0' encoding='" + c.label + "'?>", "x" + c.bytes))).title ==
          "x" + c.text);
  }
}

TEST_CASE("feeds 5 bytes without a character become U+FFFD and reading goes on") {
  CHECK(decode_document("a\x81\x8D\x8F\x90\x9D"
                        "b\xFF",
                        "x; charset=windows-1252") == "a\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"
                                                      "b\xC3\xBF");
  CHECK(decode_document("\x93\xFA\xFF\xFF ok\x93", "x; charset=shift_jis") == "日\uFFFD\uFFFD ok\uFFFD");
  const std::string lone = "\xFF\xFE"s + wide(U"a", 2, true) + "\x00\xD8"s + wide(U"b", 2, true) + "c";
  CHECK(decode_document(lone, "") == "a\uFFFDb\uFFFD");
}

TEST_CASE("feeds 5 UTF-7 and stateful charsets are refused") {
  for (std::string_view label :
       {"utf-7", "unicode-1-1-utf-7", "iso-2022-cn-ext", "iso-2022-kr", "hz-gb-2312", "x-user-defined", "", "../x"}) {
    CAPTURE(label);
    CHECK(converter_of(label) == "");
  }
  CHECK(decode_document("+ADw-script+AD4-", "text/xml; charset=utf-7") == "+ADw-script+AD4-");
}

TEST_CASE("feeds 5 characters XML forbids are dropped, also NUL and several marks") {
  CHECK(decode_document("\xEF\xBB\xBF\xEF\xBB\xBF"
                        "a\0b\x01\x0B\x1F\t\n\rc\xEF\xBF\xBE\xEF\xBF\xBF\xF0\x9F\x98\x80"s,
                        "") == "ab\t\n\rc\xF0\x9F\x98\x80");
  CHECK(only_item(read(with_title("", "a\0b\x08"s))).title == "ab");
}

} // namespace milkrun::feed::test
