// A tolerant scanner of tags and attributes that copies HTML and rewrites the links in it. It does not make HTML
// safe: that is the sanitiser's work, later.
#include "providers/feed/links.hpp"

#include "base/text.hpp"
#include "providers/feed/entities.hpp"
#include "providers/feed/html_text.hpp"

#include <algorithm>
#include <optional>

namespace milkrun::feed {

namespace {

constexpr std::string_view space = " \t\r\n\f";

// "mailto" of "mailto:x"; "" when the reference has no scheme. White space and controls inside are ignored, as
// browsers do ("java\nscript:").
std::string scheme_of(std::string_view reference) {
  std::string scheme;
  for (char c : reference) {
    if (static_cast<unsigned char>(c) <= ' ') continue;
    if (c == ':') return text::lower(scheme);
    const bool ok =
        text::is_letter(c) || (!scheme.empty() && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'));
    if (!ok || scheme.size() > 32) return {};
    scheme += c;
  }
  return {};
}

bool is_link(std::string_view attribute) {
  return text::iequals(attribute, "href") || text::iequals(attribute, "src") || text::iequals(attribute, "poster") ||
         text::iequals(attribute, "srcset");
}

} // namespace

class LinkRewriter {
public:
  LinkRewriter(std::string_view html, std::string_view base, std::string_view page, HtmlLinks& limits)
      : in_(html), base_(base), page_(page.empty() ? base : page), limits_(limits) {}

  std::string run() {
    out_.reserve(in_.size());
    while (!in_.empty()) {
      copy(std::min(in_.find('<'), in_.size()));
      if (in_.starts_with("<!--"))
        copy_through("-->");
      else if (in_.size() > 1 && text::is_letter(in_[1]))
        tag();
      else
        copy(std::min<std::size_t>(1, in_.size()));
    }
    return std::move(out_);
  }

private:
  void copy(std::size_t size) {
    out_ += in_.substr(0, size);
    in_.remove_prefix(size);
  }
  void copy_through(std::string_view end) {
    const std::size_t at = in_.find(end);
    copy(at == std::string_view::npos ? in_.size() : at + end.size());
  }
  void copy_until(std::string_view stops) { copy(std::min(in_.find_first_of(stops), in_.size())); }

  void tag() {
    const std::string name = text::lower(in_.substr(1, std::min(in_.find_first_of(" \t\r\n\f/>", 1), in_.size()) - 1));
    copy(name.size() + 1);
    while (!in_.empty() && in_[0] != '>') attribute();
    copy(std::min<std::size_t>(1, in_.size()));
    if (name == "script" || name == "style") copy_through("</");
  }

  struct Attribute {
    std::size_t size = 0; // bytes from the name to the end of the value
    std::string_view name;
    std::optional<std::string_view> value;
  };

  // The attribute at the start of `s`, which does not start with white space, "/" or ">".
  static Attribute read_attribute(std::string_view s) {
    Attribute found;
    found.size = std::max<std::size_t>(std::min(s.find_first_of(" \t\r\n\f/>="), s.size()), 1);
    found.name = s.substr(0, found.size);
    std::size_t at = std::min(s.find_first_not_of(space, found.size), s.size());
    if (at == s.size() || s[at] != '=') return found;
    at = std::min(s.find_first_not_of(space, at + 1), s.size());
    const bool quoted = at < s.size() && (s[at] == '"' || s[at] == '\'');
    const std::size_t start = quoted ? at + 1 : at;
    const std::size_t end = std::min(quoted ? s.find(s[at], start) : s.find_first_of(" \t\r\n\f>", start), s.size());
    found.value = s.substr(start, end - start);
    found.size = std::min(quoted ? end + 1 : end, s.size());
    return found;
  }

  void attribute() {
    if (space.find(in_[0]) != std::string_view::npos || in_[0] == '/') return copy(1);
    const Attribute found = read_attribute(in_);
    if (!found.value || !is_link(found.name)) return copy(found.size);
    const std::string value = decode_entities(*found.value);
    const bool is_set = text::iequals(found.name, "srcset");
    const std::optional<std::string> mended = is_set ? source_set(value) : link(value);
    if (mended && *mended == value) return copy(found.size);
    if (mended) out_.append(found.name).append("=\"").append(escape_html(*mended)).append("\"");
    in_.remove_prefix(found.size);
  }

  // nullopt = refused
  std::optional<std::string> link(const std::string& value) {
    const std::string scheme = scheme_of(value);
    if (scheme == "mailto" || scheme == "tel" || text::trim(value).empty()) return value;
    if (scheme.empty() && base_.empty()) return value;
    if (!scheme.empty() && scheme != "http" && scheme != "https") return std::nullopt;
    // An address that needs no mending keeps its spelling.
    const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    if (!scheme.empty() && std::ranges::none_of(value, is_blank) && !is_escaped(value)) return value;
    const std::string_view base = value.starts_with('#') ? page_ : base_;
    if (!limits_.may_resolve(base.size() + value.size())) return std::nullopt;
    std::string url = absolute(base, value);
    if (url.empty() || !grow(url.size(), value.size())) return std::nullopt;
    return url;
  }

  bool grow(std::size_t now, std::size_t before) {
    const std::size_t growth = now > before ? now - before : 0;
    if (growth > limits_.growth_left_) return false;
    limits_.growth_left_ -= growth;
    return true;
  }

  // "a.jpg 1x, b,c.jpg 2x" (HTML Standard, "parse a srcset attribute"): commas inside an address belong to it.
  std::optional<std::string> source_set(std::string_view value) {
    std::string out;
    while (true) {
      value.remove_prefix(std::min(value.find_first_not_of(" \t\r\n\f,"), value.size()));
      if (value.empty()) break;
      std::string_view url = value.substr(0, value.find_first_of(space));
      value.remove_prefix(url.size());
      std::string_view descriptor;
      if (url.ends_with(',')) {
        while (url.ends_with(',')) url.remove_suffix(1);
      } else {
        const std::size_t end = std::min(value.find(','), value.size());
        descriptor = text::trim(value.substr(0, end));
        value.remove_prefix(end);
      }
      const std::optional<std::string> mended = link(std::string(url));
      if (!mended) continue;
      out.append(out.empty() ? "" : ", ").append(*mended);
      if (!descriptor.empty()) out.append(" ").append(descriptor);
    }
    if (out.empty()) return std::nullopt;
    return out;
  }

  std::string_view in_, base_, page_;
  HtmlLinks& limits_;
  std::string out_;
};

bool HtmlLinks::may_resolve(std::size_t bytes) {
  if (links_left_ == 0 || bytes > reading_left_) return false;
  --links_left_;
  reading_left_ -= bytes;
  return true;
}

std::string HtmlLinks::absolute_one(std::string_view base, std::string_view reference) {
  const std::size_t read = reference.size() + (is_web_address(reference) ? 0 : base.size());
  return !reference.empty() && may_resolve(read) ? absolute(base, reference) : std::string();
}

std::string HtmlLinks::absolute_html(std::string_view html, std::string_view base, std::string_view page) {
  return LinkRewriter(html, base, page, *this).run();
}

} // namespace milkrun::feed
