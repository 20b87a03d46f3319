// No statement of the product reads a growing table as a whole: SQLite is asked for its plan of every one of them. What
// may is listed by name, with what bounds it.
#include "sql/all_statements.hpp"
#include "sql/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sqlite3.h>

using namespace milkrun;

namespace {

// Tables that grow with the work done, or with a tenant's people: a million rows are expected.
const std::set<std::string, std::less<>> growing{"ledger",      "attempts",  "runs",          "run_counts",
                                                 "usage",       "messages",  "rewards",       "task_completions",
                                                 "watches",     "feeds",     "articles",      "feed_items",
                                                 "callbacks",   "contacts",  "invoices",      "suppressions",
                                                 "enrollments", "reminders", "operator_acts", "parks",
                                                 "paces",       "told",      "credentials"};

// Columns that tell few rows apart: a search by these alone reads most of the table, or all that a tenant ever had.
const std::set<std::string, std::less<>> coarse{"tenant_id", "stage",     "state", "active",      "kind",    "status",
                                                "channel",   "portal_id", "scope", "campaign_id", "task_id", "rule_id"};

struct Exception {
  const char* bound; // how many rows it reads at most
  const char* why;
};
// By the statement's name.
const std::map<std::string, Exception, std::less<>> allowed{
#include "conformance/query_plan_exceptions.inc"
};

std::vector<std::string> plan_of(sqlite3* db, const db::Statement& statement) {
  const std::string text = "EXPLAIN QUERY PLAN " + std::string(statement.sql);
  sqlite3_stmt* prepared = nullptr;
  const int rc = sqlite3_prepare_v2(db, text.c_str(), -1, &prepared, nullptr);
  REQUIRE_MESSAGE(rc == SQLITE_OK, sqlite3_errmsg(db));
  std::vector<std::string> out;
  while (sqlite3_step(prepared) == SQLITE_ROW)
    out.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(prepared, 3)));
  sqlite3_finalize(prepared);
  return out;
}

// The words of a line.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    if (end > at) out.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// Tables by the names a statement gives them: "FROM ledger l" -> l, "JOIN tenants AS t" -> t, "INTO runs" -> runs.
using Names = std::map<std::string, std::set<std::string>>;
Names names_in(const db::Statement& statement) {
  static const std::set<std::string> no_name{"ON",     "WHERE", "SET",   "JOIN",  "LEFT",  "INNER",
                                             "CROSS",  "ORDER", "GROUP", "LIMIT", "USING", "UNION",
                                             "VALUES", "AS",    "(",     ")",     "SELECT"};
  std::string text;
  bool comment = false;
  for (std::size_t i = 0; i < statement.sql.size(); ++i) {
    const char c = statement.sql[i];
    if (statement.sql.substr(i, 2) == "--") comment = true;
    if (c == '\n') comment = false;
    if (comment) continue;
    if (c == '(' || c == ')' || c == ',')
      text += {' ', c, ' '};
    else
      text += c == '\n' ? ' ' : c;
  }
  const std::vector<std::string> words = words_of(text);
  Names out;
  for (const std::string& table : growing) out[table].insert(table);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] != "FROM" && words[i] != "JOIN" && words[i] != "UPDATE" && words[i] != "INTO" && words[i] != ",")
      continue;
    std::size_t alias = i + 2;
    if (alias < words.size() && words[alias] == "AS") ++alias;
    if (alias < words.size() && !no_name.contains(words[alias])) out[words[alias]].insert(words[i + 1]);
  }
  return out;
}

// The columns of "(stage=? AND due_at<?)".
std::vector<std::string> searched_by(const std::string& line) {
  std::vector<std::string> out;
  const std::size_t open = line.rfind('(');
  if (open == std::string::npos) return out;
  for (const std::string& word : words_of(line.substr(open + 1, line.rfind(')') - open - 1)))
    if (word != "AND") out.push_back(word.substr(0, word.find_first_of("=<>")));
  return out;
}

