// `items retry` by key and by what items have in common; `acts list`; `prune`; and that who mistypes is told what to
// type.
#include "cli/test_program.hpp"
#include "cli/which.hpp"
#include "db/sqlite.hpp"
#include "support/rows.hpp"

#include <nlohmann/json.hpp>

using namespace milkrun;
using test::Program;
using test::sql;

namespace {

using Words = std::vector<std::string>;
constexpr std::int64_t day = 86'400'000;

const Job& mail_job() {
  static const Job job{.name = "deliver",
                       .help = "sample",
                       .stages = {{.name = "deliver", .load = sql("SELECT $id AS id")},
                                  {.name = "write-article", .load = sql("SELECT $id AS id")}},
                       .preview = {}};
  return job;
}

struct Shop : Program {
  Shop() {
    jobs = {&mail_job()};
    REQUIRE((*this)({"init"}) == 0);
    const auto database = open();
    test::add_tenants(*database, {"asha", "bolt"});
    const auto now = to_ms(SystemClock().now());
    put("deliver", "message:1", "asha", "discarded", "whatsapp.media_refused", "[]", now - 10 * day);
    put("deliver", "message:2", "asha", "cancelled", "message.no_consent", "[]", now - 5 * day);
    put("deliver", "message:3", "bolt", "discarded", "whatsapp.media_refused", "[]", now - day);
    put("deliver", "message:4", "asha", "due", "parked", R"(["credential","wordpress.password_refused"])", now + day);
    put("deliver", "message:5", "asha", "due", "", "[]", now + day); // waits for its own time
    put("deliver", "message:6", "asha", "held", "run.died_after_sending", "[]", 0);
    put("write-article", "item:7", "asha", "done", "", "[]", now - day);
  }
  std::unique_ptr<db::Sqlite> open() const { return std::make_unique<db::Sqlite>(path("m.db"), db::SqliteOptions{}); }
  void put(const char* stage, const std::string& key, const char* tenant, std::string_view state, const char* reason,
           const char* args, std::int64_t at) const {
    const bool over = state == "discarded" || state == "cancelled" || state == "done";
    test::change(*open(),
                 "INSERT INTO ledger (stage, key, tenant_id, state, due_at, reason, args, created_at, finished_at, "
                 "uncertain_turn) VALUES ($stage, $key, $t, $state, $at, $reason, $args, $created, $finished, $turn)",
                 {{"stage", stage},
                  {"key", key},
                  {"t", tenant},
                  {"state", std::string(state)},
                  {"at", at},
                  {"reason", reason},
                  {"args", args},
                  {"created", over ? std::int64_t{0} : to_ms(SystemClock().now())},
                  {"finished", over ? db::Value(at) : db::Value()},
                  {"turn", state == "held" ? db::Value(std::int64_t{1}) : db::Value()}});
  }
  nlohmann::json json(Words words) {
    words.emplace_back("--json");
    CHECK_MESSAGE((*this)(words) == 0, err.str());
    auto parsed = nlohmann::json::parse(out.str(), nullptr, false);
    REQUIRE_FALSE(parsed.is_discarded());
    CHECK(parsed.value("schema_version", 0) == 1);
    return parsed;
  }
  std::vector<std::string> retried(Words words) {
    words.insert(words.begin(), {"items", "retry"});
    std::vector<std::string> keys;
    const auto said = json(words);
    for (const auto& one : said["items"]) keys.push_back(one["key"]);
    return keys;
  }
  std::string refused(const Words& words) {
    CHECK((*this)(words) == 64);
    return err.str();
  }
  std::string state(const char* key) const {
    return test::rows(*open(), "SELECT state FROM ledger WHERE key = $k", {{"k", key}}).at(0).text("state");
  }
  std::int64_t acts() const { return test::number(*open(), "SELECT count(*) AS n FROM operator_acts"); }
};

} // namespace

