// The default texts: no promotion in them, so that they stay a service message.
#include "jobs/verify_social/wording.hpp"

namespace milkrun::verify_social {

std::string_view default_text(std::string_view language, bool with_link) {
  if (language == "de" || language.starts_with("de-") || language.starts_with("de_"))
    return with_link
               ? "Hallo {name|und danke}! Deine Aufgabe „{task}“ ist bestätigt. Gutgeschriebene Drehungen: {reward}. "
                 "{link}"
               : "Hallo {name|und danke}! Deine Aufgabe „{task}“ ist bestätigt. Gutgeschriebene Drehungen: {reward}.";
  return with_link ? "Hi {name|there}! Your task \"{task}\" is verified. Spins added: {reward}. {link}"
                   : "Hi {name|there}! Your task \"{task}\" is verified. Spins added: {reward}.";
}

} // namespace milkrun::verify_social
