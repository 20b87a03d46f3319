// Every list and every look at one thing: what it shows, that it says when it was cut, that it fits its line, and that
// strangers' text steers nothing.
#include "base/text.hpp"
#include "cli/args_commands.hpp"
#include "cli/table.hpp"
#include "cli/test_program.hpp"
#include "db/sqlite.hpp"
#include "support/rows.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

#include <fcntl.h>
#include <unistd.h>

using namespace milkrun;
using test::Program;
using test::sql;

namespace {

using Words = std::vector<std::string>;

const std::string stranger = "evil\x1b[2J\x1b]0;x\x07 \u009b31m \x7f \u202egnp\u2069 \u2028 end";

// A database in which one tenant has one of everything, each text of a stranger a nasty one.
struct Shop : Program {
  Shop() {
    REQUIRE((*this)({"init"}) == 0);
    db::Sqlite database(path("m.db"), {});
    database.transact([](db::Transaction& tx) {
      const auto put = [&](const char* statement) {
        const db::Statement s = sql(statement);
        if (std::string_view(statement).find("$nasty") == std::string_view::npos)
          tx.execute(s);
        else
          tx.execute(s, {{"nasty", stranger}});
      };
      put("INSERT INTO tenants (id, slug, name, portal_says, portal_args, created_at) "
          "VALUES ('t1', 'asha', $nasty, 'portal.skips', json_array($nasty), 0)");
      put("INSERT INTO tenants (id, slug, name, created_at) VALUES ('t2', 'bolt', 'Bolt', 0)");
      put("INSERT INTO feeds (id, tenant_id, url, last_error, last_args, last_detail, polled_at) "
          "VALUES ('f1', 't1', 'https://n.example/feed', 'feed.access_refused', '[\"403\"]', $nasty, 1000)");
      put("INSERT INTO feeds (id, tenant_id, url, active, stop_reason) "
          "VALUES ('f2', 't2', 'https://n.example/feed', 0, 'feed.gone_410')");
      put("INSERT INTO feed_items (id, tenant_id, feed_id, identity, link_key, content_hash, url, title, author, "
          "published_at, position, summary, content, tags, first_seen_at, state, reason) "
          "VALUES ('i1', 't1', 'f1', 'guid:1', '', 'h', 'https://n.example/1', $nasty, '', 5000, 0, '', '', '[]', "
          "9000, "
          "'passed_over', 'the quota is used up')");
      put("INSERT INTO feed_items (id, tenant_id, feed_id, identity, link_key, content_hash, url, title, author, "
          "position, summary, content, tags, first_seen_at, state) "
          "VALUES ('i2', 't1', 'f1', 'guid:2', '', 'h2', 'https://n.example/2', 'Two', '', 1, '', '', '[]', 9000, "
          "'new')");
      put("INSERT INTO contacts (id, tenant_id, phone, name) VALUES ('c1', 't1', '+4915100000001', $nasty)");
      put("INSERT INTO messages (id, tenant_id, origin, contact_id, text, created_at, expires_at, state, reason) "
          "VALUES ('m1', 't1', 'completion:x', 'c1', $nasty, 0, 1000, 'held', $nasty)");
      put("INSERT INTO campaigns (id, tenant_id, slug) VALUES ('g1', 't1', 'spring')");
      put("INSERT INTO tasks (id, tenant_id, campaign_id, slug, platform, action) "
          "VALUES ('k1', 't1', 'g1', 'like', 'FACEBOOK', 'LIKE')");
      put("INSERT INTO task_completions (id, tenant_id, task_id, contact_id, state, claimed_at, verify_after, "
          "deadline_at, handle, reason, decided_at) "
          "VALUES ('d1', 't1', 'k1', 'c1', 'manual', 0, 0, 9, $nasty, $nasty, 5)");
      put("INSERT INTO credentials (id, scope, tenant_id, service, base_url, sealed, updated_at, owner_key) "
          "VALUES ('0123abcd', 'tenant', 't1', 'whatsapp', 'https://gate.example/', 'x', 1, 't1')");
      put("INSERT INTO ledger (stage, key, tenant_id, state, due_at, reason, detail, created_at, uncertain_turn, host, "
          "credential_id) "
          "VALUES ('deliver', 'message:m1', 't1', 'held', 0, 'no.such.code', $nasty, 0, 1, 'gate.example', "
          "'0123abcd')");
      put("INSERT INTO attempts (stage, key, turn, tenant_id, run_id, kind, begun_at, finished_at, outcome) "
          "VALUES ('poll-feed', 'feed:f1:2026-11-20', 2, 't1', 'r1', 'work', 0, 7000, 'outage')");
      put("INSERT INTO attempts (stage, key, turn, tenant_id, run_id, kind, begun_at, finished_at, outcome) "
          "VALUES ('poll-feed', 'feed:f1:2026-11-21', 3, 't1', 'r1', 'work', 0, 8000, 'done')");
      put("INSERT INTO attempts (stage, key, turn, tenant_id, run_id, kind, begun_at, finished_at, outcome, reason, "
          "detail, http_status, host) "
          "VALUES ('deliver', 'message:m1', 1, 't1', 'r1', 'work', 0, 1, 'uncertain', '', $nasty, 502, "
          "'gate.example')");
      put("INSERT INTO operator_acts (id, at, os_user, said_by, verb, stage, key, tenant_id, from_state, to_state, "
          "note) "
          "VALUES ('a1', 1000, 'root', $nasty, 'items drop', 'deliver', 'message:m1', 't1', 'held', 'cancelled', "
          "$nasty)");
      put("INSERT INTO operator_acts (id, at, os_user, verb, key, tenant_id, from_state, to_state, note) "
          "VALUES ('a2', 2000, 'root', 'claims reject', 'completion:d1', 't1', 'manual', 'failed', $nasty)");
      put("INSERT INTO parks (scope, id, until, reason, detail, tenant_id, since, service, host, failures, step) "
          "VALUES ('destination', 'ai api.example t1', 9000000000000, 'ai.overloaded', $nasty, 't1', 5000, 'ai', "
          "'api.example', 6, 2)");
      put("INSERT INTO runs (id, number, job, host, pid, started_at, heartbeat_at, ended_at, exit_code, ended_by) "
          "VALUES ('r1', 1, 'deliver', $nasty, 7, 0, 0, 1, 0, 'finished')");
      put("INSERT INTO run_counts (run_id, tenant_id, stage, outcome, reason, args, items, sample) "
          "VALUES ('r1', 't1', 'deliver', 'held', 'no.such.code', '[]', 1, $nasty)");
      put("INSERT INTO run_counts (run_id, tenant_id, stage, outcome, reason, args, items, sample) "
          "VALUES ('r1', 't2', 'deliver', 'done', '', '[]', 3, '')");
      put("INSERT INTO run_counts (run_id, tenant_id, stage, outcome, reason, args, items, sample) "
          "VALUES ('r1', 'operator', 'sync-portal', 'done', '', '[]', 1, '')");
    });
  }
  std::string said(const Words& words) {
    const int code = (*this)(words);
    CHECK_MESSAGE(code == 0, err.str());
    return out.str();
  }
  nlohmann::json json(Words words) {
    words.emplace_back("--json");
    auto parsed = nlohmann::json::parse(said(words), nullptr, false);
    CHECK_FALSE(parsed.is_discarded());
    CHECK(parsed.value("schema_version", 0) == 1);
    return parsed;
  }
};

const Words looks[] = {
    {"tenants", "list"},      {"tenants", "show", "asha"}, {"feeds", "list"},
    {"feeds", "items", "f1"}, {"messages", "list"},        {"claims", "list"},
    {"claims", "show", "d1"}, {"items", "list"},           {"items", "show", "message:m1"},
    {"runs", "list"},         {"runs", "show", "1"},       {"acts", "list"},
};

bool harmless(std::string_view s) {
  for (const char c : s)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == '\x7f') return false;
  for (const char* mark : {"\u009b", "\u202e", "\u2069", "\u2028"})
    if (s.find(mark) != std::string_view::npos) return false;
  return true;
}

} // namespace

