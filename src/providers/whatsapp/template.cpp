// Parameters must not be empty, hold line breaks, tabs or more than four blanks in a row, and the filled-in body has
// 1024 characters (developers.facebook.com, message templates; error 132012 otherwise).
#include "providers/whatsapp/template.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace milkrun::whatsapp {
namespace {

constexpr std::size_t most_characters = 1024;
constexpr std::size_t most_parameters = 100;

std::size_t characters(std::string_view s) {
  return static_cast<std::size_t>(
      std::ranges::count_if(s, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Line breaks are also what Unicode calls so.
bool breaks_line(std::string_view s) {
  return s.find_first_of("\n\r\v\f") != s.npos || s.find("\u2028") != s.npos || s.find("\u2029") != s.npos ||
         s.find("\u0085") != s.npos;
}

// "" when the parameter is good.
std::string_view problem_of(std::string_view parameter) {
  if (!text::is_utf8(parameter)) return "is not UTF-8";
  if (text::collapse_space(parameter).empty()) return "is empty";
  if (breaks_line(parameter)) return "has a line break";
  if (parameter.find('\t') != parameter.npos) return "has a tab";
  if (parameter.find("     ") != parameter.npos) return "has more than four blanks in a row";
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(parameter, is_control)) return "has a control character";
  return characters(parameter) > most_characters ? "is longer than 1024 characters" : "";
}

bool is_name(std::string_view s, Service service) {
  if (service == Service::twilio) return is_sid(s, "HX");
  return !s.empty() && s.size() <= 512 && s.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == s.npos;
}

Expected<void> check_parameters(const std::vector<std::string>& parameters) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string_view problem = problem_of(parameters[i]);
    if (!problem.empty())
      return fail(Fault::permanent, "whatsapp.template_parameter",
                  "parameter " + std::to_string(i + 1) + ": " + std::string(problem));
    total += characters(parameters[i]);
  }
  if (total > most_characters || parameters.size() > most_parameters)
    return fail(Fault::permanent, "whatsapp.template_too_long",
                std::to_string(parameters.size()) + " parameters of " + std::to_string(total) + " characters");
  return {};
}

} // namespace

std::unexpected<Error> wording(ReasonCode reason, std::string detail) {
  return std::unexpected(
      Error{.fault = Fault::setting, .reason = reason, .detail = std::move(detail), .item_only = true});
}

bool is_language(std::string_view s) {
  return s.size() >= 2 && s.size() <= 15 && text::is_letter(s[0]) &&
         std::ranges::all_of(s, [](char c) { return text::is_letter(c) || c == '_'; });
}

Expected<Template> ready_template(const Template& given, const Settings& settings) {
  Template out = given;
  if (out.name.empty()) out.name = settings.template_name;
  if (out.language.empty()) out.language = settings.template_language;
  if (!is_name(out.name, settings.service))
    return wording("whatsapp.template_without_name", settings.service == Service::twilio
                                                         ? "must be a ContentSid, HX and letters or digits"
                                                         : "must be lower case letters, digits and _");
  if (settings.service == Service::cloud && !is_language(out.language))
    return wording("whatsapp.template_without_language", "must look like en or en_US");
  TRY(check_parameters(out.parameters));
  return out;
}

} // namespace milkrun::whatsapp
