// Languages by name: models follow "German" better than "de".
#include "providers/ai/prompt.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace milkrun::ai {
namespace {

// ISO 639-1.
constexpr std::pair<std::string_view, std::string_view> names[] = {
    {"ar", "Arabic"},        {"bg", "Bulgarian"},
    {"bn", "Bengali"},       {"bs", "Bosnian"},
    {"ca", "Catalan"},       {"cs", "Czech"},
    {"da", "Danish"},        {"de", "German"},
    {"el", "Greek"},         {"en", "English"},
    {"es", "Spanish"},       {"et", "Estonian"},
    {"eu", "Basque"},        {"fa", "Persian"},
    {"fi", "Finnish"},       {"fr", "French"},
    {"ga", "Irish"},         {"gl", "Galician"},
    {"gu", "Gujarati"},      {"he", "Hebrew"},
    {"hi", "Hindi"},         {"hr", "Croatian"},
    {"hu", "Hungarian"},     {"id", "Indonesian"},
    {"is", "Icelandic"},     {"it", "Italian"},
    {"ja", "Japanese"},      {"ko", "Korean"},
    {"lb", "Luxembourgish"}, {"lt", "Lithuanian"},
    {"lv", "Latvian"},       {"mk", "Macedonian"},
    {"mr", "Marathi"},       {"ms", "Malay"},
    {"mt", "Maltese"},       {"nb", "Norwegian Bokmål"},
    {"nl", "Dutch"},         {"nn", "Norwegian Nynorsk"},
    {"no", "Norwegian"},     {"pa", "Punjabi"},
    {"pl", "Polish"},        {"pt", "Portuguese"},
    {"ro", "Romanian"},      {"ru", "Russian"},
    {"sk", "Slovak"},        {"sl", "Slovenian"},
    {"sq", "Albanian"},      {"sr", "Serbian"},
    {"sv", "Swedish"},       {"sw", "Swahili"},
    {"ta", "Tamil"},         {"te", "Telugu"},
    {"th", "Thai"},          {"tr", "Turkish"},
    {"uk", "Ukrainian"},     {"ur", "Urdu"},
    {"vi", "Vietnamese"},    {"zh", "Chinese"},
};

} // namespace

std::string language_name(std::string_view language) {
  const std::string given = text::one_line(text::collapse_space(language), 60);
  const std::string code = text::lower(given.substr(0, given.find_first_of("-_")));
  const auto found =
      std::ranges::find(names, std::string_view(code), &std::pair<std::string_view, std::string_view>::first);
  if (found == std::end(names)) {
    return code.size() == 2 || code.size() == 3 ? "the language with the code \"" + given + "\"" : given;
  }
  const std::string name(found->second);
  return given.size() == code.size() ? name : name + " (" + given + ")";
}

} // namespace milkrun::ai
