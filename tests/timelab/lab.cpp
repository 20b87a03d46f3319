// Living through the years, and comparing.
#include "timelab/lab.hpp"

#include "base/chance.hpp"
#include "ledger/queue.hpp"
#include "log/log.hpp"
#include "sim/net.hpp"
#include "sim/tenant_scene.hpp"
#include "support/rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::timelab {
namespace {

using test::sql;

constexpr std::size_t most_findings = 20;

class Life {
public:
  Life(const Town& town, const Cron& cron, sim::Defect* defect)
      : town_(town), cron_(cron), defect_(defect), stand_(1, cron.from(), false, *database_, vault_,
                                                          [this](const http::Request& r, const std::string& tenant,
                                                                 const sim::Remote&) { return serve(r, tenant); }) {
    seed_chance(1);
    database_->transact([&](db::Transaction& tx) {
      town_.settle_in(tx);
      for (const auto& t : town_.tenants) give_account(tx, t->id);
    });
  }
  ~Life() { seed_chance(std::nullopt); }
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  Told live(Pass pass) {
    for (Time t = cron_.next(cron_.from()); t < cron_.until(); t = next(t, pass)) {
      for (; happened_ < town_.events.size() && town_.events[happened_].at <= t; ++happened_)
        database_->transact([&](db::Transaction& tx) { town_.events[happened_].happen(tx); });
      ++commits_.all;
      stand_.remote.pass(t);
      for (const Job& job : jobs_) run(job);
      ++told_.starts;
    }
    remember_rows();
    for (const std::string& wrong : stand_.findings.all()) told_.rows.push_back("waits " + wrong);
    return std::move(told_);
  }

private:
  void give_account(db::Transaction& tx, const std::string& tenant) {
    const std::string secret = "secret-" + tenant;
    stand_.remote.knows(secret, tenant);
    vault_.store(tx,
                 {.scope = "tenant",
                  .tenant = {tenant},
                  .owner_key = tenant,
                  .service = "whatsapp",
                  .base_url = "https://gw.example/send",
                  .account = "17841",
                  .settings = R"({"adapter":"bearer"})",
                  .secret = Secret(secret)},
                 stand_.clock.now());
  }

  sim::Served serve(const http::Request& r, const std::string& tenant) {
    if (tenant.empty()) return {{.status = 401, .url = r.url}};
    told_.by_phone[sim::cut(r.body, R"("number":")", "\"")].push_back(
        {stand_.clock.now(), sim::cut(r.body, R"("message":")", "\"")});
    return {{.status = 200, .body = fmt::format(R"({{"id":"wamid-{}","status":"queued"}})", ++sent_), .url = r.url}};
  }

  void run(const Job& job) {
    sim::Doors doors(stand_.clock, stand_.trace, stand_.findings);
    doors.most_steps = 10'000'000;
    sim::Net net(stand_.remote, stand_.clock, doors, stand_.trace);
    sim::Database database(*database_, stand_.dice, stand_.clock, doors, commits_);
    database.defect = defect_;
    RunOptions options;
    options.compute_threads = 0;
    milkrun::run(job, options, {database, vault_, net, stand_.clock, settings_, ""}, net.stop.get_token());
  }

  // The next start; one at which nothing is due may be left out.
  Time next(Time t, Pass pass) {
    if (pass == Pass::each_start) return cron_.next(t + Millis(1));
    Time due = cron_.until();
    for (const Job& job : jobs_)
      for (const Stage& s : job.stages)
        database_->read([&](db::Transaction& tx) {
          due = std::min(due, ledger::next_due(tx, s.name, std::nullopt).value_or(due));
        });
    if (happened_ < town_.events.size()) due = std::min(due, town_.events[happened_].at);
    // What is due soon after a start is waited for in it, when that one had something to do.
    return cron_.next(std::max(t + Millis(1), due - RunOptions().idle_wait));
  }

  void remember_rows() {
    const auto add = [&](const char* question) {
      for (const db::Row& r : test::rows(*database_, question)) told_.rows.push_back(r.text("row"));
    };
    add("SELECT i.number || ' ' || u.slug || ' ' || r.state || ' ' || r.reason AS row FROM reminders r "
        "JOIN invoices i ON i.id = r.invoice_id JOIN reminder_rules u ON u.id = r.rule_id ORDER BY 1");
    add("SELECT contact_id || ' ' || campaign_id || ' ' || state || ' ' || reason AS row FROM enrollments ORDER BY 1");
    add("SELECT 'message ' || contact_id || ' ' || text || ' ' || state || ' ' || reason AS row FROM messages ORDER BY "
        "1");
    add("SELECT 'waits ' || stage || ' ' || key || ' ' || state || ' ' || reason AS row FROM ledger "
        "WHERE state NOT IN ('done', 'cancelled', 'discarded') ORDER BY 1");
  }

  const Town& town_;
  const Cron& cron_;
  sim::Defect* const defect_;
  const log::Capture quiet_;
  const std::unique_ptr<db::Sqlite> database_ = db::memory_database();
  const Vault vault_{MasterKey::random()};
  const JobSettings settings_;
  const std::vector<Job> jobs_ = sim::product_jobs({"send-reminders", "advance-drips"});
  sim::Stand stand_;
  sim::Commits commits_;
  Told told_;
  std::size_t happened_ = 0;
  int sent_ = 0;
};

bool ends_with_reason(const std::string& row, const char* state) {
  const std::size_t at = row.find(state);
  return at != std::string::npos && at + std::string_view(state).size() < row.size();
}

} // namespace

Told live(const Town& town, const Cron& cron, Pass pass, sim::Defect* defect) {
  return Life(town, cron, defect).live(pass);
}

std::vector<std::string> judge(const Town& town, const Cron& cron, const Told& told) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& who, const std::string& wrong) {
    if (!wrong.empty() && out.size() < most_findings) out.push_back(who + ": " + wrong);
  };
  std::map<const Person*, std::vector<const Invoice*>> debts;
  for (const Invoice& i : town.invoices) debts[i.person].push_back(&i);
  const auto heard_by = [&](const Person& p) {
    const auto found = told.by_phone.find(p.phone.substr(1));
    return found == told.by_phone.end() ? std::vector<Heard>() : found->second;
  };
  for (const auto& [person, invoices] : debts)
    add(fmt::format("{} in {}", person->id, person->tenant->zone),
        judge_invoices(*person, invoices, heard_by(*person), cron));
  for (const Walk& w : town.walks)
    add(fmt::format("{} in {}", w.person->id, w.person->zone.empty() ? w.person->tenant->zone : w.person->zone),
        judge_walk(w, heard_by(*w.person), cron));
  // Every promise has its row, and every row its end: kept, or given up for a reason.
  std::size_t reminders = 0;
  for (const std::string& row : told.rows) {
    const bool reminder = row.find(" rule") != std::string::npos && !row.starts_with("message ");
    reminders += reminder ? 1 : 0;
    if (row.starts_with("waits ") || row.find(" planned ") != std::string::npos ||
        row.find(" active ") != std::string::npos || row.find(" queued ") != std::string::npos)
      add("never ends", row);
    if (reminder && !row.ends_with(" told ") && !ends_with_reason(row, " skipped ") &&
        !ends_with_reason(row, " expired "))
      add("neither kept nor given up", row);
  }
  std::size_t promised = 0;
  for (const Invoice& i : town.invoices) promised += i.person->tenant->rules.size();
  if (reminders > promised) add("reminders", fmt::format("{} rows for {} promises", reminders, promised));
  return out;
}

} // namespace milkrun::timelab