// What is wrong with a line of a plan; "" when nothing is.
std::string complaint(const std::string& line, const Names& names) {
  const std::vector<std::string> words = words_of(line);
  if (words.size() < 2 || (words[0] != "SCAN" && words[0] != "SEARCH")) return {};
  const auto named = names.find(words[1]);
  if (named == names.end()) return {};
  const auto table = std::ranges::find_if(named->second, [](const std::string& t) { return growing.contains(t); });
  if (table == named->second.end()) return {};
  if (words[0] == "SCAN") return fmt::format("reads all of {}: {}", *table, line);
  const std::vector<std::string> by = searched_by(line);
  for (const std::string& column : by)
    if (!coarse.contains(column)) return {};
  return fmt::format("reads most of {}: {}", *table, line);
}

std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database_with_schema() {
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(":memory:", &raw) == SQLITE_OK);
  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> db(raw, &sqlite3_close);
  REQUIRE(sqlite3_exec(raw, std::string(sql::schema).c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  return db;
}

std::vector<std::string> complaints(sqlite3* db, const db::Statement& statement) {
  std::vector<std::string> out;
  const auto names = names_in(statement);
  for (const std::string& line : plan_of(db, statement))
    if (std::string what = complaint(line, names); !what.empty()) out.push_back(std::move(what));
  return out;
}

} // namespace

TEST_CASE("every statement finds its rows in growing tables by an index that tells them apart") {
  const auto db = database_with_schema();
  std::set<std::string, std::less<>> used;
  for (const db::Statement* statement : test::all_statements()) {
    const std::vector<std::string> wrong = complaints(db.get(), *statement);
    if (wrong.empty()) continue;
    if (allowed.contains(statement->name)) {
      used.emplace(statement->name);
      continue;
    }
    for (const std::string& what : wrong) FAIL_CHECK(statement->name << " " << what);
  }
  for (const auto& [name, exception] : allowed) {
    CAPTURE(name);
    CHECK_MESSAGE(used.contains(name), "it needs no exception (any more)");
    CHECK(*exception.bound != '\0');
    CHECK(*exception.why != '\0');
  }
}

TEST_CASE("a statement that reads all of a growing table, or most of it, is noticed") {
  const auto db = database_with_schema();
  for (const char* bad :
       {"SELECT count(*) FROM ledger l WHERE l.detail = $x", "SELECT key FROM ledger WHERE stage = $s AND detail = $x",
        "UPDATE messages SET reason = 'x' WHERE text = $t", "DELETE FROM usage WHERE meter = $m",
        "SELECT id FROM enrollments WHERE tenant_id = $t AND campaign_id = $c AND contact_id = $k",
        "SELECT 1 FROM tenants t JOIN contacts AS c ON c.name = t.name WHERE t.id = $id"}) {
    CAPTURE(bad);
    CHECK_FALSE(complaints(db.get(), {"bad", bad}).empty());
  }
  for (const char* good :
       {"SELECT detail FROM ledger WHERE stage = $s AND key = $k", "SELECT id FROM plans",
        "SELECT id FROM runs WHERE number = $n",
        "SELECT key FROM ledger WHERE stage = $s AND state IN ('due', 'uncertain') AND due_at <= $now"}) {
    CAPTURE(good);
    CHECK(complaints(db.get(), {"good", good}).empty());
  }
}

namespace {

const db::Statement& named(std::string_view name) {
  for (const db::Statement* statement : test::all_statements())
    if (statement->name == name) return *statement;
  throw std::logic_error(fmt::format("no statement {}", name));
}

// What SQLite does for it, in steps of its machine: a plan by the right index may still read all that it leads to.
std::int64_t steps_of(sqlite3* db, std::string_view name, const std::map<std::string, std::string>& values) {
  const std::string text(named(name).sql);
  sqlite3_stmt* prepared = nullptr;
  REQUIRE_MESSAGE(sqlite3_prepare_v2(db, text.c_str(), -1, &prepared, nullptr) == SQLITE_OK, sqlite3_errmsg(db));
  for (const auto& [param, value] : values)
    sqlite3_bind_text(prepared, sqlite3_bind_parameter_index(prepared, ("$" + param).c_str()), value.c_str(), -1,
                      SQLITE_TRANSIENT);
  int rows = 0;
  while (sqlite3_step(prepared) == SQLITE_ROW) ++rows;
  CHECK(rows == 1);
  const std::int64_t steps = sqlite3_stmt_status(prepared, SQLITE_STMTSTATUS_VM_STEP, 0);
  sqlite3_finalize(prepared);
  return steps;
}

} // namespace

