// Is the judge awake? Each promise is broken once by hand; he has to notice just that.
#include "e2e/database.hpp"
#include "e2e/kill_bench.hpp"
#include "e2e/kill_campaign.hpp"

#include <ostream>

#include <doctest/doctest.h>
#include <filesystem>

using namespace milkrun::e2e;
using nlohmann::json;

namespace {

struct Tampering {
  const char* promise; // part of what the judge must say
  const char* sql;
  void (*with)(Evidence&);
};

void repeat_post(Evidence& e) { e.effects["posts"]["asha"].push_back(e.effects["posts"]["asha"][0]); }
void move_post(Evidence& e) {
  e.effects["posts"]["bolt"].push_back(e.effects["posts"]["asha"][0]);
  e.effects["posts"]["asha"].erase(0);
}
void lose_post(Evidence& e) { e.effects["posts"]["chai"].clear(); }
void repeat_callback(Evidence& e) { e.effects["callbacks"]["p1"].push_back(e.effects["callbacks"]["p1"][0]); }
void lose_callback(Evidence& e) { e.effects["callbacks"]["p1"].erase(0); }
void count_again(Evidence& e) { e.state["portals"]["p1"]["tenants"][0]["posts_used_month"] = 9; }
void new_item(Evidence& e) { e.state["feeds"]["chai"]["items"].push_back({{"link", "https://news.example/unseen"}}); }
json& call(Evidence& e, const std::string& route) {
  for (json& entry : e.journal)
    if (entry["route"] == route) return entry;
  throw std::runtime_error("no call of " + route);
}
void swap_password(Evidence& e) {
  call(e, "site:asha:create")["credential"] = call(e, "site:bolt:create")["credential"];
}
void send_again(Evidence& e) { e.journal.push_back(call(e, "site:asha:create")); }
void nothing(Evidence&) {}

Complaints said_of(const Evidence& e) { return publishing().judge(e); }

constexpr Tampering tamperings[] = {
    {"and 2 posts on the sites", "", repeat_post},
    {"is a post of bolt", "", move_post},
    {"and 0 posts on the sites", "", lose_post},
    {"was taken in 2 times", "", repeat_callback},
    {"never reached the portal", "", lose_callback},
    {"the portal counts 9 posts", "", count_again},
    {"was lost: it was never read", "", new_item},
    {"was shown the credential of another", "", swap_password},
    {"3 requests to create a post at asha, 2 marks", "", send_again},
    {"a turn has no attempt, or one too many", "DELETE FROM attempts WHERE stage = 'poll-feed'", nothing},
    {"a turn has no attempt, or one too many", "UPDATE attempts SET key = key || 'x' WHERE stage = 'write-article'",
     nothing},
    {"marks of them", "UPDATE attempts SET armed_at = NULL", nothing},
    {"posts used are not posts published", "UPDATE usage SET used = used + 1 WHERE meter = 'posts'", nothing},
    {"something is still reserved", "UPDATE usage SET reserved = 1 WHERE meter = 'posts'", nothing},
    {"an item is open", "UPDATE ledger SET state = 'due', finished_at = NULL WHERE stage = 'report-run'", nothing},
    {"an item ended without being poison",
     "UPDATE ledger SET state = 'discarded', reason = 'x' WHERE stage = 'write-article'", nothing},
    {"a run is open", "UPDATE runs SET ended_at = NULL", nothing},
    {"has not one callback", "DELETE FROM callbacks", nothing},
    {"the database says 77", "UPDATE articles SET post_id = 77", nothing},
    {"a row points nowhere", "PRAGMA foreign_keys = OFF; DELETE FROM feeds", nothing},
};

} // namespace

TEST_CASE("the judge has nothing to say of a good run, and notices each promise that is broken") {
  const Bench bench;
  bench.fresh();
  REQUIRE(sentences(bench.bring_home()) == "");
  const Evidence good = bench.evidence();
  REQUIRE(sentences(said_of(good)) == "");
  const DatabaseFile db(bench.database());
  const std::string kept = bench.database() + ".kept";
  db.change("VACUUM INTO '" + kept + "'");
  for (const Tampering& t : tamperings) {
    CAPTURE(t.promise);
    Evidence evidence = good;
    t.with(evidence);
    evidence.database = bench.database() + ".bad";
    DatabaseFile(kept).change("VACUUM INTO '" + evidence.database + "'");
    DatabaseFile(evidence.database).change(t.sql);
    const std::string said = sentences(said_of(evidence));
    CHECK_MESSAGE(said.find(t.promise) != std::string::npos, said);
    std::filesystem::remove(evidence.database);
  }
}