TEST_CASE("no look lets a stranger's text steer the terminal, in words or in JSON, and none is wider than its line") {
  Shop shop;
  for (const Words& words : looks) {
    CAPTURE(words[0]);
    CAPTURE(words[1]);
    const std::string text = shop.said(words);
    CHECK(harmless(text));
    for (const std::string_view line : text::split(text, '\n')) CHECK(cli::columns_of(line) <= cli::usual_width);
    shop.json(words);
    CHECK(harmless(shop.out.str()));
  }
}

TEST_CASE("every look shows what it is about") {
  Shop shop;
  const auto shows = [&](const Words& words, std::initializer_list<const char*> parts) {
    const std::string text = shop.said(words);
    CAPTURE(text);
    for (const char* part : parts) CHECK(text.find(part) != std::string::npos);
  };
  shows({"tenants", "list"}, {"TENANT", "asha", "bolt", "TROUBLE"});
  shows({"tenants", "show", "asha"}, {"asha", "publishes", "deliver", "held"});
  shows({"feeds", "list"}, {"f1", "https://n.example/feed", "1970-01-01T00:00:01Z", "1970-01-01T00:00:07Z",
                            "refused (403): evil", "stopped: the feed is gone (410)"});
  CHECK(shop.json({"feeds", "list"})["feeds"][0]["failed_at"] == "1970-01-01T00:00:07Z");
  const nlohmann::json feeds = shop.json({"feeds", "list"})["feeds"];
  CHECK(feeds[0]["code"] == "feed.access_refused");
  CHECK(feeds[0]["args"] == nlohmann::json{"403"});
  CHECK(feeds[1]["code"] == "feed.gone_410");
  CHECK(feeds[1]["failed_at"].is_null());
  const nlohmann::json tenants = shop.json({"tenants", "list"})["tenants"];
  CHECK(tenants[0]["trouble"].get<std::string>().starts_with("the portal says skip: evil"));
  CHECK(tenants[0]["code"] == "portal.skips");
  CHECK(tenants[0]["args"] == nlohmann::json{stranger});
  CHECK(tenants[1]["code"] == "");
  shows({"feeds", "items", "f1"}, {"candidate", "passed over", "the quota is used up", "1970-01-01T00:00:05Z"});
  shows({"messages", "list"}, {"m1", "+4915100000001", "held"});
  shows({"claims", "show", "d1"}, {"spring", "like", "+4915100000001", "manual"});
  shows({"items", "list"}, {"deliver/message:m1", "asha", "no.such.code"});
  shows({"items", "show", "deliver/message:m1"},
        {"+4915100000001", "gate.example", "502", "uncertain", "whatsapp of tenant asha at https://gate.example/"});
  shows({"runs", "show", "1"}, {"asha", "bolt", "no.such.code", "sync-portal"});
  const nlohmann::json told = shop.json({"runs", "show", "1"})["tenants"];
  CHECK(std::ranges::none_of(told, [](const auto& t) { return t["tenant"] == "operator"; })); // nobody's story
  shows({"runs", "list"}, {"WAITS FOR", "destination ai", "asha", "ai: overloaded", "1970-01-01T00:00:05Z"});
  shows({"acts", "list"}, {"items drop", "deliver/message:m1", "held → cancelled", "claims reject", "completion:d1"});
  shows({"items", "show", "m1"}, {"items drop", "held → cancelled"});
  shows({"claims", "show", "d1"}, {"claims reject", "manual → failed"});
  CHECK(shop.said({"runs", "show", "1", "--tenant", "bolt"}).find("no.such.code") == std::string::npos);
  CHECK(shop.json({"items", "show", "m1"})["about"]["phone"] == "+4915100000001");
  CHECK(shop.json({"items", "show", "m1"})["tries"][0]["http_status"] == 502);
}