TEST_CASE("a contact who was reminded a thousand times costs no more than one who was a hundred times") {
  const auto steps = [](int told) {
    const auto db = database_with_schema();
    const std::string script = fmt::format(
        "INSERT INTO tenants (id, slug, name, created_at) VALUES ('t', 't', 'T', 0);"
        "INSERT INTO contacts (id, tenant_id, phone) VALUES ('c', 't', '+491');"
        "INSERT INTO invoices (id, tenant_id, contact_id, number, currency, exponent, amount_minor, due_on, created_at)"
        " VALUES ('i', 't', 'c', 'N', 'EUR', 2, 900, '2026-11-21', 0);"
        "INSERT INTO reminder_rules (id, tenant_id, slug, offset_days, active_since) VALUES ('u', 't', 'u', 0, 0);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) INSERT INTO messages (id, "
        "tenant_id, origin, contact_id, class, text, created_at, expires_at, state, sent_at) SELECT 'm' || i, 't', "
        "'reminder:' || i || ':0', 'c', 'transactional', 'Hi', i, i, 'sent', i FROM n;"
        "INSERT INTO messages (id, tenant_id, origin, contact_id, class, text, created_at, expires_at, state) VALUES "
        "('new', 't', 'reminder:new:0', 'c', 'transactional', 'Hi', {0} + 1, {0} + 1, 'queued');"
        "INSERT INTO ledger (stage, key, tenant_id, state, due_at, created_at) VALUES "
        "('deliver', 'message:new', 't', 'due', 0, 0);"
        "INSERT INTO reminders (id, tenant_id, invoice_id, rule_id, contact_id, currency, due_at, state, message_id) "
        "VALUES ('r', 't', 'i', 'u', 'c', 'EUR', 0, 'told', 'new');",
        told);
    REQUIRE_MESSAGE(sqlite3_exec(db.get(), script.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK,
                    sqlite3_errmsg(db.get()));
    return std::vector<std::int64_t>{
        steps_of(db.get(), "send_reminders_plan_reminder.load", {{"id", "r"}}),
        steps_of(db.get(), "deliver.load", {{"id", "new"}}),
        steps_of(db.get(), "send_reminders_call_off.waiting", {{"contact", "c"}, {"currency", "EUR"}})};
  };
  CHECK(steps(1'000) == steps(100));
}

TEST_CASE("whether a contact walks through a drip costs the same where a thousand do as where a hundred do") {
  const auto steps = [](int walkers) {
    const auto db = database_with_schema();
    const std::string script = fmt::format(
        "INSERT INTO tenants (id, slug, name, created_at) VALUES ('t', 't', 'T', 0);"
        "INSERT INTO campaigns (id, tenant_id, slug, kind, window_start, window_end) VALUES ('g', 't', 'g', 'drip', "
        "'00:00', '00:00');"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) INSERT INTO contacts (id, "
        "tenant_id, phone) SELECT 'c' || i, 't', '+49' || i FROM n;"
        "INSERT INTO enrollments (id, tenant_id, campaign_id, contact_id, state, started_at, previous_at) SELECT "
        "'e' || id, 't', 'g', id, 'active', 0, 0 FROM contacts;",
        walkers);
    REQUIRE_MESSAGE(sqlite3_exec(db.get(), script.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK,
                    sqlite3_errmsg(db.get()));
    const std::map<std::string, std::string> who{{"tenant", "t"}, {"campaign", "g"}, {"contact", "c7"}};
    return std::vector<std::int64_t>{steps_of(db.get(), "enroll.last_walk", who),
                                     steps_of(db.get(), "enroll.inside", who)};
  };
  CHECK(steps(1'000) == steps(100));
}
