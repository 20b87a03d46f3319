// A stage: one kind of work as a value. A job is a list of stages.
//
// The wall: work() touches the network and never the database; settle() touches the database and never the
// network. The types enforce both.
#pragma once

#include "credentials/credential.hpp"
#include "db/db.hpp"
#include "http/client.hpp"
#include "job/item.hpp"
#include "job/outcome.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace milkrun {

// The operator's choices that jobs may see. Never secret.
struct JobSettings {
  std::string user_agent = "milkrun";
  std::map<std::string, Millis, std::less<>> timeouts = {}; // by service; see timeout()
  Millis timeout(std::string_view service, Millis otherwise) const {
    const auto found = timeouts.find(service);
    return found == timeouts.end() ? otherwise : found->second;
  }
};

struct Quota {        // taken from database rows in begin, settled in finish
  std::string meter;  // "posts"
  std::string period; // "2026-11"
  std::int64_t amount = 1;
  std::optional<std::int64_t> limit; // used + reserved may not pass it; nullopt: no limit
  Time again;                        // when to try again once it is used up
  Reason reason = {};                // shown then; empty = meter and period
};

// At most one call per interval, whoever makes it. The place is taken in begin and not given back.
struct Pace {
  std::string key;        // of the credential that will be used: a recipient's number; "" = the credential itself
  Millis interval{1'000}; // to the next one
  Reason reason;          // shown while an item waits for its turn
};

// What the item needs, decided from its row alone.
struct Plan {
  std::vector<std::string_view> services = {}; // credentials to resolve, all or nothing
  std::string host = {};                       // host it will call, when no credential tells ("feeds.example.org")
  std::vector<Quota> quota = {};
  std::vector<Pace> pace = {};
};

struct Go {};
using Verdict = std::variant<Go, Snooze, Cancel>;

// All that work() can reach.
struct Outside {
  http::Client& http;
  const Clock& clock;
  const JobSettings& settings;
};

// What the ledger made of the outcome; settle() may follow it ("given up" = discarded or cancelled).
enum class Next { due, uncertain, held, done, cancelled, discarded };

// What settle() and discover() may do besides their own statements.
struct Settling {
  db::Transaction& tx;
  Time now;
  RunId run;
  Next next = Next::done; // state the item goes to
  Time next_at;           // when it is due again (due, uncertain)
  Reason reason;          // the outcome's reason, empty for done
  // A ledger row that exists already is left as it is.
  std::function<void(std::string_view stage, const std::string& key, const TenantId&, Time due_at)> enqueue;
  // Brings a row that was not tried yet forward to due_at; later ones only.
  std::function<void(std::string_view stage, const std::string& key, Time due_at)> hasten;
  // Rows of the tenant that wait for exactly this reason are due now.
  std::function<void(const TenantId&, const Reason&)> wake;
  // Seals and stores a credential that a service handed out; true when it is new or changed.
  std::function<bool(const NewCredential&)> store_credential;
};

struct Discovery {
  db::Transaction& tx;
  Time now;
  std::optional<TenantId> only; // --tenant
  std::size_t chunk = 500;      // rows per call at most
  std::function<void(std::string_view stage, const std::string& key, const TenantId&, Time due_at)> enqueue;
  std::function<void(std::string_view stage, const std::string& key, Time due_at)> hasten;
};

enum class Presence { found, absent, unknown };
struct Reconciled {
  Presence presence = Presence::unknown;
  Result result = {Outcome(Done{})}; // found: reaches settle as if work() had returned it
  std::string why = {};              // unknown: shown to the operator
};

// Exponential, with full jitter: attempt n waits uniform(0, min(cap, base * 2^(n-1))).
struct Retry {
  Millis base{30'000};
  Millis cap{3'600'000};
  int max_attempts = 6; // counted ones; then the item is discarded
};

struct Stage {
  std::string_view name; // the ledger's word
  db::Statement load;    // $id -> one row, or none when the domain row is gone
  // Inserts ledger rows for domain rows not enqueued yet; returns how many (chunk = there may be more). May be null.
  std::size_t (*discover)(Discovery&) = nullptr;
  // Cheap look: is there anything for discover to do? Decides whether an idle run opens a write transaction.
  const db::Statement* undiscovered = nullptr;      // $now -> a row when there is
  Plan (*plan)(const Item&, Time now) = nullptr;    // pure
  Verdict (*gate)(const Item&, Time now) = nullptr; // pure
  Result (*work)(const Item&, const Credentials&, const Outside&) = nullptr;
  void (*settle)(Settling&, const Item&, const Result&) = nullptr;
  // How to find out whether an uncertain attempt happened. Null: `repeats` decides.
  Expected<Reconciled> (*reconcile)(const Item&, const Credentials&, const Outside&) = nullptr;
  bool repeats = false; // without reconcile: true = an uncertain call may be made again; false = held
  Retry retry = {};
};

// What an operator says of a claim that no call can decide.
struct OperatorWord {
  TenantId tenant;
  std::string claim; // id
  bool yes = false;
  std::string by = {};     // who says it; "" = not told
  std::string reason = {}; // why not; "" = not told
};

struct Job {
  std::string_view name;     // the subcommand
  std::string_view help;     // one line
  std::vector<Stage> stages; // first to last
  // What each tenant got in a run, or why nothing: $run_start -> tenant_id, slug, got, story, next_at.
  db::Statement report;
  // What a dry run cannot know: $now -> note, at (time or NULL), items (integer or NULL).
  db::Statement preview;
  // What an operator should know before it hurts, one sentence each: a version that ends soon. May be null.
  std::vector<std::string> (*warnings)(db::Transaction&, Time now) = nullptr;
  // Decides one of the job's claims by an operator's word. False: it is decided already, and stays so. May be null.
  bool (*decide)(Settling&, const OperatorWord&) = nullptr;
};

} // namespace milkrun
