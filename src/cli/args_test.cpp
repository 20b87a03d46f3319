// The command line: what each word becomes, and what a wrong one costs.
#include "cli/args.hpp"
#include "support/program.hpp"
#include "support/temp_dir.hpp"

#include <fstream>
#include <ostream>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::cli;

namespace {

const Job& sample_job() {
  static const Job job = [] {
    Job j{};
    j.name = "publish-feeds";
    j.help = "sample";
    return j;
  }();
  return job;
}

auto parse(std::vector<std::string> words) {
  const Job* jobs[] = {&sample_job()};
  return parse_arguments(words, jobs);
}

template <class Args> Args command(std::vector<std::string> words) {
  const auto parsed = parse(std::move(words));
  REQUIRE(parsed);
  REQUIRE(std::holds_alternative<Args>(parsed->command));
  return std::get<Args>(parsed->command);
}

} // namespace

TEST_CASE("a job's flags become its options") {
  const auto args = command<JobArgs>({"publish-feeds", "--in-flight", "4", "--limit", "9", "--tenant", "asha",
                                      "--max-runtime", "10m", "--wait", "--json", "-v"});
  CHECK(args.job == &sample_job());
  CHECK(args.in_flight == 4);
  CHECK(args.limit == 9);
  CHECK(args.tenant == "asha");
  CHECK(args.max_runtime == Millis(600'000));
  CHECK(args.wait);
  CHECK(args.json);
  CHECK(args.verbose);
  CHECK(!args.dry_run);

  const auto plain = command<JobArgs>({"publish-feeds", "--dry-run"});
  CHECK(plain.dry_run);
  CHECK(!plain.in_flight);
  CHECK(!plain.max_runtime);
}

TEST_CASE("every operator command is found with its arguments") {
  command<InitArgs>({"init"});
  command<MigrateArgs>({"migrate"});
  command<VersionArgs>({"version"});
  const auto import = command<ImportArgs>({"import", "-", "--dry-run"});
  CHECK(import.file == "-");
  CHECK(import.dry_run);
  const auto csv =
      command<ImportCsvArgs>({"import", "invoices", "--tenant", "gym", "--map", "Nr=number", "--map", "X=", "--set",
                              "currency=EUR", "--decimal", "comma", "--country-code", "49", "--skip-bad", "f.csv"});
  CHECK(csv.list == "invoices");
  CHECK(csv.file == "f.csv");
  CHECK(csv.map == std::vector<std::string>{"Nr=number", "X="});
  CHECK(csv.fixed == std::vector<std::string>{"currency=EUR"});
  CHECK(csv.country_code == "49");
  CHECK(csv.skip_bad);
  CHECK(command<ImportCsvArgs>({"import", "contacts", "-", "--tenant", "gym", "--dry-run"}).dry_run);
  const auto feed = command<FeedCheckArgs>({"feed", "check", "https://a.example/f", "--json"});
  CHECK(feed.target == "https://a.example/f");
  CHECK(feed.json);
  const auto list = command<RunsListArgs>({"runs", "list", "--job", "publish-feeds", "--limit", "3"});
  CHECK(list.job == "publish-feeds");
  CHECK(list.limit == 3);
  CHECK(command<RunsShowArgs>({"runs", "show", "12"}).run == "12");
}

TEST_CASE("claims are listed, those for a person first of all, and decided by their id") {
  CHECK(command<ClaimsListArgs>({"claims", "list"}).state == "manual");
  const auto list =
      command<ClaimsListArgs>({"claims", "list", "--state", "pending", "--tenant", "asha", "--limit", "7", "--json"});
  CHECK(list.state == "pending");
  CHECK(list.tenant == "asha");
  CHECK(list.limit == 7);
  CHECK(list.json);
  const auto verify = command<ClaimsDecideArgs>({"claims", "verify", "c1", "--by", "Eve", "--tenant", "asha"});
  CHECK(verify.verify);
  CHECK(verify.claim == "c1");
  CHECK(verify.by == "Eve");
  CHECK(verify.tenant == "asha");
  REQUIRE(verify.jobs.size() == 1);
  const auto reject = command<ClaimsDecideArgs>({"claims", "reject", "c1", "--reason", "not seen"});
  CHECK(!reject.verify);
  CHECK(reject.by.empty());
  CHECK(reject.reason == "not seen");
  REQUIRE(reject.jobs.size() == 1);
}

TEST_CASE("global options stand before or after the command") {
  for (const auto& words : {std::vector<std::string>{"--db", "/a.db", "--key-file", "/k", "--config", "/c", "init"},
                            std::vector<std::string>{"init", "--db", "/a.db", "--key-file", "/k", "--config", "/c"}}) {
    const auto parsed = parse(words);
    REQUIRE(parsed);
    CHECK(parsed->flags.database == "/a.db");
    CHECK(parsed->flags.key_file == "/k");
    CHECK(parsed->flags.config == "/c");
    CHECK(!parsed->flags.log_level);
  }
  CHECK(parse({"runs", "list", "--log-level", "debug", "--log-format", "json"})->flags.log_level == "debug");
}

TEST_CASE("a wrong command line is one line that points to the help of the command that was typed") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> table = {
      {{}, "milkrun"},
      {{"nonsense"}, "milkrun"},
      {{"publish-feeds", "--in-flight", "0"}, "milkrun publish-feeds"},
      {{"publish-feeds", "--in-flight", "many"}, "milkrun publish-feeds"},
      {{"publish-feeds", "--in-flight", "10001"}, "milkrun publish-feeds"},
      {{"publish-feeds", "--in-flight", "0x10"}, "milkrun publish-feeds"},
      {{"publish-feeds", "--in-flight", "010"}, "milkrun publish-feeds"},
      {{"publish-feeds", "--in-flight", " 5"}, "milkrun publish-feeds"},
      {{"publish-feeds", "--in-flight", "5.0"}, "milkrun publish-feeds"},
      {{"publish-feeds", "--limit", "+9"}, "milkrun publish-feeds"},
      {{"publish-feeds", "--limit", "0"}, "milkrun publish-feeds"},
      {{"publish-feeds", "--max-runtime", "soon"}, "milkrun publish-feeds"},
      {{"publish-feeds", "--max-runtime", "0s"}, "milkrun publish-feeds"},
      {{"publish-feeds", "--what"}, "milkrun publish-feeds"},
      {{"publish-feeds", "extra"}, "milkrun publish-feeds"},
      {{"import"}, "milkrun import"},
      {{"feed"}, "milkrun feed"},
      {{"feed", "check"}, "milkrun feed check"},
      {{"runs"}, "milkrun runs"},
      {{"runs", "list", "--limit", "0"}, "milkrun runs list"},
      {{"runs", "show"}, "milkrun runs show"},
      {{"claims"}, "milkrun claims"},
      {{"claims", "list", "--state", "held"}, "milkrun claims list"},
      {{"claims", "list", "--limit", "0"}, "milkrun claims list"},
      {{"claims", "verify"}, "milkrun claims verify"},
      {{"claims", "verify", "c1", "--reason", "why not"}, "milkrun claims verify"},
      {{"claims", "reject", "c1", "c2"}, "milkrun claims reject"},
      {{"init", "--log-level", "loud"}, "milkrun init"},
      {{"init", "--log-format", "xml"}, "milkrun init"},
  };
  for (const auto& [words, command] : table) {
    std::string shown;
    for (const std::string& word : words) shown += word + " ";
    CAPTURE(shown);
    const auto parsed = parse(words);
    REQUIRE(!parsed);
    CHECK(parsed.error().text.empty());
    CHECK(!parsed.error().error.empty());
    CHECK(parsed.error().error.find('\n') == std::string::npos);
    CHECK(parsed.error().error.ends_with("; see: " + command + " --help"));
  }
}

TEST_CASE("help and version are answers, not errors") {
  for (const auto& words : {std::vector<std::string>{"--help"}, {"publish-feeds", "--help"}, {"--version"}}) {
    const auto parsed = parse(words);
    REQUIRE(!parsed);
    CHECK(parsed.error().error.empty());
    CHECK(!parsed.error().text.empty());
  }
  CHECK(parse({"--help"}).error().text.find("publish-feeds") != std::string::npos);
  CHECK(parse({"--help"}).error().text.find("75 another run") != std::string::npos);
}

TEST_CASE("an empty value is a mistake of every option and argument, and never means all") {
  const std::vector<std::vector<std::string>> lines = {{"publish-feeds", "--tenant", ""},
                                                       {"publish-feeds", "--tenant="},
                                                       {"publish-feeds", "--tenant=", "asha"},
                                                       {"items", "list", "--tenant=", "--json"},
                                                       {"--db=", "x.db", "init"},
                                                       {"publish-feeds", "--tenant", "  "},
                                                       {"publish-feeds", "--in-flight", ""},
                                                       {"publish-feeds", "--max-runtime", ""},
                                                       {"items", "list", "--tenant", ""},
                                                       {"items", "list", "--state", ""},
                                                       {"items", "resend", ""},
                                                       {"claims", "list", "--tenant", ""},
                                                       {"claims", "verify", ""},
                                                       {"claims", "verify", "x", "--by", ""},
                                                       {"runs", "list", "--job", ""},
                                                       {"runs", "show", ""},
                                                       {"import", ""},
                                                       {"feed", "check", ""},
                                                       {"--db", "", "init"},
                                                       {"--key-file", "", "init"},
                                                       {"--config", "", "init"},
                                                       {"--log-level", "", "init"}};
  for (const auto& line : lines) {
    CAPTURE(line.front());
    CAPTURE(line.back());
    const auto parsed = parse(line);
    REQUIRE(!parsed);
    CHECK(!parsed.error().error.empty());
  }
  CHECK(parse({"publish-feeds", "--tenant", ""}).error().error.find("--tenant") == 0);
  CHECK(parse({"publish-feeds", "--tenant=", "asha"}).error().error.find("--tenant") == 0);
}

TEST_CASE("a mistake in a subcommand points at that subcommand's own help") {
  struct Row {
    std::vector<std::string> words;
    const char* says;
    const char* see;
  };
  const Row table[] = {
      {{"nonsense"}, "there is no command nonsense", "; see: milkrun --help"},
      {{"items", "nonsense"}, "there is no command nonsense", "; see: milkrun items --help"},
      {{"items"}, "", "; see: milkrun items --help"},
      {{"items", "list", "--bogus"}, "--bogus", "; see: milkrun items list --help"},
      {{"items", "list", "--state", "odd"},
       "--state: \"odd\" must be one of held, ",
       "; see: milkrun items list --help"},
      {{"items", "show"}, "item", "; see: milkrun items show --help"},
      {{"publish-feeds", "--limit", "0"}, "--limit", "; see: milkrun publish-feeds --help"},
      {{"runs", "list", "--job", "no-such-job"}, "no-such-job", "; see: milkrun runs list --help"},
  };
  for (const Row& row : table) {
    CAPTURE(row.see);
    const auto parsed = parse(row.words);
    REQUIRE(!parsed);
    CAPTURE(parsed.error().error);
    CHECK(parsed.error().error.find(row.says) != std::string::npos);
    CHECK(parsed.error().error.ends_with(row.see));
  }
}

TEST_CASE("help explains the command that is named, as that command's --help does") {
  const auto text = [](std::vector<std::string> words) { return parse(std::move(words)).error().text; };
  CHECK(text({"help"}) == text({"--help"}));
  CHECK(text({"help", "items"}) == text({"items", "--help"}));
  CHECK(text({"help", "items", "list"}) == text({"items", "list", "--help"}));
  CHECK(text({"help", "items", "list"}).find("milkrun items list") != std::string::npos);
  CHECK(text({"help", "publish-feeds"}).find("--max-runtime") != std::string::npos);
  CHECK(parse({"help", "nonsense"}).error().error == "there is no command nonsense; see: milkrun --help");
  CHECK(parse({"help", "items", "x"}).error().error == "there is no command x; see: milkrun items --help");
}

TEST_CASE("the new looks are found with their arguments") {
  CHECK(command<TenantsShowArgs>({"tenants", "show", "asha"}).tenant == "asha");
  CHECK(command<FeedsItemsArgs>({"feeds", "items", "f1", "--limit", "3"}).limit == 3);
  CHECK(command<MessagesListArgs>({"messages", "list", "--phone", "+49151", "--state", "held"}).phone == "+49151");
  CHECK(command<ClaimsListArgs>({"claims", "list"}).state == "manual");
  CHECK(command<ClaimsListArgs>({"claims", "list", "--phone", "+49151"}).state == "all");
  CHECK(command<ClaimsListArgs>({"claims", "list", "--phone", "+49151", "--state", "failed"}).state == "failed");
  CHECK(command<RunsShowArgs>({"runs", "show", "7", "--tenant", "asha"}).tenant == "asha");
  CHECK(command<ItemsShowArgs>({"items", "show", "deliver/message:1"}).item == "deliver/message:1");
  CHECK(command<ItemsDecideArgs>({"items", "arrived", "x"}).word == Word::arrived);
  const auto retry = command<ItemsRetryArgs>({"items", "retry", "x", "y", "--tenant", "asha", "--reason", "feed.gone",
                                              "--since", "2h", "--by", "Eve", "--dry-run"});
  CHECK(retry.items == std::vector<std::string>{"x", "y"});
  CHECK(retry.which.tenant == "asha");
  CHECK(retry.which.reason == "feed.gone");
  CHECK(retry.which.since == "2h");
  CHECK(retry.by == "Eve");
  CHECK(retry.dry_run);
  CHECK(command<ItemsDecideArgs>({"items", "drop", "x", "--by", "Eve"}).by == "Eve");
  CHECK(command<ActsListArgs>({"acts", "list", "--item", "x", "--tenant", "asha"}).item == "x");
  CHECK(command<PruneArgs>({"prune", "--older-than", "30d"}).older_than == Millis(30LL * 86'400'000));
  CHECK_FALSE(command<PruneArgs>({"prune"}).older_than);
  CHECK(parse({"prune", "--older-than", "1d"}).error().error.find("at least 7d") != std::string::npos);
  CHECK(command<FeedsPublishArgs>({"feeds", "publish", "i1"}).item == "i1");
  CHECK(command<ItemsDecideArgs>({"items", "resend", "x"}).word == Word::resend);
  CHECK(command<ItemsDecideArgs>({"items", "drop", "x"}).word == Word::drop);
  const auto crowd = command<ItemsDecideArgs>({"items", "resend", "--tenant", "asha", "--since", "2h", "--yes"});
  CHECK(crowd.item.empty());
  CHECK(crowd.which.tenant == "asha");
  CHECK(crowd.which.since == "2h");
  CHECK(crowd.yes);
  CHECK_FALSE(crowd.dry_run);
}

namespace {

// What bash offers for the words, the last of which is being typed.
std::string offered(const std::string& script, const std::string& words) {
  const test::TempDir dir;
  std::ofstream(dir.file("script")) << script;
  const std::string line = "COMP_WORDS=(" + words + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); . " +
                           dir.file("script") + "; _milkrun; echo \"${COMPREPLY[*]}\"";
  const test::Finished bash = test::run_program({"/bin/bash", "-c", line});
  CHECK(bash.err.empty());
  return bash.out;
}

} // namespace

