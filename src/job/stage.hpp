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

#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace milkrun {

// The operator's choices that jobs may see. Never secret.
struct JobSettings {
  std::string user_agent = "milkrun";
  std::map<std::string, Millis, std::less<>> timeouts = {}; // by service; see timeout()
  Millis candidate_for{7LL * 24 * 3'600'000};    // a feed item that a slot could not take waits for the next ones
  Millis article_patience{7LL * 24 * 3'600'000}; // an article that finds no way to its site in this time is given up
  std::size_t passthrough_length = 1'200;        // characters of an item's own text in a post without an AI; 0 = all
  bool passthrough_images = true;                // ... with its first picture
  Millis timeout(std::string_view service, Millis otherwise) const {
    const auto found = timeouts.find(service);
    return found == timeouts.end() ? otherwise : found->second;
  }
};

inline const JobSettings default_settings{};

struct Quota {        // reserved where the item is admitted, settled with its end
  std::string meter;  // "posts"
  std::string period; // "2026-11"
  std::int64_t amount = 1;
  std::optional<std::int64_t> limit; // used + reserved may not pass it; nullopt: no limit
  Time again;                        // when to try again once it is used up
  Reason reason = {};                // shown then; empty = meter and period
  std::string waits_for = {};        // what brings it back earlier (Snooze::waits_for)
  bool estimate = false;             // the amount is the most it may come to: what was really spent is booked
};

// The most that an item may spend of a credential that is not its tenant's own.
struct Cost {
  std::int64_t calls = 1, tokens = 0;
};

// Who lets whom go first, where both wait: in the admission and in a pace. Those behind keep a share of one in four.
enum class Rank { first, behind };

// At most one call per interval, whoever makes it. An item that comes too early is given the next free place and is due
// exactly then.
struct Pace {
  std::string key;         // of the credential that will be used: a recipient's number; "" = the credential itself
  Millis interval{1'000};  // to the next one
  Reason reason;           // shown while an item waits for its turn
  Rank rank = Rank::first; // behind: a place that is given may be taken by one that goes first
};

// What the item needs, decided from its row alone.
struct Plan {
  std::vector<std::string_view> services = {}; // credentials to resolve, all or nothing
  std::string service = {};                    // of what is called without a credential: "feed"
  std::string host = {};                       // of what is called without a credential: "feeds.example.org"
  std::vector<Quota> quota = {};
  std::vector<Pace> pace = {};
};

struct Go {};
using Verdict = std::variant<Go, Snooze, Cancel>;

// One line of a gate: `explain`, a dry run, a forecast and the run ask the same table, in order; the first that does
// not say Go decides.
struct Rule {
  std::string_view name;                             // "consent"
  Verdict (*check)(const Item&, Time now) = nullptr; // pure
  std::string (*shown)(const Item&, Time) = nullptr; // the value it looks at, for people; may be null
};
using Rules = std::span<const Rule>;

// All that work() can reach. work() is called again with the answers so far until it has its result: `clock` is the
// moment of the last answer and stands still between two of them; nothing else may tell the calls apart.
struct Outside {
  http::Client& http;
  const Clock& clock;
  const JobSettings& settings;
};

// What the ledger made of the outcome; settle() may follow it ("given up" = discarded or cancelled).
enum class Next { due, uncertain, held, done, cancelled, discarded };

// Puts a row into the queue; one that exists already is left as it is.
class Enqueue {
public:
  using To = std::function<void(std::string_view stage, const Key&, const TenantId&, Time due_at, Rank)>;
  template <class F>
    requires std::is_invocable_v<F&, std::string_view, const Key&, const TenantId&, Time, Rank>
  Enqueue(F to) : to_(std::move(to)) {}
  void operator()(std::string_view stage, const Key& key, const TenantId& tenant, Time due_at,
                  Rank rank = Rank::first) const {
    to_(stage, key, tenant, due_at, rank);
  }

private:
  To to_;
};

// What settle() and discover() may do besides their own statements.
struct Settling {
  db::Transaction& tx;
  Time now;
  RunId run;
  Next next = Next::done;                                       // state the item goes to
  Time next_at;                                                 // when it is due again (due, uncertain)
  Reason reason;                                                // the outcome's reason, empty for done
  std::string detail;                                           // what exactly; for people
  std::function<std::string(std::string_view meter)> period_of; // the period its quota was taken in; "" = none was
  Enqueue enqueue;
  // Brings a row that was not tried yet forward to due_at; later ones only.
  std::function<void(std::string_view stage, const Key&, Time due_at)> hasten;
  // Rows of the tenant that wait for this (Snooze::waits_for) are due now.
  std::function<void(const TenantId&, std::string_view waits_for)> wake;
  // Seals and stores a credential that a service handed out; true when it is new or changed.
  std::function<bool(const NewCredential&)> store_credential;
  // Something the run tells beside the item's own end: "verified" 3 times, with a reason or none.
  std::function<void(std::string_view what, const Reason&, std::int64_t times)> count;
  const JobSettings* settings = &default_settings;
};

struct Discovery {
  db::Transaction& tx;
  Time now;
  std::optional<TenantId> only; // --tenant
  std::size_t chunk = 500;      // rows per call at most
  Enqueue enqueue;
  std::function<void(std::string_view stage, const Key&, Time due_at)> hasten;
  using Row = std::function<void()>;
  using PutOff = std::function<void(Time until)>;
  std::function<void(const TenantId&, const Row&, const PutOff&)> guard = {}; // see one()

