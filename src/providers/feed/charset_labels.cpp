// The allow-list of charset labels. Labels are mapped as browsers do (WHATWG Encoding Standard, "Names and
// labels"); converters with a record of memory faults (ISO-2022-*, UTF-7) are not on it,
// and neither is UTF-16: a document in it is known by its bytes before any label is read.
#include "providers/feed/charset.hpp"

#include "base/text.hpp"

#include <array>

namespace milkrun::feed {

namespace {

struct Label {
  std::string_view label, converter;
};

constexpr std::array labels{
    Label{"utf-8", "UTF-8"},
    Label{"utf8", "UTF-8"},
    Label{"unicode-1-1-utf-8", "UTF-8"},
    Label{"ascii", "WINDOWS-1252"},
    Label{"us-ascii", "WINDOWS-1252"},
    Label{"ansi_x3.4-1968", "WINDOWS-1252"},
    Label{"iso-8859-1", "WINDOWS-1252"},
    Label{"iso8859-1", "WINDOWS-1252"},
    Label{"iso_8859-1", "WINDOWS-1252"},
    Label{"latin1", "WINDOWS-1252"},
    Label{"latin-1", "WINDOWS-1252"},
    Label{"l1", "WINDOWS-1252"},
    Label{"cp819", "WINDOWS-1252"},
    Label{"cp1252", "WINDOWS-1252"},
    Label{"windows-1252", "WINDOWS-1252"},
    Label{"x-cp1252", "WINDOWS-1252"},
    Label{"windows-1250", "CP1250"},
    Label{"cp1250", "CP1250"},
    Label{"windows-1251", "CP1251"},
    Label{"cp1251", "CP1251"},
    Label{"windows-1253", "CP1253"},
    Label{"windows-1254", "CP1254"},
    Label{"cp1254", "CP1254"},
    Label{"iso-8859-9", "CP1254"},
    Label{"latin5", "CP1254"},
    Label{"windows-1255", "CP1255"},
    Label{"windows-1256", "CP1256"},
    Label{"windows-1257", "CP1257"},
    Label{"windows-1258", "CP1258"},
    Label{"windows-874", "CP874"},
    Label{"tis-620", "CP874"},
    Label{"iso-8859-11", "CP874"},
    Label{"iso-8859-2", "ISO-8859-2"},
    Label{"latin2", "ISO-8859-2"},
    Label{"iso-8859-3", "ISO-8859-3"},
    Label{"iso-8859-4", "ISO-8859-4"},
    Label{"iso-8859-5", "ISO-8859-5"},
    Label{"iso-8859-6", "ISO-8859-6"},
    Label{"iso-8859-7", "ISO-8859-7"},
    Label{"iso-8859-8", "ISO-8859-8"},
    Label{"iso-8859-8-i", "ISO-8859-8"},
    Label{"iso-8859-10", "ISO-8859-10"},
    Label{"iso-8859-13", "ISO-8859-13"},
    Label{"iso-8859-14", "ISO-8859-14"},
    Label{"iso-8859-15", "ISO-8859-15"},
    Label{"latin-9", "ISO-8859-15"},
    Label{"iso-8859-16", "ISO-8859-16"},
    Label{"koi8-r", "KOI8-R"},
    Label{"koi8", "KOI8-R"},
    Label{"koi8-u", "KOI8-U"},
    Label{"ibm866", "IBM866"},
    Label{"cp866", "IBM866"},
    Label{"macintosh", "MACINTOSH"},
    Label{"mac", "MACINTOSH"},
    Label{"x-mac-roman", "MACINTOSH"},
    Label{"gb2312", "GB18030"},
    Label{"gb_2312-80", "GB18030"},
    Label{"x-gbk", "GB18030"},
    Label{"gbk", "GB18030"},
    Label{"gb18030", "GB18030"},
    Label{"big5", "BIG5-HKSCS"},
    Label{"big5-hkscs", "BIG5-HKSCS"},
    Label{"x-x-big5", "BIG5-HKSCS"},
    Label{"shift_jis", "CP932"},
    Label{"shift-jis", "CP932"},
    Label{"sjis", "CP932"},
    Label{"x-sjis", "CP932"},
    Label{"windows-31j", "CP932"},
    Label{"ms_kanji", "CP932"},
    Label{"euc-jp", "EUC-JP"},
    Label{"x-euc-jp", "EUC-JP"},
    Label{"euc-kr", "CP949"},
    Label{"korean", "CP949"},
    Label{"ks_c_5601-1987", "CP949"},
    Label{"windows-949", "CP949"},
};

} // namespace

std::string_view converter_of(std::string_view label) {
  const std::string wanted = text::lower(text::trim(label));
  for (const Label& known : labels) {
    if (known.label == wanted) return known.converter;
  }
  return {};
}

} // namespace milkrun::feed
