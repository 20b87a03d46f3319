// What other servers say later of a mail that they took: delivery reports (RFC 3464), and complaints of its reader
// (feedback reports, RFC 5965).
#pragma once

#include "providers/smtp/smtp.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::smtp {

struct Report {
  std::string action; // "failed", "delayed", "delivered", "relayed", "expanded"
  std::string status; // "5.1.1", what the other server said before what ours made of it
};

// The report in a whole mail, of its first recipient that failed, or else its first; nullopt: it is none, such as what
// an absent person's mailbox answers. A strange server wrote it: believed is the envelope's MAC, not this.
std::optional<Report> read_report(std::string_view mail);

struct Feedback {
  std::string type; // "abuse", "fraud", "opt-out", "not-spam", "virus", "other" …, in lower case
  // Words in it that may name a mail of ours: envelopes' senders and unsubscribe tokens. Their MAC says whether they
  // do.
  std::vector<std::string> names = {};
  // The reader wants no more of these; what a filter found, or that it was no spam, is no such wish.
  bool wants_no_more() const { return type == "abuse" || type == "fraud" || type == "opt-out"; }
};

// The feedback report in a whole mail; nullopt: it is none.
std::optional<Feedback> read_complaint(std::string_view mail);

// What a status says of the address, by the table of replies. A failed report of 5.1.1: nobody is there.
Also also_of_status(std::string_view status);

} // namespace milkrun::smtp
