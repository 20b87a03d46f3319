// The command line: what each word becomes, and what a wrong one costs.
#include "cli/args.hpp"

#include <ostream>

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
  const auto list = command<RunsListArgs>({"runs", "list", "--job", "deliver", "--limit", "3"});
  CHECK(list.job == "deliver");
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
  CHECK(reject.reason.code() == "not seen");
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

TEST_CASE("a wrong command line is one line that points to the help") {
  const std::vector<std::vector<std::string>> table = {
      {},
      {"nonsense"},
      {"publish-feeds", "--in-flight", "0"},
      {"publish-feeds", "--in-flight", "many"},
      {"publish-feeds", "--limit", "0"},
      {"publish-feeds", "--max-runtime", "soon"},
      {"publish-feeds", "--max-runtime", "0s"},
      {"publish-feeds", "--what"},
      {"publish-feeds", "extra"},
      {"import"},
      {"feed"},
      {"feed", "check"},
      {"runs"},
      {"runs", "list", "--limit", "0"},
      {"runs", "show"},
      {"claims"},
      {"claims", "list", "--state", "held"},
      {"claims", "list", "--limit", "0"},
      {"claims", "verify"},
      {"claims", "verify", "c1", "--reason", "why not"},
      {"claims", "reject", "c1", "c2"},
      {"init", "--log-level", "loud"},
      {"init", "--log-format", "xml"},
  };
  for (const auto& words : table) {
    std::string shown;
    for (const std::string& word : words) shown += word + " ";
    CAPTURE(shown);
    const auto parsed = parse(words);
    REQUIRE(!parsed);
    CHECK(parsed.error().text.empty());
    CHECK(!parsed.error().error.empty());
    CHECK(parsed.error().error.find('\n') == std::string::npos);
    CHECK(parsed.error().error.find("milkrun --help") != std::string::npos);
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
}
