// Thousands of messages in flight when the run is killed, several times over, and a crowd that freezes. Nothing tells
// afterwards whether a message arrived: exactly those that were marked are held, all others are sent, none twice.
#include "e2e/child.hpp"
#include "e2e/database.hpp"
#include "e2e/fixture.hpp"
#include "e2e/marked.hpp"
#include "sandbox/process.hpp"
#include "support/temp_dir.hpp"

#include <ostream>

#include <csignal>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <set>

using namespace milkrun::e2e;

namespace {

constexpr int tenants = 30;
constexpr const char* config = "database = \"{}\"\nkey_file = \"{}\"\n[run]\nlease = \"3s\"\nidle_wait = \"0s\"\n"
                               "[timeouts]\nwhatsapp = \"20s\"\n"
                               "[[network.allow]]\ncidr = \"127.0.0.0/8\"\ntenant = \"*\"\nservice = \"*\"\n";

using Texts = std::set<std::string>;

// Thirty tenants, each with an account of its own at one gateway that takes half a second for an answer.
class Crowd {
public:
  explicit Crowd(int messages) : db_(dir_.file("m.db")) {
    std::signal(SIGPIPE, SIG_IGN);
    Json state{{"whatsapp", Json::object()}}, document{{"tenants", Json::array()}};
    for (int i = 0; i < tenants; ++i) {
      const std::string name = fmt::format("t{:02}", i);
      state["whatsapp"][name] = {{"kind", "gateway"}, {"token", secret(name)}, {"session", name}};
      document["tenants"].push_back({{"slug", name},
                                     {"name", name},
                                     {"timezone", noon_zone()},
                                     {"sender_interval", "0s"},
                                     {"credentials",
                                      {{{"service", "whatsapp"},
                                        {"base_url", sandbox_.http()},
                                        {"account", name},
                                        {"secret", secret(name)},
                                        {"settings", {{"adapter", "gateway"}}}}}}});
    }
    sandbox_.control("PUT", "state", state.dump());
    // Half of them are delivered before the half second, half of them after it.
    sandbox_.control("POST", "faults",
                     R"([{"route": "whatsapp", "kind": "delay_after", "ms": 500, "times": -1, "contains": "even"},
                         {"route": "whatsapp", "kind": "delay_before", "ms": 500, "times": -1}])");
    std::ofstream(dir_.file("milkrun.toml")) << fmt::format(fmt::runtime(config), dir_.file("m.db"), dir_.file("key"));
    std::ofstream(dir_.file("import.json")) << document.dump();
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"init"}, {"import", dir_.file("import.json")}}) {
      const Finished done = start(words).wait();
      REQUIRE_MESSAGE(done.code == 0, done.err);
    }
    fill(messages / tenants);
  }

  Child start(const std::vector<std::string>& words, const Environment& extra = {}) const {
    std::vector<std::string> argv{MILKRUN_BINARY, "--config", dir_.file("milkrun.toml")};
    argv.insert(argv.end(), words.begin(), words.end());
    return {argv, extra};
  }
  Child deliver(const Environment& extra = {}) const {
    return start({"deliver", "--json", "--in-flight", "3000"}, extra);
  }

  const DatabaseFile& db() const { return db_; }
  std::int64_t count(const std::string& where) const {
    return db_.number("SELECT count(*) FROM ledger WHERE " + where);
  }
  // The texts of the messages whose row is so.
  Texts texts(const std::string& where) const {
    Texts out;
    for (const Row& row :
         db_.query("SELECT m.text FROM ledger l JOIN messages m ON l.key = 'message:' || m.id WHERE " + where))
      out.insert(row.at("text"));
    return out;
  }
  // What the gateway delivered, and how often.
  std::map<std::string, int> delivered() const {
    std::map<std::string, int> out;
    const Json effects = Json::parse(sandbox_.control("GET", "effects"));
    for (const Json& one : effects["messages"]) ++out[one["text"]];
    return out;
  }
  std::size_t requests() const { return Json::parse(sandbox_.control("GET", "journal")).size(); }

private:
  void fill(int each) const {
    db_.change(fmt::format(R"(
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {0})
        INSERT INTO contacts (id, tenant_id, phone, consent)
          SELECT 'c' || t.slug || n.i, t.id, printf('+4915%s%06d', substr(t.slug, 2), n.i), 1 FROM tenants t, n WHERE t.slug LIKE 't__';
      INSERT INTO messages (id, tenant_id, origin, contact_id, class, text, created_at, expires_at, state)
        SELECT 'm' || c.id, c.tenant_id, 'test:' || c.id, c.id, 'transactional',
               c.id || CASE WHEN c.rowid % 2 THEN ' odd' ELSE ' even' END, 0, 1000 * unixepoch() + 86400000, 'queued' FROM contacts c;
      INSERT INTO ledger (stage, key, tenant_id, state, due_at, created_at)
        SELECT 'deliver', 'message:' || m.id, m.tenant_id, 'due', 0, 0 FROM messages m)",
                           each));
  }

  milkrun::test::TempDir dir_;
  milkrun::sandbox::SandboxProcess sandbox_;
  DatabaseFile db_;
};