TEST_CASE("items are brought back by key, tenant, stage, reason, state and time, and by all of these together") {
  struct Row {
    Words words;
    std::vector<std::string> keys;
  };
  const Row table[] = {
      {{"message:1"}, {"message:1"}},
      {{"deliver/message:2", "3"}, {"message:2", "message:3"}},
      {{"message:5"}, {"message:5"}}, // by name also what only waits for its time
      {{"--tenant", "asha"}, {"message:1", "message:2", "message:4"}},
      {{"--tenant", "bolt"}, {"message:3"}},
      {{"--stage", "deliver"}, {"message:1", "message:2", "message:3", "message:4"}},
      {{"--stage", "write-article"}, {}},
      {{"--reason", "whatsapp.media_refused"}, {"message:1", "message:3"}},
      {{"--reason", "wordpress.password_refused"}, {"message:4"}}, // parked for it
      {{"--state", "cancelled"}, {"message:2"}},
      {{"--state", "due"}, {"message:4"}},
      {{"--since", "6d"}, {"message:2", "message:3", "message:4"}},
      {{"--until", "2d", "--state", "discarded"}, {"message:1"}},
      {{"--since", "6d", "--until", "2d"}, {"message:2"}},
      {{"--tenant", "asha", "--reason", "whatsapp.media_refused", "--stage", "deliver"}, {"message:1"}},
      {{"message:1", "--tenant", "asha"}, {"message:1"}},
  };
  for (const Row& row : table) {
    Shop shop;
    CAPTURE(row.words.front());
    CAPTURE(row.words.back());
    Words dry = row.words;
    dry.emplace_back("--dry-run");
    CHECK(shop.retried(dry) == row.keys);
    CHECK(shop.acts() == 0);
    CHECK(shop.state("message:1") == "discarded");
    CHECK(shop.retried(row.words) == row.keys);
    CHECK(shop.acts() == static_cast<std::int64_t>(row.keys.size()));
    for (const std::string& key : row.keys) CHECK(shop.state(key.c_str()) == "due");
    CHECK(shop.state("message:6") == "held");
  }
}

TEST_CASE("it says how many and which, and not more than it was asked to show") {
  Shop shop;
  for (int i = 100; i < 550; ++i)
    shop.put("deliver", "message:" + std::to_string(i), "bolt", "discarded", "feed.gone", "[]", 1);
  CHECK(shop({"items", "retry", "--reason", "feed.gone", "--dry-run"}) == 0);
  CHECK(shop.out.str().find("450 items would be due now (dry run; nothing changed): 450 discarded\n") !=
        std::string::npos);
  CHECK(shop.out.str().find("… cut at 20; --limit 40 shows more") != std::string::npos);
  const auto got = shop.json({"items", "retry", "--reason", "feed.gone", "--limit", "3"});
  CHECK(got["all"] == 450);
  CHECK(got["discarded"] == 450);
  CHECK(got["items"].size() == 3);
  CHECK(got["cut"] == true);
  CHECK(shop.acts() == 450);
  CHECK(shop({"items", "retry", "--reason", "feed.gone"}) == 0);
  CHECK(shop.out.str() == "0 items are due now\n");
  CHECK(shop({"items", "retry", "message:1"}) == 0);
  CHECK(shop.out.str().find("1 item is due now: 1 discarded\n") != std::string::npos);
  CHECK(shop.out.str().find("is tried at the next run") != std::string::npos);
}

