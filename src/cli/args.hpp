// The command line as a value.
#pragma once

#include "cli/config.hpp"
#include "job/stage.hpp"
#include "run/runner.hpp"

#include <expected>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace milkrun::cli {

struct InitArgs {};
struct MigrateArgs {};
struct VersionArgs {};
struct ImportArgs {
  std::string file; // "-" = standard input
  bool dry_run = false, json = false;
  std::string reference; // "markdown" or "man": print it; no file is read
  bool example = false;  // print it; no file is read
  std::vector<const Job*> jobs = {};
};
struct ImportCsvArgs {
  std::string list;                      // "contacts" or "invoices"
  std::string file, tenant;              // "-" = standard input; slug
  std::vector<std::string> map, fixed;   // "COLUMN=FIELD", "FIELD=VALUE"
  std::string date_format, decimal = {}; // "DD.MM.YYYY"; "comma", "point" or "" = as the file tells
  std::string country_code;              // "49"
  bool skip_bad = false, dry_run = false, json = false;
};
struct JobArgs {
  const Job* job = nullptr;
  std::optional<int> in_flight = {};
  std::optional<std::int64_t> limit = {};
  std::optional<Millis> max_runtime = {};
  std::string tenant = {}; // slug; "" = all
  bool dry_run = false, json = false, verbose = false, wait = false, as_root = false;
};
struct FeedCheckArgs {
  std::string target; // URL, file, or "-" = standard input
  bool json = false;
};
struct RunsListArgs {
  std::string job; // "" = every job
  std::int64_t limit = 20;
  bool json = false;
  std::vector<const Job*> jobs = {};
};
struct RunsShowArgs {
  std::string run;         // id or number
  std::string tenant = {}; // slug; "" = all
  bool json = false;
  std::vector<const Job*> jobs = {};
};

// Which items of the ledger are meant; "" = any.
struct Which {
  std::string tenant, stage, reason; // slug; name; code
  std::string since, until;          // a time, a date, or how long ago: "2h"
  bool any() const { return tenant.empty() && stage.empty() && reason.empty() && since.empty() && until.empty(); }
};
struct ItemsListArgs {
  std::string state = "held";
  Which which = {};
  std::int64_t limit = 100;
  bool json = false;
  std::vector<const Job*> jobs = {};
};
struct ItemsShowArgs {
  std::string item; // STAGE/KEY, the key, or the id in it
  bool json = false;
};
struct ItemsDecideArgs { // an operator's word on held items
  std::string item;      // STAGE/KEY, or the key or the id in it where only one such item has it; "": all of `which`
  Which which = {};
  std::string by; // who says it
  Word word = Word::drop;
  bool yes = false;        // to all of `which`
  std::int64_t limit = 20; // shown by a dry run
  bool dry_run = false, json = false;
  std::vector<const Job*> jobs = {};
};
struct ItemsRetryArgs {
  std::vector<std::string> items; // as above; none: all that `which` says
  Which which = {};
  std::string state, by;   // state "": discarded, cancelled and waiting ones
  std::int64_t limit = 20; // shown
  bool dry_run = false, json = false;
  std::vector<const Job*> jobs = {};
};
struct ActsListArgs {
  Which which = {}; // tenant, since, until
  std::string item; // STAGE/KEY, the key, or the id in it
  std::int64_t limit = 100;
  bool json = false;
};
struct PruneArgs {
  std::optional<Millis> older_than = {};
  bool dry_run = false, json = false;
};

struct ClaimsListArgs {
  std::string state = "manual", tenant = {}; // tenant: slug; "" = all
  std::string phone = {};                    // E.164; "" = everybody
  std::int64_t limit = 100;
  bool json = false;
};
struct ClaimsShowArgs {
  std::string claim; // id
  bool json = false;
};
struct ClaimsDecideArgs { // an operator's verdict on a claim
  std::string claim;      // id
  std::string tenant, by, reason;
  bool verify = false; // false: reject
  std::vector<const Job*> jobs = {};
};

struct TenantsListArgs {
  std::int64_t limit = 100;
  bool json = false;
};
struct TenantsShowArgs {
  std::string tenant; // slug
  bool json = false;
};
struct FeedsListArgs {
  std::string tenant; // slug; "" = all
  std::int64_t limit = 100;
  bool json = false;
};
struct FeedsItemsArgs {
  std::string feed; // id or URL
  std::int64_t limit = 100;
  bool json = false;
};
struct FeedsPublishArgs {
  std::string item, by; // its id, or its URL where only one item has it; who says it
  bool json = false;
  std::vector<const Job*> jobs = {};
};
struct MessagesListArgs {
  std::string state, tenant, phone; // "" = all
  std::int64_t limit = 100;
  bool json = false;
};

struct EnrollArgs {             // contacts begin a drip, or leave it: exactly one of contacts, tag and file says who
  std::string campaign, tenant; // slugs
  std::vector<std::string> contacts = {}; // phones, addresses or refs
  std::string tag = {}, file = {};        // file: "-" = standard input
  std::vector<std::string> map = {};      // "COLUMN=FIELD"
  std::string country_code = {};
  std::string by = {}; // who says it
  bool stop = false, skip_bad = false, dry_run = false, json = false;
};

struct UnsubscribeArgs {
  std::string token; // of a mail's List-Unsubscribe
  std::string by = {};
  bool json = false;
};
struct BouncedArgs {     // at most one of hard and soft; neither: the report in `file` says it
  std::string address;   // the envelope's: bounce+ID.MAC@…
  std::string file = {}; // "" and "-" = standard input
  std::string by = {};
  bool hard = false, soft = false, json = false;
};

struct PreviewArgs {                           // exactly one of campaign, rule and message
  std::string campaign, rule, message, tenant; // slugs; an id
  std::string contact, channel;                // "" = whoever it is for; all
  bool json = false;
};
struct BackfillArgs {
  std::string tenant;  // slug
  std::string by = {}; // who says it
  bool dry_run = false, json = false;
};

struct RemindersListArgs {
  std::string tenant, state, invoice; // "" = all
  std::int64_t limit = 100;
  bool json = false;
};
struct CampaignsListArgs {
  std::string tenant; // slug; "" = all
  std::int64_t limit = 100;
  bool json = false;
};
struct CampaignsShowArgs {
  std::string campaign, tenant; // slugs
  bool json = false;
};

using CommandArgs =
    std::variant<InitArgs, MigrateArgs, VersionArgs, ImportArgs, ImportCsvArgs, JobArgs, FeedCheckArgs, RunsListArgs,
                 RunsShowArgs, ItemsListArgs, ItemsShowArgs, ItemsDecideArgs, ItemsRetryArgs, ActsListArgs, PruneArgs,
                 ClaimsListArgs, ClaimsShowArgs, ClaimsDecideArgs, TenantsListArgs, TenantsShowArgs, FeedsListArgs,
                 FeedsItemsArgs, FeedsPublishArgs, MessagesListArgs, EnrollArgs, PreviewArgs, BackfillArgs,
                 CampaignsListArgs, CampaignsShowArgs, RemindersListArgs, UnsubscribeArgs, BouncedArgs>;

struct Arguments {
  Overrides flags;
  CommandArgs command;
};

// Parsing ends the program when help or a completion script was asked for (`error` empty, `text` to stdout, exit 0) or
// when the line is wrong.
struct NoArguments {
  std::string text;  // help
  std::string error; // one line, names the flag and the mend
};

// One subcommand for each job. `arguments` without the program's name.
std::expected<Arguments, NoArguments> parse_arguments(std::span<const std::string> arguments,
                                                      std::span<const Job* const> jobs);

} // namespace milkrun::cli
