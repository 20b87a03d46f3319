// One pass from left to right; what was put in is not read again, so a name like "{link}" stays what it is.
#include "content/template.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>

namespace milkrun::content {
namespace {

struct Placeholder {
  std::string_view name, otherwise;
  bool has_default = false;
};

// Calls `text` and `put` for the pieces of the pattern; "" or what is wrong with it.
std::string walk(std::string_view pattern, const std::function<void(std::string_view)>& text,
                 const std::function<std::string(const Placeholder&)>& put) {
  for (std::size_t i = 0; i < pattern.size();) {
    const std::size_t brace = std::min(pattern.find_first_of("{}", i), pattern.size());
    text(pattern.substr(i, brace - i));
    if (brace == pattern.size()) break;
    if (brace + 1 < pattern.size() && pattern[brace + 1] == pattern[brace]) {
      text(pattern.substr(brace, 1));
      i = brace + 2;
      continue;
    }
    const std::size_t end = pattern.find_first_of("{}", brace + 1);
    if (pattern[brace] == '}') return "has a } without {; write }} for a brace";
    if (end == pattern.npos || pattern[end] == '{') return "has a { without }; write {{ for a brace";
    const std::string_view inside = pattern.substr(brace + 1, end - brace - 1);
    const std::size_t bar = inside.find('|');
    const Placeholder p{.name = inside.substr(0, bar),
                        .otherwise = bar == inside.npos ? std::string_view() : inside.substr(bar + 1),
                        .has_default = bar != inside.npos};
    if (std::string wrong = put(p); !wrong.empty()) return wrong;
    i = end + 1;
  }
  return {};
}

} // namespace

const std::vector<std::string_view>& campaign_placeholders() {
  static const std::vector<std::string_view> names = {"name", "task", "reward", "link", "platform", "campaign"};
  return names;
}

Expected<std::string> fill(std::string_view pattern, const Values& values) {
  std::string out;
  const std::string wrong = walk(
      pattern, [&](std::string_view piece) { out += piece; },
      [&](const Placeholder& p) -> std::string {
        const auto value = values.find(p.name);
        if (value == values.end()) return fmt::format("{{{}}} is unknown", text::one_line(p.name, 60));
        if (value->second.empty() && p.otherwise.empty())
          return fmt::format("{{{0}}} is empty; give it a default: {{{0}|…}}", text::one_line(p.name, 60));
        out += value->second.empty() ? p.otherwise : std::string_view(value->second);
        return {};
      });
  if (!wrong.empty()) return fail(Fault::permanent, "template.unfillable", wrong);
  return out;
}

std::string check_template(std::string_view pattern, const std::vector<std::string_view>& names) {
  return walk(
      pattern, [](std::string_view) {},
      [&](const Placeholder& p) -> std::string {
        if (p.has_default && p.otherwise.empty())
          return fmt::format("gives {{{}|}} an empty default; write one or leave out the bar",
                             text::one_line(p.name, 60));
        if (std::ranges::find(names, p.name) != names.end()) return {};
        return fmt::format("uses {{{}}}; there are {{{}}}", text::one_line(p.name, 60), fmt::join(names, "}, {"));
      });
}

} // namespace milkrun::content
