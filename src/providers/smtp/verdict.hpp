// From what a mail server answered to our faults, parks and notes.
#pragma once

#include "providers/smtp/smtp.hpp"

#include <string_view>

namespace milkrun::smtp {

// What the server was asked when it said no. The words are those of http::Response's header "smtp-phase".
enum class Phase { connect, sign_in, sender, recipient, message };
Phase phase_of(std::string_view word);

// The answer to a refused letter. `code` is the reply's, `reply` its text, in which an enhanced code (RFC 3463) may
// stand.
Answer refused(Phase phase, int code, std::string_view reply);

} // namespace milkrun::smtp
