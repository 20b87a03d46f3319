// send-reminders and advance-drips, killed between every pair of commits: each reminder and each step becomes exactly
// one message, and each message goes out once or waits for an operator.
#include "e2e/database.hpp"
#include "e2e/fixture.hpp"
#include "e2e/kill_campaign.hpp"
#include "e2e/marked.hpp"

#include <ostream>

#include <algorithm>
#include <ctime>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace milkrun::e2e;

namespace {

// Ana owes two invoices, Ben one; all three walk through a drip of two steps.
constexpr int reminders = 3, letters_of_reminders = 2, letters_of_steps = 6;

std::string today_at_noon() { // in noon_zone()
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  const std::time_t there = now + (12 - utc.tm_hour) * 3600;
  gmtime_r(&there, &utc);
  char text[16];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &utc)};
}

Json invoice(const char* number, const char* phone) {
  return {{"number", number},
          {"contact", phone},
          {"currency", "EUR"},
          {"due_on", today_at_noon()},
          {"amount_minor", 11'900}};
}

Json document_of(const std::string& base) {
  const char *ana = "+4915100000001", *ben = "+4915100000002", *cleo = "+4915100000003";
  Json contacts = Json::array(), walks = Json::array();
  for (const char* phone : {ana, ben, cleo}) {
    contacts.push_back({{"phone", phone}, {"name", std::string("N") + (phone + 13)}, {"consent", true}});
    walks.push_back({{"campaign", "welcome"}, {"contact", phone}});
  }
  const Json now{{"value", 0}, {"unit", "minutes"}};
  return {{"tenants",
           {{{"slug", "gym"},
             {"name", "Gym"},
             {"timezone", noon_zone()},
             {"language", "en"},
             {"sender_interval", "0s"},
             {"marketing_per_day", nullptr},
             {"credentials",
              {{{"service", "whatsapp"},
                {"base_url", base},
                {"account", "gym"},
                {"secret", secret("gym-wa")},
                {"settings", {{"adapter", "gateway"}}}}}},
             {"contacts", contacts},
             {"reminder_rules",
              {{{"slug", "due"}, {"offset_days", 0}, {"at", "10:00"}, {"text", {{"en", "Due: {invoice_lines}"}}}}}},
             {"invoices", {invoice("N-1", ana), invoice("N-2", ana), invoice("N-3", ben)}},
             {"campaigns",
              {{{"slug", "welcome"},
                {"name", "Welcome"},
                {"kind", "drip"},
                {"steps",
                 {{{"slug", "hello"}, {"delay", now}, {"text", {{"en", "Hello {name}"}}}, {"subject", "Hello"}},
                  {{"slug", "more"}, {"delay", now}, {"text", {{"en", "More for {name}"}}}, {"subject", "More"}}}}}}},
             {"enrollments", walks}}}}};
}

// The requests that were taken in, and the marks on the disk.
void judge_marks(const Evidence& e, Complaints& out) {
  const auto marks = DatabaseFile(e.database)
                         .number("SELECT (SELECT count(*) FROM attempts WHERE stage = 'deliver' AND armed_at IS NOT "
                                 "NULL) + (SELECT count(*) FROM ledger WHERE stage = 'deliver' AND state = 'running' "
                                 "AND armed_at IS NOT NULL)");
  if (static_cast<std::int64_t>(e.effects["messages"].size()) > marks)
    out.push_back(fmt::format("{} messages were delivered, {} are marked", e.effects["messages"].size(), marks));
}

void judge_messages(const Evidence& e, const DatabaseFile& db, int expected, Complaints& out) {
  const auto rows =
      db.query("SELECT m.text, m.state, m.reason, c.phone FROM messages m JOIN contacts c ON c.id = m.contact_id");
  if (static_cast<int>(rows.size()) != expected)
    out.push_back(fmt::format("{} messages, not {}", rows.size(), expected));
  std::size_t delivered = 0;
  for (const Row& row : rows) {
    const auto times = std::ranges::count_if(e.effects["messages"], [&](const Json& one) {
      return one["text"] == row.at("text") && "+" + one["to"].get<std::string>() == row.at("phone");
    });
    delivered += static_cast<std::size_t>(times);
    const bool held = row.at("state") == "held" && row.at("reason") == "run.died_after_sending";
    if ((row.at("state") != "sent" || times != 1) && (!held || times > 1))
      out.push_back(fmt::format("\"{}\" to {} is {} ({}) and was delivered {} times", row.at("text"), row.at("phone"),
                                row.at("state"), row.at("reason"), times));
  }
  if (delivered != e.effects["messages"].size()) out.emplace_back("something was delivered that no message says");
  if (!e.effects["doubles"].empty()) out.push_back("delivered twice: " + e.effects["doubles"].dump());
  if (db.number("SELECT count(*) FROM ledger WHERE state = 'held'") >
      db.number("SELECT count(*) FROM attempts WHERE outcome = 'lost' AND armed_at IS NOT NULL"))
    out.emplace_back("more is held than runs died of sending");
}

void none(const DatabaseFile& db, const std::string& promise, const std::string& sql, Complaints& out) {
  for (const Row& row : db.query(sql)) out.push_back(promise + ": " + row.begin()->second);
}

Complaints judge_letters(const Evidence& e, bool drips) {
  Complaints out;
  const DatabaseFile db(e.database);
  judge_marks(e, out);
  judge_messages(e, db, drips ? letters_of_steps : letters_of_reminders, out);
  if (drips) {
    none(db, "a walk is not over", "SELECT id FROM enrollments WHERE state <> 'completed'", out);
    none(db, "a step has not one message",
         "SELECT e.id || ' ' || s.slug AS step FROM enrollments e JOIN steps s ON s.campaign_id = e.campaign_id WHERE "
         "(SELECT "
         "count(*) FROM messages m WHERE m.origin = 'enrollment:' || e.id || ':' || s.id) <> 1",
         out);
  } else {
    none(db, "a reminder was not told", "SELECT id || ' ' || state FROM reminders WHERE state <> 'told'", out);
    if (db.number("SELECT count(*) FROM reminders") != reminders) out.emplace_back("an invoice has not one reminder");
    for (const char* number : {"N-1", "N-2", "N-3"})
      if (db.number(fmt::format("SELECT count(*) FROM messages WHERE text LIKE '%{}%'", number)) != 1)
        out.push_back(fmt::format("{} is not told of once", number));
  }
  none(db, "an item is open", "SELECT stage || ' ' || key FROM ledger WHERE state IN ('due', 'running', 'uncertain')",
       out);
  // A reminder that goes with another one's message has no more to plan.
  none(db, "an item was given up",
       "SELECT l.stage || ' ' || l.key FROM ledger l WHERE l.state IN ('discarded', 'cancelled') AND NOT (l.stage = "
       "'plan-reminder' AND EXISTS (SELECT 1 FROM reminders r WHERE l.key LIKE 'reminder:' || r.id || ':%' AND r.state "
       "= 'told'))",
       out);
  none(db, "a run is open", "SELECT id FROM runs WHERE ended_at IS NULL", out);
  none(db, "the file is broken", "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
       out);
  return out;
}

Plot letters(bool drips) {
  return {.jobs = {drips ? "advance-drips" : "send-reminders"},
          .state = {{"whatsapp", {{"gym", {{"kind", "gateway"}, {"token", secret("gym-wa")}, {"session", "gym"}}}}}},
          .document = document_of,
          // As if rule and invoices had been there yesterday: what lies before them is not told.
          .afterwards = "UPDATE reminder_rules SET active_since = 0; UPDATE invoices SET created_at = 0",
          .judge = [drips](const Evidence& e) { return judge_letters(e, drips); },
          .judge_death =
              [](const Evidence& e) {
                Complaints out;
                judge_marks(e, out);
                return out;
              },
          .idle_wait = "0s"};
}

void killed_between_commits(bool drips) {
  const Benches all = benches_of(letters(drips));
  const Bench& first = *all.front();
  first.fresh();
  const std::vector<std::string> passed = first.trace();
  CHECK(sentences(first.bring_home()) == "");
  CHECK(sentences(first.judged()) == "");
  std::vector<Trial> trials;
  for (const char* point : {"db.before_commit", "db.after_commit"})
    for (int n = 1; n <= std::ranges::count(passed, point); ++n)
      trials.push_back(killed_at({fmt::format("{}:{}", point, n)}));
  CHECK(trials.size() > 10); // or it is no whole run
  for (const char* point :
       {"arm.after", "http.before_send", "http.in_flight:2", "http.after_answer", "settle.before:2"})
    for (const char* then : {"rescue.before", "rescue.after", "turn.after", "arm.after", "run.before_report"})
      // With both letters on their way there is none left to mark.
      if (!std::string_view(point).ends_with(":2") || std::string_view(then) != "arm.after")
        trials.push_back(killed_at({point, then}));
  must_hold(all, trials);
}

} // namespace

TEST_CASE("send-reminders killed between any two commits: each reminder is told once") {
  killed_between_commits(false);
}

TEST_CASE("advance-drips killed between any two commits: each step is sent once, and the walk ends") {
  killed_between_commits(true);
}
