// From what a service said to our faults, parks and notes.
#pragma once

#include "providers/whatsapp/settings.hpp"
#include "providers/whatsapp/whatsapp.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace milkrun::whatsapp {

// A host that is believed about senders and apps, names that all tenants share; and which no tenant has a hand in.
bool is_owner(std::string_view host);

// The classes of the error tables.
enum class Kind {
  outage,    // refused before it was processed, may work soon; or a refusal that nobody knows
  uncertain, // may have been sent
  setting,   // key, permission, configuration: the credential rests for the ledger's usual hour
  wording,   // the message does not fit its template: this one waits, the account sends others
  tmpl,      // the template is missing, not approved, paused or disabled: it rests, the account sends others
  not_ready, // the account behind the credential cannot send just now: an outage of the account
  enough,    // ... or has sent enough for now: the credential rests so long
  app,       // limits, by what they limit
  account,
  sender,
  host,
  pair,
  policy, // blocked, unpaid: a person must act, the sender rests
  defer,  // the service says: this message later
  permanent,
  opted_out, // permanent, and to be remembered
  no_marketing,
  undeliverable,
  window_closed,
};

struct Row {
  int code; // 0 in rows without one
  Kind kind;
  ReasonCode reason;
  std::chrono::seconds rest{0};
};

// The row of a code; nullptr when it is not in the table.
const Row* row_of(std::span<const Row> table, int code);
// What a status alone means, when the body says nothing that is known. Any 5xx, 408 and 2xx: uncertain.
Row row_of_status(int status);

// One exchange: who asked, with what, and what came.
struct Exchange {
  const Settings& settings;
  const Credential& credential;
  const http::Request& request;
  const http::Response& response;
  std::optional<Json> body; // the answer parsed; nullopt: no JSON
};

// The whole answer of a row; `said` is the service's own text. Where the answer asks for a longer rest (Retry-After),
// that counts, up to a day.
Answer refused(const Row& row, const Exchange& exchange, std::string_view said);
// 2xx without the proof that the message was taken.
Answer unproven(const Exchange& exchange, std::string_view said);
// A park of what only an owner's host may name; elsewhere, and where there is no name, of the credential.
Park owned_park(ParkScope scope, const Exchange& exchange, Millis rest, Reason reason);
// `id` as it came; a receipt has it only when it is 1 to 256 printable characters, which the caller must have checked.
Answer taken(std::string id, std::string_view recipient, std::string_view status);
bool is_id(std::string_view id);

// Everything secret of the request taken out, then one line.
std::string hide(std::string_view text, const http::Request& request, const Credential& credential,
                 std::size_t max_bytes);

} // namespace milkrun::whatsapp
