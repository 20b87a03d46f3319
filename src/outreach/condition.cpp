// One table of words serves the check and the answer, so that neither knows a word the other does not.
#include "outreach/condition.hpp"

#include "base/memo.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace milkrun::outreach {
namespace {

using Json = nlohmann::json;

struct Word {
  std::string_view name;
  bool (*holds)(const Facts&);
  std::string_view means;
};
constexpr std::array words = {
    Word{"replied", [](const Facts& f) { return f.replied; }, "wrote to the business since the walk began"},
    Word{"not_replied", [](const Facts& f) { return !f.replied; }, "did not"},
    Word{"delivered", [](const Facts& f) { return f.delivered; }, "the last message of this walk arrived"},
    Word{"read", [](const Facts& f) { return f.read; }, "it was read"},
    Word{"clicked", [](const Facts& f) { return f.clicked; }, "its link was clicked"},
    Word{"engaged_since_previous_step", [](const Facts& f) { return f.engaged; },
         "replied, read or clicked since it was sent"},
    Word{"not_engaged_since_previous_step", [](const Facts& f) { return !f.engaged; }, "did none of these"},
    Word{"invoice_paid", [](const Facts& f) { return f.paid_since; }, "paid an invoice since the walk began"},
};

bool is_tag(std::string_view tag) {
  const auto fits = [](char c) { return text::is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return tag.size() >= 2 && tag.size() <= 35 && text::is_letter(tag[0]) && std::ranges::all_of(tag, fits);
}

// "de" for "de", "de-AT", "de_AT".
bool speaks(std::string_view tag, std::string_view language) {
  const std::string have = text::replace_all(text::lower(tag), "_", "-"),
                    want = text::replace_all(text::lower(language), "_", "-");
  return have == want || have.starts_with(want + "-");
}

struct Comparison {
  std::string_view name;
  bool (*holds)(const Facts&, const std::string&);
  std::string_view means;
};
constexpr std::array comparisons = {
    Comparison{"has_tag", [](const Facts& f, const std::string& tag) { return f.tags.contains(tag); },
               "the contact has this tag"},
    Comparison{"language_is", [](const Facts& f, const std::string& tag) { return speaks(f.language, tag); },
               "the contact reads this language, whatever the region"},
};

template <class Table> auto find_in(const Table& table, std::string_view name) -> decltype(table.data()) {
  const auto found = std::ranges::find(table, name, [](const auto& row) { return row.name; });
  return found == table.end() ? nullptr : &*found;
}

std::string vocabulary() {
  std::vector<std::string_view> names;
  for (const Word& word : words) names.push_back(word.name);
  return fmt::format("{}, {{\"has_tag\": …}}, {{\"language_is\": …}}, {{\"all\": […]}}, "
                     "{{\"any\": […]}} and {{\"not\": …}}",
                     fmt::join(names, ", "));
}

std::string check(const Json& c, int levels, int& left) {
  if (levels == 0 || --left < 0) return "is too long or too deep; a condition has at most 50 words in 8 levels";
  if (c.is_string() && find_in(words, c.get_ref<const std::string&>())) return {};
  if (!c.is_object() || c.size() != 1)
    return fmt::format("has {}, which is no condition; there are {}",
                       text::one_line(c.dump(-1, ' ', true, Json::error_handler_t::replace), 80), vocabulary());
  const std::string& name = c.begin().key();
  const Json& of = c.begin().value();
  if (find_in(comparisons, name)) {
    if (!of.is_string() || of.get_ref<const std::string&>().empty())
      return fmt::format("has \"{}\" without a text to compare with", name);
    const std::string& text = of.get_ref<const std::string&>();
    if (name != "language_is" || is_tag(text)) return {};
    return fmt::format("has \"language_is\" with \"{}\"; it must be a language such as \"de\" or \"pt-BR\"",
                       text::one_line(text, 40));
  }
  if (name == "not") return check(of, levels - 1, left);
  if (name != "all" && name != "any")
    return fmt::format("has \"{}\", which is no condition; there are {}", text::one_line(name, 80), vocabulary());
  if (!of.is_array() || of.empty()) return fmt::format("has \"{}\" without a list of conditions", name);
  for (const Json& one : of)
    if (std::string wrong = check(one, levels - 1, left); !wrong.empty()) return wrong;
  return {};
}

bool answer(const Json& c, const Facts& facts) {
  if (c.is_string()) return find_in(words, c.get_ref<const std::string&>())->holds(facts);
  const std::string& name = c.begin().key();
  const Json& of = c.begin().value();
  const auto one = [&](const Json& part) { return answer(part, facts); };
  if (name == "all") return std::ranges::all_of(of, one);
  if (name == "any") return std::ranges::any_of(of, one);
  if (name == "not") return !one(of);
  return find_in(comparisons, name)->holds(facts, of.get_ref<const std::string&>());
}

Json parsed(std::string_view condition) {
  Json json = Json::parse(condition, nullptr, false);
  if (const std::string wrong = check_condition(json); !wrong.empty())
    throw std::invalid_argument("a stored condition " + wrong);
  return json;
}

} // namespace

std::string check_condition(const Json& condition) {
  int left = 50;
  return check(condition, 8, left);
}

bool needs_reply(std::string_view condition) {
  const auto needs = [](const auto& self, const Json& c) -> bool {
    if (c == "replied") return true;
    if (!c.is_object() || c.size() != 1) return false;
    const Json& of = c.begin().value();
    const auto one = [&](const Json& part) { return self(self, part); };
    if (c.begin().key() == "all") return std::ranges::any_of(of, one);
    return c.begin().key() == "any" && std::ranges::all_of(of, one);
  };
  return needs(needs, Json::parse(condition, nullptr, false));
}

std::vector<std::pair<std::string, std::string>> condition_words() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Word& word : words) out.emplace_back(fmt::format("\"{}\"", word.name), word.means);
  for (const Comparison& comparison : comparisons)
    out.emplace_back(fmt::format("{{\"{}\": \"…\"}}", comparison.name), comparison.means);
  out.emplace_back("{\"all\": […]}", "each of these holds");
  out.emplace_back("{\"any\": […]}", "one of these holds");
  out.emplace_back("{\"not\": …}", "it does not hold");
  return out;
}

bool holds(std::string_view condition, const Facts& facts) {
  thread_local Memo<Json> memo;
  return condition.empty() || answer(memo.of(condition, parsed), facts);
}

} // namespace milkrun::outreach
