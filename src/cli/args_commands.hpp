// The command line as CLI11 holds it: every command with its options, and where their values go. Private to args.cpp
// and the completions.
#pragma once

#include "cli/args.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <string>
#include <vector>

namespace milkrun::cli {

// What CLI11 does not keep: the words that an option takes.
using Choices = std::map<const CLI::Option*, std::vector<std::string>>;

// The arguments of every command, at addresses that stay.
struct Store {
  InitArgs init;
  MigrateArgs migrate;
  VersionArgs version;
  ImportArgs import;
  ImportCsvArgs contacts, invoices;
  FeedCheckArgs feed;
  RunsListArgs list;
  RunsShowArgs show;
  ItemsListArgs items;
  ItemsShowArgs item;
  ItemsDecideArgs resend, drop, arrived;
  ItemsRetryArgs retry;
  ActsListArgs acts;
  PruneArgs prune;
  ClaimsListArgs claims;
  ClaimsShowArgs claim;
  ClaimsDecideArgs verify, reject;
  TenantsListArgs tenants;
  TenantsShowArgs tenant;
  FeedsListArgs feeds;
  FeedsItemsArgs feed_items;
  FeedsPublishArgs publish;
  MessagesListArgs messages;
  EnrollArgs enroll, enroll_stop;
  UnsubscribeArgs unsubscribe;
  BouncedArgs bounced;
  PreviewArgs preview;
  CampaignsListArgs campaigns;
  CampaignsShowArgs campaign;
  BackfillArgs backfill;
  RemindersListArgs reminders;
  std::vector<JobArgs> jobs;
  std::vector<std::string> runtimes; // --max-runtime of each job, as typed
  std::string older_than;            // --older-than, as typed
  std::vector<std::string> help;     // the command that help is wanted of
  std::string shell;                 // completions for this one
  Choices choices;
};

// Describes all of it; `out.command` is set when a command was found.
void describe(CLI::App& app, Arguments& out, Store& store, std::span<const Job* const> jobs);

} // namespace milkrun::cli