TEST_CASE("filters choose, and what is not there is a mistake that names the list") {
  Shop shop;
  CHECK(shop.json({"messages", "list", "--phone", "+4915100000001"})["messages"].size() == 1);
  CHECK(shop.json({"messages", "list", "--phone", "+4915100000002"})["messages"].empty());
  for (const char* list : {"messages", "claims"}) {
    CHECK(shop.json({list, "list", "--phone", "0049 (151) 0000-0001"})[list].size() == 1);
    for (const char* none : {"4915100000001", "015100000001", "+1", "nobody"}) {
      CAPTURE(none);
      CHECK(shop({list, "list", "--phone", none}) == 64);
    }
  }
  CHECK(shop.json({"messages", "list", "--state", "sent"})["messages"].empty());
  CHECK(shop.json({"messages", "list", "--tenant", "bolt"})["messages"].empty());
  CHECK(shop.json({"claims", "list", "--phone", "+4915100000001"})["claims"].size() == 1);
  CHECK(shop.json({"claims", "list", "--state", "pending"})["claims"].empty());
  CHECK(shop.json({"feeds", "list", "--tenant", "bolt"})["feeds"].size() == 1);
  CHECK(shop.said({"messages", "list", "--state", "sent"}) == "no messages\n");
  const Words wrong[] = {{"tenants", "show", "nobody"},
                         {"feeds", "items", "nothing"},
                         {"feeds", "items", "https://n.example/feed"}, // two tenants have it
                         {"claims", "show", "nothing"},
                         {"items", "show", "nothing"},
                         {"runs", "show", "99"}};
  for (const Words& words : wrong) {
    CAPTURE(words[0]);
    CHECK(shop(words) == 64);
    CHECK(shop.err.str().find("milkrun " + words[0] + " list") != std::string::npos);
  }
  for (const Words& words : {Words{"messages", "list"}, Words{"feeds", "list"}, Words{"claims", "list"},
                             Words{"items", "list"}, Words{"runs", "show", "1"}}) {
    Words with = words;
    with.insert(with.end(), {"--tenant", "nobody"});
    CHECK(shop(with) == 64);
    CHECK(shop.err.str().find("--tenant nobody") != std::string::npos);
  }
}

