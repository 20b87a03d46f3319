// Which items of the ledger a command is about, and who gives the command.
#pragma once

#include "cli/args.hpp"
#include "cli/exit.hpp"
#include "ledger/acts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::cli {

// `Which` with the database's words; "" and nullopt = any.
struct Asked {
  std::string tenant; // id
  std::string stage, reason;
  std::optional<Time> since, until;
};

// Exit::usage for a tenant, stage, reason or time that is none; the sentence names the mend.
std::expected<Asked, Refusal> asked(db::Database& database, const Which& which, const std::vector<const Job*>& jobs,
                                    Time now);

// "2026-11-21T12:00:00Z", "2026-11-21" (its first moment, UTC), or "2h" before now; nullopt: none of these.
std::optional<Time> moment(const std::string& word, Time now);

// A number of --phone as the database holds it, blanks and dashes aside: "+49 151 2" -> "+491512"; "" for "".
// Exit::usage where the country is missing.
std::expected<std::string, Refusal> phone_of_flag(const std::string& word);

// The words of the list that are nearest to what was typed, best first, at most three; none when all are far.
std::vector<std::string> nearest(std::string_view typed, const std::vector<std::string>& words);

// The one item that is meant by STAGE/KEY, by its key, or by the id in it; `state` "" = whatever state it is in.
std::expected<db::Row, Refusal> find_item(db::Database& database, const std::string& item, std::string_view state);

// The job that has the stage; null: this program has none.
const Job* job_of(const std::vector<const Job*>& jobs, std::string_view stage);

// The account this process runs as, and on whose behalf sudo says that it does; `by`: what --by says.
ledger::Operator who(const std::string& by);

} // namespace milkrun::cli
