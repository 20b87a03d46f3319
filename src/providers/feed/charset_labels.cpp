// The allow-list of charset labels: those of the WHATWG Encoding Standard ("Names and labels") as browsers map them,
// and a few spellings beside. Not on it are UTF-7 and the stateful converters, which have a record of memory faults
// (ISO-2022-JP is taken apart by our own hands), and UTF-16: a document in it is known by its bytes before any label.
#include "providers/feed/charset.hpp"

#include "base/text.hpp"

#include <array>
#include <unordered_map>

namespace milkrun::feed {

namespace {

struct Charset {
  std::string_view converter, labels;
};

constexpr std::array charsets{
    Charset{"UTF-8", "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8"},
    Charset{"IBM866", "866 cp866 csibm866 ibm866"},
    Charset{"ISO-8859-2", "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2"},
    Charset{"ISO-8859-3", "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3"},
    Charset{"ISO-8859-4", "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4"},
    Charset{"ISO-8859-5",
            "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988"},
    Charset{"ISO-8859-6", "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
                          "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987"},
    Charset{"ISO-8859-7", "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 "
                          "iso_8859-7 iso_8859-7:1987 sun_eu_greek"},
    Charset{"ISO-8859-8", "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 "
                          "iso_8859-8 iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical"},
    Charset{"ISO-8859-10", "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6"},
    Charset{"ISO-8859-13", "iso-8859-13 iso8859-13 iso885913"},
    Charset{"ISO-8859-14", "iso-8859-14 iso8859-14 iso885914"},
    Charset{"ISO-8859-15", "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 latin-9"},
    Charset{"ISO-8859-16", "iso-8859-16"},
    Charset{"KOI8-R", "cskoi8r koi koi8 koi8-r koi8_r"},
    Charset{"KOI8-U", "koi8-ru koi8-u"},
    Charset{"MACINTOSH", "csmacintosh mac macintosh x-mac-roman"},
    Charset{"CP874", "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874"},
    Charset{"CP1250", "cp1250 windows-1250 x-cp1250"},
    Charset{"CP1251", "cp1251 windows-1251 x-cp1251"},
    Charset{"WINDOWS-1252", "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 "
                            "iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 latin-1 us-ascii windows-1252 x-cp1252"},
    Charset{"CP1253", "cp1253 windows-1253 x-cp1253"},
    Charset{"CP1254", "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 "
                      "latin5 windows-1254 x-cp1254"},
    Charset{"CP1255", "cp1255 windows-1255 x-cp1255"},
    Charset{"CP1256", "cp1256 windows-1256 x-cp1256"},
    Charset{"CP1257", "cp1257 windows-1257 x-cp1257"},
    Charset{"CP1258", "cp1258 windows-1258 x-cp1258"},
    Charset{"MAC-CYRILLIC", "x-mac-cyrillic x-mac-ukrainian"},
    Charset{"GB18030", "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030"},
    Charset{"BIG5-HKSCS", "big5 big5-hkscs cn-big5 csbig5 x-x-big5"},
    Charset{"EUC-JP", "cseucpkdfmtjapanese euc-jp x-euc-jp"},
    Charset{"ISO-2022-JP", "csiso2022jp iso-2022-jp"},
    Charset{"CP932", "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"},
    Charset{"CP949", "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
                     "windows-949 uhc"},
};

using Table = std::unordered_map<std::string_view, std::string_view>;

Table read_table() {
  Table table;
  for (const Charset& charset : charsets) {
    for (std::string_view label : text::split(charset.labels, ' ')) table.emplace(label, charset.converter);
  }
  return table;
}

} // namespace

std::string_view converter_of(std::string_view label) {
  static const Table table = read_table();
  const auto found = table.find(text::lower(text::trim(label)));
  return found == table.end() ? std::string_view{} : found->second;
}

} // namespace milkrun::feed