TEST_CASE("bash completes commands, options and their words from the description itself") {
  const std::string script = parse({"completion", "bash"}).error().text;
  CHECK(offered(script, "milkrun 'item'") == "items\n");
  CHECK(offered(script, "milkrun items 's'") == "show\n");
  CHECK(offered(script, "milkrun items list '--stat'") == "--state\n");
  CHECK(offered(script, "milkrun items list --state 'h'") == "held\n");
  CHECK(offered(script, "milkrun --log-level 'de'") == "debug\n");
  CHECK(offered(script, "milkrun --log-level debug runs list --job 'pub'") == "publish-feeds\n");
  CHECK(offered(script, "milkrun publish-feeds '--dry'") == "--dry-run\n");
  CHECK(offered(script, "milkrun items list --limit ''") == "\n"); // a number is nobody's guess
  CHECK(offered(script, "milkrun completion 'f'") == "fish\n");
  CHECK(offered(script, "milkrun help 'ite'") == "items\n");
  CHECK(offered(script, "milkrun --config '/etc/host'").find("/etc/hosts") != std::string::npos);
}

TEST_CASE("zsh and fish get every command, option and word too, in a script their shell takes") {
  for (const char* shell : {"zsh", "fish"}) {
    CAPTURE(shell);
    const std::string script = parse({"completion", shell}).error().text;
    for (const char* part : {"items", "resend", "publish-feeds", "held", "keyvalue", "max-runtime"})
      CHECK(script.find(part) != std::string::npos);
    const std::string path = std::string("/usr/bin/") + shell;
    if (access(path.c_str(), X_OK) != 0) continue;
    const test::TempDir dir;
    std::ofstream(dir.file("script")) << script;
    const test::Finished checked = test::run_program({path, "-n", dir.file("script")});
    CHECK_MESSAGE(checked.code == 0, checked.err);
  }
  CHECK(parse({"completion", "tcsh"}).error().error.find("tcsh") != std::string::npos);
}
