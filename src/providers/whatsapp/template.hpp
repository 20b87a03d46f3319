// What Meta allows in a template message, checked before it is sent.
#pragma once

#include "providers/whatsapp/settings.hpp"
#include "providers/whatsapp/whatsapp.hpp"

namespace milkrun::whatsapp {

// "en", "en_US", "zh_Hant_HK".
bool is_language(std::string_view s);

// The message's template with the settings' name and language where its own are empty. permanent "whatsapp: template
// has no name", "... has no language", "... parameter is not allowed" (detail: "parameter 2: has a line break"),
// "... is too long".
Expected<Template> ready_template(const Template& given, const Settings& settings);

} // namespace milkrun::whatsapp