TEST_CASE("what cannot be meant is refused with the mend") {
  Shop shop;
  const auto has = [&](const Words& words, const char* part) {
    CAPTURE(part);
    const std::string said = shop.refused(words);
    CAPTURE(said);
    CHECK(said.find(part) != std::string::npos);
  };
  has({"items", "retry"}, "--tenant, --stage, --reason");
  has({"items", "retry", "--tenant", "nobody"}, "--tenant nobody: there is no such tenant");
  has({"items", "retry", "--stage", "delivr"},
      "--stage delivr: there is no such stage; it must be one of deliver, write-article");
  has({"items", "retry", "--reason", "password_refused"}, "did you mean wordpress.password_refused?");
  has({"items", "retry", "--reason", "feed.gonne"}, "did you mean feed.gone?");
  has({"items", "retry", "--reason", "zzzzzzzzzz"}, "milkrun items list");
  has({"items", "retry", "--since", "tomorrow"}, "--since tomorrow: must be a time");
  has({"items", "retry", "--since", "1h", "--until", "2h"}, "nothing lies between");
  has({"items", "retry", "message:6"}, "items resend, items drop or items arrived");
  has({"items", "retry", "item:7"}, "is done");
  has({"items", "retry", "nothing"}, "there is no item nothing");
  has({"items", "retry", "message:1", "--tenant", "bolt"}, "is not of --tenant bolt, but of asha");
  has({"items", "list", "--stage", "x"}, "there is no such stage");
  has({"items", "list", "--reason", "x.y"}, "there is no such reason");
  has({"acts", "list", "--tenant", "nobody"}, "there is no such tenant");
  CHECK(shop.acts() == 0);
  CHECK(shop.json({"items", "list", "--state", "discarded", "--reason", "whatsapp.media_refused", "--tenant",
                   "bolt"})["items"]
            .size() == 1);
}

