// What Meta allows in a template message, checked before it is sent.
#pragma once

#include "providers/whatsapp/settings.hpp"
#include "providers/whatsapp/whatsapp.hpp"

namespace milkrun::whatsapp {

// "en", "en_US", "zh_Hant_HK".
bool is_language(std::string_view s);

// The message's template with the settings' name and language where its own are empty. Errors: setting
// "whatsapp.template_without_name", "..._without_language"; permanent "whatsapp.template_parameter" (detail:
// "parameter 2: has a line break"), "whatsapp.template_too_long".
Expected<Template> ready_template(const Template& given, const Settings& settings);

// A setting of this message's campaign is missing: it waits, what else the account sends goes on.
std::unexpected<Error> wording(ReasonCode reason, std::string detail);

} // namespace milkrun::whatsapp
