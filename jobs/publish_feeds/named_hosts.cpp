// There is no list of ends: there are more than a thousand, and more each year. What an honest text names, its source
// names too; so a word too many costs a look at a draft, and a word too few a link of somebody else's.
#include "jobs/publish_feeds/named_hosts.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace milkrun::publish_feeds {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Bytes of a name at the start: letters of two bytes too (umlauts, Greek, Cyrillic), but no quotes and dashes.
std::size_t name_size(std::string_view text) {
  const auto c = static_cast<unsigned char>(text[0]);
  if (text::is_letter(text[0]) || is_digit(text[0]) || c == '-' || c == '.') return 1;
  return c >= 0xc3 && c <= 0xdf && text.size() > 1 ? 2 : 0;
}

// Scripts that put no blank between words, or none behind a full stop: there only the names of the ends tell a host
// from a sentence. What stands in front of the dot is taken up to a blank or a sign.
void add_eastern(std::string_view text, std::set<std::string>& out) {
  static constexpr std::array ends{"中国", "中國",   "公司",   "网络",   "網絡",     "在线",   "网站", "网址",   "商城",
                                   "商店", "集团",   "香港",   "台湾",   "台灣",     "新加坡", "移动", "我爱你", "コム",
                                   "世界", "ストア", "みんな", "セール", "クラウド", "한국",   "닷컴", "닷넷",   "삼성",
                                   "भारत", "संगठन",   "नेट",     "कॉम",    "ไทย",      "คอม"};
  for (std::size_t dot = text.find('.', 1); dot != std::string_view::npos; dot = text.find('.', dot + 1)) {
    const std::string_view rest = text.substr(dot + 1);
    const auto* const end = std::ranges::find_if(ends, [&](const char* e) { return rest.starts_with(e); });
    std::size_t begin = dot;
    while (begin > 0 && dot - begin < 300 && !std::string_view(" \n\"'()[]<>/,;:!?").contains(text[begin - 1])) --begin;
    if (end != ends.end() && begin < dot) out.insert(std::string(text.substr(begin, dot - begin)) + "." + *end);
  }
}

bool is_file(std::string_view end) {
  static constexpr std::array ends{"js",   "ts",  "jsx", "pdf",  "txt",  "html", "htm",  "css",  "json", "xml",  "csv",
                                   "php",  "exe", "jpg", "jpeg", "png",  "gif",  "svg",  "webp", "mp3",  "mp4",  "wav",
                                   "docx", "xls", "ppt", "xlsx", "pptx", "dll",  "cpp",  "hpp",  "yml",  "yaml", "toml",
                                   "ini",  "apk", "iso", "jar",  "log",  "sql",  "epub", "odt",  "tmp"};
  return std::ranges::find(ends, end) != ends.end();
}

bool is_end(std::string_view end) {
  if (end.starts_with("xn--")) return end.size() > 4;
  const bool letters = std::ranges::none_of(end, [](char c) { return is_digit(c) || c == '-'; });
  return end.size() >= 2 && letters && !is_file(end);
}

bool is_ipv4(std::string_view name) {
  const auto parts = text::split(name, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           const auto number = part.size() <= 3 ? text::to_int(part) : std::nullopt;
           return number && *number >= 0 && *number <= 255;
         });
}

std::string clean(std::string name) {
  if (const std::size_t dots = name.rfind("..");
      dots != std::string::npos && name.find_first_not_of(".-", dots) != std::string::npos)
    name.erase(0, dots + 2); // "und...dann" is none
  while (name.ends_with('.') || name.ends_with('-')) name.pop_back();
  if (name.starts_with("www.")) name.erase(0, 4);
  return name;
}

} // namespace

std::set<std::string> hosts_in(std::string_view text) {
  std::set<std::string> out;
  add_eastern(text, out);
  for (std::size_t at = 0; at < text.size();) {
    const bool written_out = at >= 3 && text.substr(at - 3, 3) == "://";
    std::size_t end = at;
    if (written_out && text[at] == '[') end = std::min(text.find(']', at), text.size()); // IPv6
    while (end < text.size() && end - at < 300 && text[at] != '[' && name_size(text.substr(end)) > 0)
      end += name_size(text.substr(end));
    const std::string name = clean(text::lower(text.substr(at, end - at)));
    at = std::max(end, at + 1);
    const std::size_t dot = name.rfind('.');
    const bool named = dot != std::string::npos && dot > 0 && is_end(std::string_view(name).substr(dot + 1));
    if ((written_out && !name.empty()) || named || is_ipv4(name)) out.insert(name);
  }
  return out;
}

} // namespace milkrun::publish_feeds