TEST_CASE("held items that have something in common are decided in one command, once it was said how many they are") {
  Shop shop;
  for (int i = 100; i < 350; ++i)
    shop.put("deliver", "message:" + std::to_string(i), "bolt", "held", "whatsapp.answer_no_receipt", "[]", 0);
  const Words crowd{"--tenant", "bolt", "--reason", "whatsapp.answer_no_receipt", "--since", "1h"};
  const auto with = [&](Words words, const Words& more) {
    words.insert(words.begin(), "items");
    words.insert(words.end(), crowd.begin(), crowd.end());
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const auto held = [&] { return test::number(*shop.open(), "SELECT count(*) AS n FROM ledger WHERE state = 'held'"); };
  CHECK(
      shop.refused(with({"drop"}, {})).find("250 held items would be dropped: --yes does it, --dry-run shows which") !=
      std::string::npos);
  CHECK(shop(with({"resend"}, {"--dry-run"})) == 0);
  CHECK(shop.out.str().find("250 held items would be due again (dry run; nothing changed)\n") != std::string::npos);
  CHECK(shop.out.str().find("cut at 20; --limit 40 shows more") != std::string::npos);
  const auto dry = shop.json(with({"arrived"}, {"--dry-run", "--limit", "3"}));
  CHECK(dry["all"] == 250);
  CHECK(dry["items"].size() == 3);
  CHECK(held() == 251);
  CHECK(shop.acts() == 0);
  CHECK(shop(with({"resend"}, {"--yes", "--by", "Eve"})) == 0);
  CHECK(shop.out.str() == "250 held items are due again\n");
  CHECK(shop.acts() == 250);
  CHECK(test::number(*shop.open(), "SELECT count(*) AS n FROM operator_acts WHERE verb = 'items resend' AND "
                                   "said_by = 'Eve' AND from_state = 'held' AND to_state = 'due'") == 250);
  CHECK(shop.state("message:6") == "held"); // of somebody else
  CHECK(shop.state("message:100") == "due");
  CHECK(shop(with({"drop"}, {})) == 0); // nothing is held: nothing to say yes to
  CHECK(shop.out.str() == "0 held items are dropped\n");
  CHECK(shop.json({"items", "arrived", "--tenant", "asha", "--yes"})["all"] == 1);
  CHECK(shop.state("message:6") == "done");
}

TEST_CASE("a word on held items names one, or says what they have in common") {
  Shop shop;
  CHECK(shop.refused({"items", "drop"}).find("say which item") != std::string::npos);
  CHECK(shop.refused({"items", "drop", "message:6", "--tenant", "asha"}).find("not both") != std::string::npos);
  CHECK(shop.refused({"items", "drop", "--tenant", "nobody"}).find("there is no such tenant") != std::string::npos);
  CHECK(shop({"items", "drop", "message:6", "--dry-run"}) == 0);
  CHECK(shop.state("message:6") == "held");
  CHECK(shop({"items", "drop", "message:6"}) == 0);
  CHECK(shop.out.str() == "deliver/message:6 is dropped\n");
  CHECK(shop.state("message:6") == "cancelled");
}

TEST_CASE("acts are listed, latest first, by tenant, item and time, and shown with the item") {
  Shop shop;
  shop.retried({"message:1", "message:3", "--by", "Eve"});
  CHECK(shop({"items", "drop", "message:6", "--by", "Bob"}) == 0);
  auto acts = shop.json({"acts", "list"})["acts"];
  REQUIRE(acts.size() == 3);
  CHECK(acts[0]["verb"] == "items drop");
  CHECK(acts[0]["by"] == "Bob");
  CHECK(acts[0]["from"] == "held");
  CHECK(acts[0]["to"] == "cancelled");
  CHECK_FALSE(acts[0]["user"].get<std::string>().empty());
  CHECK(shop.json({"acts", "list", "--tenant", "bolt"})["acts"].size() == 1);
  CHECK(shop.json({"acts", "list", "--item", "deliver/message:1"})["acts"].size() == 1);
  CHECK(shop.json({"acts", "list", "--item", "6"})["acts"].size() == 1);
  CHECK(shop.json({"acts", "list", "--since", "1h"})["acts"].size() == 3);
  CHECK(shop.json({"acts", "list", "--until", "1h"})["acts"].empty());
  CHECK(shop.json({"acts", "list", "--limit", "2"})["cut"] == true);
  const auto item = shop.json({"items", "show", "message:1"});
  REQUIRE(item["acts"].size() == 1);
  CHECK(item["acts"][0]["note"] == "whatsapp.media_refused");
  CHECK(shop({"items", "show", "message:1"}) == 0);
  CHECK(shop.out.str().find("discarded → due") != std::string::npos);
  CHECK(shop.out.str().find("Eve, as ") != std::string::npos);
}

TEST_CASE("prune deletes what is over, says what it would delete, and is an act itself") {
  Shop shop;
  const auto would = shop.json({"prune", "--older-than", "7d", "--dry-run"});
  CHECK(would["items"] == 1);
  CHECK(would["dry_run"] == true);
  CHECK(shop.acts() == 0);
  CHECK(shop({"prune"}) == 0);
  CHECK(shop.out.str() == "deleted 0 items, 0 attempts, 0 runs, 0 counts, 0 counters, 0 acts\n");
  CHECK(shop.acts() == 0);
  CHECK(shop.json({"prune", "--older-than", "7d"})["items"] == 1);
  CHECK(shop.refused({"items", "show", "message:1"}).find("there is no item") != std::string::npos);
  const auto acts = shop.json({"acts", "list"})["acts"];
  REQUIRE(acts.size() == 1);
  CHECK(acts[0]["verb"] == "prune");
  CHECK(acts[0]["tenant"] == "operator");
  CHECK(acts[0]["note"].get<std::string>().find("1 items") != std::string::npos);
}

TEST_CASE("moments are times, dates, or how long ago") {
  const Time now = test::noon;
  CHECK(cli::moment("2026-11-20T12:00:00Z", now) == now - Millis(day));
  CHECK(cli::moment("2026-11-21", now) == now - Millis(day / 2));
  CHECK(cli::moment("2h", now) == now - Millis(7'200'000));
  for (const char* none : {"", "yesterday", "2026-13-01", "-2h"}) {
    CAPTURE(none);
    CHECK_FALSE(cli::moment(none, now));
  }
}
