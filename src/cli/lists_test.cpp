// Every list and every look at one thing: what it shows, that it says when it was cut, that it fits its line, and that
// strangers' text steers nothing.
#include "base/text.hpp"
#include "cli/table.hpp"
#include "cli/test_program.hpp"
#include "db/sqlite.hpp"
#include "support/rows.hpp"

#include <nlohmann/json.hpp>

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
      put("INSERT INTO tenants (id, slug, name, problem, created_at) VALUES ('t1', 'asha', $nasty, $nasty, 0)");
      put("INSERT INTO tenants (id, slug, name, created_at) VALUES ('t2', 'bolt', 'Bolt', 0)");
      put("INSERT INTO feeds (id, tenant_id, url, last_error, polled_at) "
          "VALUES ('f1', 't1', 'https://n.example/feed', $nasty, 1000)");
      put("INSERT INTO feeds (id, tenant_id, url, active, stop_reason) "
          "VALUES ('f2', 't2', 'https://n.example/feed', 0, 'gone')");
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
      put("INSERT INTO ledger (stage, key, tenant_id, state, due_at, reason, detail, created_at, uncertain_turn, host) "
          "VALUES ('deliver', 'message:m1', 't1', 'held', 0, 'no.such.code', $nasty, 0, 1, 'gate.example')");
      put("INSERT INTO attempts (stage, key, turn, tenant_id, run_id, kind, begun_at, finished_at, outcome, reason, "
          "detail, http_status, host) "
          "VALUES ('deliver', 'message:m1', 1, 't1', 'r1', 'work', 0, 1, 'uncertain', '', $nasty, 502, "
          "'gate.example')");
      put("INSERT INTO runs (id, number, job, host, pid, started_at, heartbeat_at, ended_at, exit_code, ended_by) "
          "VALUES ('r1', 1, 'deliver', $nasty, 7, 0, 0, 1, 0, 'finished')");
      put("INSERT INTO run_counts (run_id, tenant_id, stage, outcome, reason, args, items, sample) "
          "VALUES ('r1', 't1', 'deliver', 'held', 'no.such.code', '[]', 1, $nasty)");
      put("INSERT INTO run_counts (run_id, tenant_id, stage, outcome, reason, args, items, sample) "
          "VALUES ('r1', 't2', 'deliver', 'done', '', '[]', 3, '')");
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
    {"runs", "list"},         {"runs", "show", "1"},
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
  shows({"feeds", "list"}, {"f1", "https://n.example/feed", "1970-01-01T00:00:01Z", "stopped: gone"});
  shows({"feeds", "items", "f1"}, {"candidate", "passed over", "the quota is used up", "1970-01-01T00:00:05Z"});
  shows({"messages", "list"}, {"m1", "+4915100000001", "held"});
  shows({"claims", "show", "d1"}, {"spring", "like", "+4915100000001", "manual"});
  shows({"items", "list"}, {"deliver/message:m1", "asha", "no.such.code"});
  shows({"items", "show", "deliver/message:m1"}, {"+4915100000001", "gate.example", "502", "uncertain"});
  shows({"runs", "show", "1"}, {"asha", "bolt", "no.such.code"});
  CHECK(shop.said({"runs", "show", "1", "--tenant", "bolt"}).find("no.such.code") == std::string::npos);
  CHECK(shop.json({"items", "show", "m1"})["about"]["phone"] == "+4915100000001");
  CHECK(shop.json({"items", "show", "m1"})["tries"][0]["http_status"] == 502);
}

TEST_CASE("filters choose, and what is not there is a mistake that names the list") {
  Shop shop;
  CHECK(shop.json({"messages", "list", "--phone", "+4915100000001"})["messages"].size() == 1);
  CHECK(shop.json({"messages", "list", "--phone", "+1"})["messages"].empty());
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