void add(Texts& to, const Texts& more) { to.insert(more.begin(), more.end()); }

// Runs until nothing is due.
void bring_home(const Crowd& crowd) {
  for (int run = 0; run < 5 && crowd.count("state IN ('due', 'running')") > 0; ++run) {
    const Finished end = crowd.deliver().wait();
    REQUIRE_MESSAGE(end.code == 0, end.err);
    crowd.db().change("UPDATE ledger SET due_at = 0, place_at = NULL WHERE state = 'due'; DELETE FROM paces");
  }
  CHECK(crowd.count("state IN ('due', 'running', 'uncertain', 'discarded', 'cancelled')") == 0);
}

void judge(const Crowd& crowd, int messages) {
  const Texts sent = crowd.texts("l.state = 'done' AND m.state = 'sent'"),
              held = crowd.texts("l.state = 'held' AND m.state = 'held'");
  CHECK(sent.size() + held.size() == static_cast<std::size_t>(messages)); // none lost
  const auto delivered = crowd.delivered();
  std::size_t twice = 0, unknown = 0, missing = 0;
  for (const auto& [text, times] : delivered) {
    twice += times > 1 ? 1 : 0;
    unknown += sent.contains(text) || held.contains(text) ? 0 : 1;
  }
  for (const std::string& text : sent) missing += delivered.contains(text) ? 0 : 1;
  CHECK(twice == 0);
  CHECK(unknown == 0);
  CHECK(missing == 0);
  CHECK(crowd.requests() >= delivered.size());
  CHECK(crowd.db().number("SELECT coalesce(sum(used), 0) FROM usage WHERE meter = 'messages'") ==
        static_cast<std::int64_t>(sent.size()));
  CHECK(crowd.db().query("SELECT id FROM runs WHERE ended_at IS NULL").empty());
  CHECK(crowd.db().query("PRAGMA integrity_check").at(0).begin()->second == "ok");
}

} // namespace

TEST_CASE("killed with thousands in flight, three times: nothing is doubled, and just what was marked is held") {
  constexpr int messages = 6'000;
  const Crowd crowd(messages);
  struct Kill {
    int in_flight, answered; // at least, of that run
  };
  Texts marked;
  for (const Kill& kill : {Kill{2'500, 0}, Kill{200, 100}, Kill{200, 0}}) {
    const std::int64_t done = crowd.count("state = 'done'");
    Child run = crowd.deliver();
    const bool there = eventually([&] {
      return crowd.count("state = 'running'") >= kill.in_flight &&
             crowd.count("state = 'done'") >= done + kill.answered;
    });
    run.signal(SIGKILL);
    const Finished end = run.wait();
    REQUIRE_MESSAGE(there, "so many were never in flight: ", end.err);
    REQUIRE(end.signal == SIGKILL);
    CHECK(crowd.count("state = 'running'") >= kill.in_flight / 2);
    add(marked, crowd.texts("l.state = 'running' AND l.armed_at IS NOT NULL"));
    // Whatever the gateway has, it was marked before.
    Texts known = crowd.texts("l.state = 'done'");
    add(known, marked);
    for (const auto& [text, times] : crowd.delivered())
      if (!known.contains(text)) FAIL_CHECK(text, " was delivered and never marked");
  }
  bring_home(crowd);
  CHECK(crowd.texts("l.state = 'held'") == marked);
  judge(crowd, messages);
}

TEST_CASE("a crowd in flight freezes past the lease: another run takes over, and what wakes up doubles nothing") {
  constexpr int messages = 2'400;
  const Crowd crowd(messages);
  // When so many answers have let as many more leave; outside of the desk's transaction, because whoever is stopped
  // inside keeps the database locked.
  Child frozen = crowd.deliver({{"MILKRUN_TEST_STOP", "settle.after:900"}});
  REQUIRE(eventually([&] { return frozen.stopped(); }));
  const std::int64_t in_flight = crowd.count("state = 'running'");
  CHECK(in_flight > 500);
  CHECK(eventually([&] {
    const Finished end = crowd.deliver().wait();
    return end.code == 0 && crowd.count("state IN ('due', 'running')") == 0;
  }));
  CHECK(crowd.count("state = 'held'") == in_flight);
  frozen.signal(SIGCONT);
  CHECK(frozen.wait().code == 75);
  CHECK(crowd.count("state = 'held'") < in_flight); // answers that came after all
  bring_home(crowd);
  judge(crowd, messages);
}