  // The work on one row, which is a tenant's: a bug that it wakes costs that tenant the row, and nobody else anything.
  // `put_off` takes such a row out of what discover finds until then, or it would stand in front of the others again.
  void one(const TenantId& tenant, const Row& row, const PutOff& put_off) {
    if (guard)
      guard(tenant, row, put_off);
    else
      row();
  }
};

enum class Presence { found, absent, unknown };
struct Reconciled {
  Presence presence = Presence::unknown;
  Result result = {Outcome(Done{})}; // found: reaches settle as if work() had returned it
  Reason why = {};                   // unknown: what kept it from telling
  std::string detail = {};           // ... and what exactly; for people
};

// Exponential, with full jitter: attempt n waits uniform(0, min(cap, base * 2^(n-1))).
struct Retry {
  Millis base{30'000};
  Millis cap{3'600'000};
  int max_attempts = 6; // counted ones (the item's own trouble); then it is discarded
};

struct Stage {
  std::string_view name; // the ledger's word
  db::Statement load;    // $id -> one row, or none when the domain row is gone
  // Inserts ledger rows for domain rows not enqueued yet; returns how many (chunk = there may be more). May be null.
  std::size_t (*discover)(Discovery&) = nullptr;
  // Cheap look: is there anything for discover to do? Decides whether an idle run opens a write transaction.
  const db::Statement* undiscovered = nullptr;   // $now -> a row when there is
  Plan (*plan)(const Item&, Time now) = nullptr; // pure
  Rules rules = {};
  Cost (*cost)(const Item&, const Credential&) = nullptr; // pure; null: one call
  // Null: the stage needs no network and is settled, as Done, in the transaction that admits it.
  Result (*work)(const Item&, const Credentials&, const Outside&) = nullptr;
  void (*settle)(Settling&, const Item&, const Result&) = nullptr;
  // What a Done result brings that is too much for one turn: one part of it a turn, before settle(). Called with 0,
  // then with what it said last, until it says nothing. The item is in flight until then, and after a death begins
  // anew: each part must bear being done again, by another result.
  std::optional<std::size_t> (*settle_part)(Settling&, const Item&, const Result&, std::size_t from) = nullptr;
  // How to find out whether an uncertain attempt happened. Null: `repeats` decides.
  Expected<Reconciled> (*reconcile)(const Item&, const Credentials&, const Outside&) = nullptr;
  bool repeats = false; // without reconcile: true = an uncertain call may be made again; false = held
  // work() costs microseconds: it runs where the item is admitted, and a `once` call is armed by the same statement.
  bool light = false;
  std::string_view did = {}; // what a tenant got when an item is done, in the run's story: "sent"; "" = not told
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

// An operator wants an item of a feed published, whatever the choice said of it.
struct PublishWord {
  TenantId tenant;
  std::string item; // id
  struct Text {
    std::string summary, content;
    std::vector<std::string> tags;
  };
  std::optional<Text> text = {}; // as its feed shows it now, where none was kept
};

// An action that a task may ask for, and what shows that it was done.
struct ActionKind {
  std::string_view name;     // "COMMENT"
  std::string_view shown_by; // for people
};

// What waits for somebody, and no item's word tells it: a feed that stopped by itself, or whose address has none.
struct Waits {
  std::string word; // by which it is known again
  TenantId tenant;  // whose
  std::string what; // "feed https://example.org/feed"
  Reason reason;
  std::string detail; // and what mends it
  Time since{};
  std::optional<Time> until = {}; // when it is looked at again; nullopt: never
};

struct Job {
  std::string_view name;     // the subcommand
  std::string_view help;     // one line
  std::vector<Stage> stages; // first to last
  // What a dry run cannot know: $now -> note, at (time or NULL), items (integer or NULL).
  db::Statement preview;
  // Why a tenant that a run had nothing to do with got nothing: $only (a tenant, "" = all), $limit -> tenant_id, slug,
  // reason, args. A name of "" = none.
  db::Statement standing = {};
  // What a tenant got is what a settle counted in words that begin so; "" = the done items of stages with a word for
  // it.
  std::string_view gets = {};
  // Tables besides the ledger that discover() writes: a dry run lets it write to copies.
  std::vector<db::Copy> discovers_in = {};
  // What an operator should know before it hurts, one sentence each: a version that ends soon. May be null.
  std::vector<std::string> (*warnings)(db::Transaction&, Time now) = nullptr;
  // Some of what waits for somebody, those that were told longest ago first. May be null.
  std::vector<Waits> (*waits)(db::Transaction&) = nullptr;
  // Decides one of the job's claims by an operator's word. False: it is decided already, and stays so. May be null.
  bool (*decide)(Settling&, const OperatorWord&) = nullptr;
  // Makes an item of a feed an article; the ledger's key of its first item, or why it may not be. May be null.
  std::expected<Key, Reason> (*publish)(Settling&, const PublishWord&) = nullptr;
  // The platforms and actions of tasks whose claims it decides; no other is imported.
  std::span<const std::string_view> platforms = {};
  std::span<const ActionKind> actions = {};
};

} // namespace milkrun
