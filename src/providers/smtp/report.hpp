// Delivery reports (RFC 3464): what a mail server says later of a mail that it took.
#pragma once

#include "providers/smtp/smtp.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace milkrun::smtp {

struct Report {
  std::string action; // "failed", "delayed", "delivered", "relayed", "expanded"
  std::string status; // "5.1.1", what the other server said before what ours made of it
};

// The report in a whole mail, of its first recipient that failed, or else its first; nullopt: it is none, such as what
// an absent person's mailbox answers. A strange server wrote it: believed is the envelope's MAC, not this.
std::optional<Report> read_report(std::string_view mail);

// What a status says of the address, by the table of replies. A failed report of 5.1.1: nobody is there.
Also also_of_status(std::string_view status);

} // namespace milkrun::smtp
