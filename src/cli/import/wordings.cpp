// A text that cannot be rendered would fail message by message, at night, once for everybody: it is refused here.
#include "cli/import/wordings.hpp"

#include "base/text.hpp"
#include "cli/import/checks.hpp"
#include "cli/import/typed_tables.hpp"
#include "outreach/condition.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::cli {
namespace {

using Json = nlohmann::json;

// A language tag: "de", "pt-BR", "zh-Hans-CN"; "" = everybody.
bool is_tag(std::string_view tag) {
  const auto fits = [](char c) { return text::is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return tag.empty() ||
         (tag.size() >= 2 && tag.size() <= 35 && text::is_letter(tag[0]) && std::ranges::all_of(tag, fits));
}

// But for \n, of which a line's own check speaks.
bool is_steered(const std::string& pattern, bool one_line) {
  return has_control(one_line ? text::replace_all(pattern, "\n", " ") : pattern, !one_line);
}

} // namespace

namespace reads {

Reader patterns(outreach::Kind kind, std::size_t most_bytes, bool one_line) {
  return {
      [=](Fields& f, std::string_view name, Reading& reading) -> std::optional<db::Value> {
        const Json* given = f.any(name);
        if (!given) return std::nullopt;
        const Json all = given->is_string() ? Json{{"", *given}} : *given;
        if (!all.is_object()) {
          f.wrong(name, "must be an object of texts by language, such as {\"en\": \"…\", \"de\": \"…\"}, or one text");
          return std::nullopt;
        }
        for (const auto& [language, pattern] : all.items()) {
          const std::string at = language.empty() ? f.where(name) : f.where(name) + "." + text::one_line(language, 40);
          if (!is_tag(language))
            reading.note(at, "is no language; use a tag such as \"de\" or \"pt-BR\"");
          else if (!pattern.is_string() || is_steered(pattern.get_ref<const std::string&>(), one_line))
            reading.note(at, "must be text in quotes, with \\n as its only control character");
          else
            reading.note(at, outreach::check_wording(kind, pattern.get_ref<const std::string&>(), language, most_bytes,
                                                     one_line));
        }
        return all.dump(-1, ' ', false, Json::error_handler_t::replace);
      },
      one_line ? "one line, or an object of lines by language" : "text, or an object of texts by language"};
}

Reader condition() {
  return {[](Fields& f, std::string_view name, Reading& reading) -> std::optional<db::Value> {
            const Json* given = f.any(name);
            if (!given) return std::nullopt;
            if (given->is_null() || *given == "") return std::string();
            reading.note(f.where(name), outreach::check_condition(*given));
            return given->dump(-1, ' ', false, Json::error_handler_t::replace);
          },
          "a condition, or null"};
}

} // namespace reads

std::string read_instead(Fields& tmpl, Reading& reading) {
  const Json* given = tmpl.any("instead");
  if (given == nullptr || given->is_null()) return {};
  if (*given == "text") return "text";
  if (!given->is_object()) {
    tmpl.wrong("instead", "must be \"text\", or another template: an object with name, language and parameters");
    return {};
  }
  Fields fields(*given, tmpl.where("instead"), reading.problems);
  const std::string name = fields.text("name").value_or(""), language = fields.text("language", 20).value_or("");
  const auto parameters = fields.texts("parameters", 1024).value_or(std::vector<std::string>());
  fields.finish();
  if (name.empty()) fields.wrong("name", "is missing; give the name of the template that goes out instead");
  return Json{{"name", name}, {"language", language}, {"parameters", parameters}}.dump(-1, ' ', false,
                                                                                       Json::error_handler_t::replace);
}

void check_instead(const std::string& instead, const std::string& where, const CheckParameter& check) {
  const Json second = Json::parse(instead, nullptr, false);
  if (!second.is_object()) return;
  const Json& parameters = second.at("parameters");
  for (std::size_t i = 0; i < parameters.size(); ++i)
    check(fmt::format("{}.instead.parameters[{}]", where, i), parameters[i], second.at("language"));
}

void read_template(Fields& owner, outreach::Kind kind, Given& given, Reading& reading) {
  const bool none = owner.null("template");
  if (!none && !owner.given("template")) return;
  std::string name, language, instead;
  std::vector<std::string> parameters;
  const auto check = [&](const std::string& where, const std::string& pattern, const std::string& of) {
    reading.note(where, outreach::check_wording(kind, pattern, of, 1024, true));
  };
  if (const Json* json = none ? nullptr : owner.object("template")) {
    Fields fields(*json, owner.where("template"), reading.problems);
    TemplateEntry entry{};
    read_typed(template_table(), entry, fields, reading);
    fields.finish();
    name = std::move(entry.name);
    language = std::move(entry.language);
    parameters = std::move(entry.parameters);
    instead = std::move(entry.instead);
    check_instead(instead, owner.where("template"), check);
    if (name.empty()) fields.wrong("name", "is missing; give the template's name, or null for no template");
    for (std::size_t i = 0; i < parameters.size(); ++i)
      check(fmt::format("{}[{}]", fields.where("parameters"), i), parameters[i], language);
  }
  given.values["template_name"] = name;
  given.values["template_language"] = language;
  given.values["template_instead"] = instead;
  given.values["template_values"] = Json(parameters).dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace milkrun::cli