TEST_CASE("a feed's next reading is its next try in the slot, else the slot's end, and none where it is stopped") {
  Shop shop;
  const auto next = [&](std::size_t n) { return shop.json({"feeds", "list"})["feeds"][n]["next_at"]; };
  CHECK(next(0) == nullptr);
  {
    db::Sqlite database(shop.path("m.db"), {});
    database.transact([](db::Transaction& tx) {
      tx.execute(sql("UPDATE feeds SET slot_ends_at = 86400000"));
      for (const char* row : {"'feed:f1:2026-11-20', 'done', 1000, 1000", "'feed:f1:2026-11-21', 'due', 7000, NULL",
                              "'feed:f2:2026-11-21', 'due', 7000, NULL"})
        tx.execute(
            sql((std::string("INSERT INTO ledger (stage, key, state, due_at, finished_at, tenant_id, created_at) "
                             "SELECT 'poll-feed', ") +
                 row + ", 't1', 0")
                    .c_str()));
    });
  }
  CHECK(next(0) == "1970-01-01T00:00:07Z");
  CHECK(next(1) == nullptr);
  {
    db::Sqlite database(shop.path("m.db"), {});
    database.transact(
        [](db::Transaction& tx) { tx.execute(sql("DELETE FROM ledger WHERE key = 'feed:f1:2026-11-21'")); });
  }
  CHECK(next(0) == "1970-01-02T00:00:00Z");
}

TEST_CASE("names as long as they may be, 63 letters, leave every list within its line") {
  Shop shop;
  const std::string slug(63, 's');
  {
    db::Sqlite database(shop.path("m.db"), {});
    database.transact([&](db::Transaction& tx) {
      tx.execute(sql("UPDATE tenants SET slug = $slug WHERE id = 't1'"), {{"slug", slug}});
      tx.execute(sql("UPDATE campaigns SET slug = $slug"), {{"slug", slug}});
    });
  }
  for (Words words : looks) {
    CAPTURE(words[0]);
    CAPTURE(words[1]);
    std::ranges::replace(words, std::string("asha"), slug);
    const std::string said = shop.said(words);
    for (const std::string_view line : text::split(said, '\n')) CHECK(cli::columns_of(line) <= cli::usual_width);
  }
  const std::string items = shop.said({"items", "list"});
  CHECK(items.find(slug) != std::string::npos);      // whole
  CHECK(items.find("TENANT") < items.find("TRIES")); // and what it leaves no room for stands below
  CHECK(items.find("DUE") == std::string::npos);
}

