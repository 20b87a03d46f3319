// Claims, items, runs, lists, pruning.
#include "cli/args_parts.hpp"

#include <algorithm>

namespace milkrun::cli {
namespace {

// What began yesterday must still be known tomorrow: slots are weeks at most.
std::string check_age(const std::string& word) {
  const auto value = text::to_millis(word);
  return value && *value >= 7LL * 86'400'000 ? "" : "must be a duration of at least 7d, such as 30d";
}

void add_claims(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* claims = group(app, "claims", "Look at people's claims, decide open ones");
  CLI::App* list =
      command(*claims, out, "list", "Claims in a state, those for a person unless told otherwise", store.claims);
  const CLI::Option* state =
      choice(list->add_option("--state", store.claims.state,
                              "manual (default), pending, unsupported, verified, failed, expired or all"),
             {"manual", "pending", "unsupported", "verified", "failed", "expired", "all"}, store);
  add_tenant(list, store.claims.tenant);
  list->add_option("--phone", store.claims.phone, "Only this person's, in every state unless --state is given")
      ->type_name("NUMBER");
  add_list(list, store.claims, "claims");
  list->callback([&out, &store, state] {
    if (state->count() == 0 && !store.claims.phone.empty()) store.claims.state = "all";
    out.command = store.claims;
  });
  add_one(command(*claims, out, "show", "All that is known of a claim", store.claim), store.claim, store.claim.claim,
          "claim", "Its id, as claims list shows it");
  const auto decide = [&](const char* name, const char* help, ClaimsDecideArgs& args) {
    CLI::App* sub = command(*claims, out, name, help, args);
    sub->add_option("claim", args.claim, "Its id, as claims list shows it")->required()->type_name("ID");
    add_tenant(sub, args.tenant, "Only if it is this tenant's");
    add_by(sub, args.by, "Who decides; kept with the claim");
    return sub;
  };
  decide("verify", "Take a claim for done: reward it and tell the person", store.verify);
  decide("reject", "Refuse a claim", store.reject)
      ->add_option("--reason", store.reject.reason, "Why; kept with the claim")
      ->type_name("TEXT");
}

void add_items(CLI::App& app, Arguments& out, Store& store, const std::vector<std::string>& stages) {
  CLI::App* items = group(app, "items", "Look at items of work, decide held ones, bring back what ended");
  CLI::App* list = command(*items, out, "list", "Items in a state, held ones unless told otherwise", store.items);
  choice(list->add_option("--state", store.items.state,
                          "held (default), due, uncertain, running, discarded, cancelled or done"),
         {"held", "due", "uncertain", "running", "discarded", "cancelled", "done"}, store);
  add_which(list, store.items.which, stages, store);
  add_list(list, store.items, "items");
  add_one(
      command(*items, out, "show", "What an item is about, every attempt at it, and what operators did", store.item),
      store.item, store.item.item, "item", "STAGE/KEY, or the id in it");
  const auto decide = [&](const char* name, const char* help, ItemsDecideArgs& args) {
    CLI::App* sub = command(*items, out, name, help, args);
    sub->add_option("item", args.item, "STAGE/KEY, or the id in it; none: all held ones that the options choose")
        ->type_name("ITEM");
    add_which(sub, args.which, stages, store);
    sub->add_flag("--yes", args.yes, "Decide all that the options choose; without it they are only counted");
    sub->add_flag("--dry-run", args.dry_run, "Say which; change nothing");
    add_by(sub, args.by);
    sub->add_option("--limit", args.limit, "Show at most N of them in a dry run (20)")
        ->check(whole_to(100'000))
        ->type_name("N");
    sub->add_flag("--json", args.json, "As JSON");
  };
  decide("resend", "Do held items again, although they may have happened", store.resend);
  decide("drop", "Give held items up", store.drop);
  decide("arrived", "Take held items for done: their calls did arrive", store.arrived);
  CLI::App* retry =
      command(*items, out, "retry",
              "Bring back what was discarded or cancelled, and look now at what waits or is parked", store.retry);
  retry->add_option("item", store.retry.items, "STAGE/KEY, or the id in it; none: all that the options say")
      ->type_name("ITEM");
  add_which(retry, store.retry.which, stages, store);
  choice(
      retry->add_option("--state", store.retry.state, "Only discarded, cancelled, due (they wait) or uncertain ones"),
      {"discarded", "cancelled", "due", "uncertain"}, store);
  retry->add_flag("--dry-run", store.retry.dry_run, "Say which; change nothing");
  add_by(retry, store.retry.by);
  retry->add_option("--limit", store.retry.limit, "Show at most N of them (20); all are brought back")
      ->check(whole_to(100'000))
      ->type_name("N");
  retry->add_flag("--json", store.retry.json, "As JSON");

  CLI::App* acts = group(app, "acts", "Look at what operators did by hand");
  CLI::App* done = command(*acts, out, "list", "Acts of operators, latest first", store.acts);
  add_tenant(done, store.acts.which.tenant);
  done->add_option("--item", store.acts.item, "Only on this: STAGE/KEY, or the id in it")->type_name("ITEM");
  add_times(done, store.acts.which);
  add_list(done, store.acts, "acts");
}

void add_prune(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* prune = app.add_subcommand("prune", "Delete now what is over for long enough; runs do it once a day");
  prune->fallthrough();
  prune
      ->add_option("--older-than", store.older_than,
                   "Over for this long, such as 30d, at least 7d (items 90d, history 400d)")
      ->check(CLI::Validator(check_age, "DURATION"));
  prune->add_flag("--dry-run", store.prune.dry_run, "Say how much; delete nothing");
  prune->add_flag("--json", store.prune.json, "As JSON");
  prune->callback([&out, &store] {
    if (const auto value = text::to_millis(store.older_than)) store.prune.older_than = Millis(*value);
    out.command = store.prune;
  });
}

void add_looks(CLI::App& app, Arguments& out, Store& store) {
  CLI::App* tenants = group(app, "tenants", "Look at tenants");
  add_list(command(*tenants, out, "list", "All tenants by name", store.tenants), store.tenants, "tenants");
  add_one(command(*tenants, out, "show", "One tenant: plan, credentials, usage, and what waits for what", store.tenant),
          store.tenant, store.tenant.tenant, "tenant", "Its slug");

  CLI::App* feeds = group(app, "feeds", "Look at tenants' feeds and what became of their items");
  CLI::App* list = command(*feeds, out, "list", "Feeds with their last reading, last error and next one", store.feeds);
  add_tenant(list, store.feeds.tenant);
  add_list(list, store.feeds, "feeds");
  CLI::App* of =
      command(*feeds, out, "items", "Items of a feed: published, waiting, passed over, and why", store.feed_items);
  of->add_option("feed", store.feed_items.feed, "Its id or URL, as feeds list shows it")->required()->type_name("FEED");
  add_list(of, store.feed_items, "items");
  CLI::App* publish =
      command(*feeds, out, "publish",
              "Make an item that was passed over, or waits, an article now, beside its slot's own", store.publish);
  publish->add_option("item", store.publish.item, "Its id or URL, as feeds items shows it")
      ->required()
      ->type_name("ITEM");
  add_by(publish, store.publish.by);
  publish->add_flag("--json", store.publish.json, "As JSON");

  CLI::App* campaigns = group(app, "campaigns", "Look at drips and those who walk through them");
  CLI::App* drips = command(*campaigns, out, "list", "Drips and how many are in them", store.campaigns);
  add_tenant(drips, store.campaigns.tenant);
  add_list(drips, store.campaigns, "campaigns");
  CLI::App* drip =
      command(*campaigns, out, "show", "Who stands at which step, why others left, what it is worth", store.campaign);
  add_one(drip, store.campaign, store.campaign.campaign, "campaign", "Its slug");
  drip->add_option("--tenant", store.campaign.tenant, "Whose it is")->required()->type_name("SLUG");

  CLI::App* messages = group(app, "messages", "Look at the outbox");
  CLI::App* box = command(*messages, out, "list", "Messages, latest first", store.messages);
  choice(box->add_option("--state", store.messages.state, "queued, sent, held, cancelled or failed"),
         {"queued", "sent", "held", "cancelled", "failed"}, store);
  add_tenant(box, store.messages.tenant);
  box->add_option("--phone", store.messages.phone, "Only to this number")->type_name("NUMBER");
  add_list(box, store.messages, "messages");
}

void add_runs(CLI::App& app, Arguments& out, Store& store, const std::vector<std::string>& jobs) {
  CLI::App* runs = group(app, "runs", "Look at past runs");
  CLI::App* list = command(*runs, out, "list", "Latest runs first", store.list);
  choice(list->add_option("--job", store.list.job, "Only this job"), jobs, store)->type_name("JOB");
  add_list(list, store.list, "runs");
  CLI::App* show = command(*runs, out, "show", "What one run did, and for whom", store.show);
  add_one(show, store.show, store.show.run, "run", "Its id or number");
  add_tenant(show, store.show.tenant);
}

} // namespace

void add_operator(CLI::App& app, Arguments& out, Store& store, const std::vector<std::string>& jobs,
                  const std::vector<std::string>& stages) {
  add_runs(app, out, store, jobs);
  add_items(app, out, store, stages);
  add_claims(app, out, store);
  add_looks(app, out, store);
  add_prune(app, out, store);
}

} // namespace milkrun::cli