TEST_CASE("ids as they are in life, 32 digits, leave every list within its line") {
  Shop shop;
  {
    db::Sqlite database(shop.path("m.db"), {});
    const std::string id(32, 'a');
    database.transact([&](db::Transaction& tx) {
      tx.execute(sql("INSERT INTO feeds (id, tenant_id, url, last_error) VALUES ($id, 't1', $url, $url)"),
                 {{"id", id}, {"url", "https://a-rather-long-host-name.example/feeds/" + std::string(150, 'u')}});
      tx.execute(sql("INSERT INTO ledger (stage, key, tenant_id, state, due_at, reason, detail, created_at, "
                     "uncertain_turn) VALUES ('write-article', $key, 't1', 'held', 0, 'no.such.code', $detail, 0, 1)"),
                 {{"key", "item:" + id}, {"detail", std::string(280, 'd')}});
      tx.execute(sql("INSERT INTO runs (id, number, job, host, pid, started_at, heartbeat_at, ended_at, exit_code, "
                     "ended_by) VALUES ($id, 123456, 'send-reminders', 'h', 7, 0, 0, 63000, 0, 'finished')"),
                 {{"id", id}});
    });
  }
  CHECK(shop.said({"runs", "list"}).find(" 63s  finished") != std::string::npos);
  for (const Words& words : looks) {
    const std::string said = shop.said(words);
    for (const std::string_view line : text::split(said, '\n')) CHECK(cli::columns_of(line) <= cli::usual_width);
  }
}

TEST_CASE("a run whose process is gone is not shown as one that runs, and neither are its items") {
  Shop shop;
  char host[256] = {};
  REQUIRE(gethostname(host, sizeof host - 1) == 0);
  db::Sqlite database(shop.path("m.db"), {});
  database.transact([&](db::Transaction& tx) {
    tx.execute(sql("INSERT INTO runs (id, number, job, host, pid, started_at, heartbeat_at) VALUES ('gone', 77, "
                   "'deliver', $host, 1, 0, 0)"),
               {{"host", std::string(host)}});
    tx.execute(sql("INSERT INTO ledger (stage, key, tenant_id, state, due_at, run_id, begun_at, turn, created_at) "
                   "VALUES ('deliver', 'message:m9', 't1', 'running', 0, 'gone', 0, 1, 0)"));
  });
  CHECK(shop.said({"runs", "list"}).find("died") != std::string::npos);
  CHECK(shop.said({"runs", "show", "77"}).find("died") != std::string::npos);
  CHECK(shop.said({"items", "list", "--state", "running"}).find("its run died") != std::string::npos);
  const auto json = nlohmann::json::parse(shop.said({"items", "list", "--state", "running", "--json"}));
  CHECK(json["items"][0]["run_died"] == true);
  const int runs =
      ::open((shop.path("m.db") + ".runs").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); // as a live run does
  REQUIRE(runs >= 0);
  struct flock byte{};
  byte.l_type = F_WRLCK;
  byte.l_whence = SEEK_SET;
  byte.l_start = 77;
  byte.l_len = 1;
  REQUIRE(fcntl(runs, F_OFD_SETLK, &byte) == 0);
  CHECK(shop.said({"runs", "list"}).find("died") == std::string::npos);
  CHECK(shop.said({"runs", "list"}).find("running") != std::string::npos);
  close(runs);
}

TEST_CASE("a list that was cut says so and how to see more") {
  Shop shop;
  const std::string cut = "… cut at 1; --limit 2 shows more\n";
  CHECK(shop.said({"tenants", "list", "--limit", "1"}).ends_with(cut));
  CHECK(shop.said({"feeds", "list", "--limit", "1"}).ends_with(cut));
  CHECK(shop.said({"feeds", "items", "f1", "--limit", "1"}).ends_with(cut));
  CHECK(shop.said({"tenants", "list", "--limit", "2"}).find("cut at") == std::string::npos);
  CHECK(shop.json({"tenants", "list", "--limit", "1"})["cut"] == true);
  CHECK(shop.json({"tenants", "list"})["cut"] == false);
}

namespace {

// The words in backticks of each row of docs/json.md, by its command.
std::map<std::string, std::set<std::string>> documented() {
  std::ifstream file(MILKRUN_SOURCE_DIR "/docs/json.md");
  REQUIRE(file.good());
  std::map<std::string, std::set<std::string>> out;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> words;
    for (std::size_t at = line.find('`'); at != std::string::npos; at = line.find('`', at)) {
      const std::size_t end = line.find('`', at + 1);
      words.push_back(line.substr(at + 1, end - at - 1));
      at = end + 1;
    }
    out[words.front()] = {words.begin() + 1, words.end()};
  }
  return out;
}

void collect(const nlohmann::json& json, std::set<std::string>& keys) {
  if (json.is_object())
    for (const auto& [key, value] : json.items()) {
      keys.insert(key);
      collect(value, keys);
    }
  if (json.is_array())
    for (const auto& value : json) collect(value, keys);
}

void collect_commands(const CLI::App& app, const std::string& path, std::vector<std::string>& out) {
  if (app.get_option_no_throw("--json") != nullptr) out.push_back(path);
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    collect_commands(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), out);
}

const Job& letters() {
  static const Job job{.name = "deliver",
                       .help = "sample",
                       .stages = {{.name = "deliver", .load = sql("SELECT $id AS id")}},
                       .preview = sql("SELECT 'a note' AS note, 5 AS at, 1 AS items WHERE $now > 0")};
  return job;
}

} // namespace

TEST_CASE("docs/json.md names every command that prints JSON, and every field it prints") {
  Shop shop;
  shop.jobs = {&letters()};
  shop.write("sheet.csv", "phone,name\n+4915100000009,Eva\n12,Bad\n");
  const auto rows = documented();
  std::map<std::string, std::vector<Words>> samples = {
      {"JOB", {{"deliver"}, {"deliver", "--dry-run"}}},
      {"runs list", {{"runs", "list"}}},
      {"runs show", {{"runs", "show", "1"}}},
      {"items list", {{"items", "list"}}},
      {"items show", {{"items", "show", "m1"}}},
      {"items retry", {{"items", "retry", "--state", "discarded"}}},
      {"items resend", {}}, // with the tests of items retry
      {"items drop", {}},
      {"items arrived", {}},
      {"acts list", {{"acts", "list"}}},
      {"prune", {{"prune", "--dry-run"}}}, // the run of the others is old
      {"claims list", {{"claims", "list"}}},
      {"claims show", {{"claims", "show", "d1"}}},
      {"tenants list", {{"tenants", "list"}}},
      {"tenants show", {{"tenants", "show", "asha"}}},
      {"feeds list", {{"feeds", "list"}}},
      {"feeds items", {{"feeds", "items", "f1"}}},
      {"feeds publish", {}}, // by the stories on the binary
      {"messages list", {{"messages", "list"}}},
      {"campaigns list", {{"campaigns", "list"}}},
      {"campaigns show", {}}, // with the tests of outreach
      {"enroll", {}},
      {"enroll stop", {}},
      {"unsubscribe", {}},
      {"bounced", {}},
      {"preview", {}},
      {"reminders list", {{"reminders", "list"}}},
      {"reminders backfill", {{"reminders", "backfill", "--tenant", "asha", "--dry-run"}}},
      {"feed check", {{"feed", "check", "https://n.example/feed"}}},
      {"import",
       {{"import", shop.write("d.json", R"({"tenants":[{"slug":"asha"}]})")},
        {"import", "--dry-run", shop.path("d.json")},
        {"import", "contacts", shop.path("sheet.csv"), "--tenant", "asha", "--skip-bad"},
        {"import", "contacts", shop.path("sheet.csv"), "--tenant", "asha", "--skip-bad", "--dry-run"}}}};
  shop.json({"items", "list"});
  test::change(*std::make_unique<db::Sqlite>(shop.path("m.db"), db::SqliteOptions{}),
               "INSERT INTO ledger (stage, key, tenant_id, state, due_at, reason, created_at, finished_at) "
               "VALUES ('deliver', 'message:m9', 't1', 'discarded', 0, 'feed.gone', 0, 1)");

  CLI::App app("milkrun");
  cli::Arguments out;
  cli::Store store;
  const Job* jobs[] = {&letters()};
  cli::describe(app, out, store, jobs);
  std::vector<std::string> commands;
  collect_commands(app, "", commands);
  CHECK(commands.size() >= samples.size());
  for (std::string command : commands) {
    CAPTURE(command);
    if (command == "deliver") command = "JOB";
    if (command.starts_with("import ")) command = "import";
    REQUIRE(rows.contains(command));
    REQUIRE(samples.contains(command));
  }
  CHECK(rows.size() == samples.size());
  for (const auto& [command, lines] : samples)
    for (const Words& words : lines) {
      CAPTURE(words.front());
      CAPTURE(words.back());
      nlohmann::json json = shop.json(words);
      json.erase("schema_version");
      std::set<std::string> keys;
      collect(json, keys);
      CHECK_FALSE(keys.empty());
      for (const std::string& key : keys) CHECK_MESSAGE(rows.at(command).contains(key), key);
    }
}
