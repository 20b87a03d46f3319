// Sets the stage and asks the closing questions. One sandbox serves all scenes of the program, one after another.
#include "e2e/scene.hpp"

#include "e2e/marked.hpp"
#include "support/reasons.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>

namespace milkrun::e2e {
namespace {

sandbox::SandboxProcess& the_sandbox() {
  std::signal(SIGPIPE, SIG_IGN); // a client of the control API writes into closed connections without caring
  static sandbox::SandboxProcess sandbox;
  return sandbox;
}

} // namespace

Scene::Scene(std::vector<std::string> names)
    : state(sandbox_state(names)), names_(std::move(names)), sandbox_(the_sandbox()), db_(dir_.file("m.db")) {
  document = import_document(base());
}

Scene::~Scene() {
  if (std::uncaught_exceptions() > 0) return;
  check_secrets();
  if (std::filesystem::exists(path("m.db"))) check_books();
}

void Scene::open() {
  sandbox_.control("PUT", "state", state.dump());
  sandbox_.control("DELETE", "journal");
  write_config();
  const Finished init = milkrun({"init"});
  REQUIRE_MESSAGE(init.code == 0, init.err);
  import(document);
}

void Scene::write_config() {
  write("milkrun.toml", fmt::format("database = \"{}\"\nkey_file = \"{}\"\n[run]\n{}\n[timeouts]\n{}\n[log]\nlevel = "
                                    "\"debug\"\nformat = \"keyvalue\"\n{}",
                                    path("m.db"), path("master.key"), run_section, timeouts_section, allow));
}

void Scene::import(const Json& changed) {
  const Finished done = milkrun({"import", write("import.json", changed.dump())});
  REQUIRE_MESSAGE(done.code == 0, done.err);
}

Child Scene::start(const Words& words, const Environment& extra) const {
  Words argv{MILKRUN_BINARY, "--config", path("milkrun.toml")};
  argv.insert(argv.end(), words.begin(), words.end());
  return {argv, extra};
}

Finished Scene::milkrun(const Words& words, const Environment& extra) {
  Finished finished = start(words, extra).wait();
  said_ += finished.out + finished.err;
  return finished;
}

Report Scene::heard(Finished finished) {
  said_ += finished.out + finished.err;
  return Report(std::move(finished));
}

Report Scene::run(const Words& more, const Environment& extra) { return run_job("publish-feeds", more, extra); }

Report Scene::run_job(const std::string& job, const Words& more, const Environment& extra) {
  Words words{job, "--json"};
  words.insert(words.end(), more.begin(), more.end());
  Report report(milkrun(words, extra));
  REQUIRE_MESSAGE(report.finished.code == 0, report.finished.err);
  REQUIRE_MESSAGE(report.json.is_object(), report.finished.out);
  CHECK_MESSAGE(report.silent().empty(), report.finished.out);
  return report;
}

Json Scene::effects() const { return Json::parse(sandbox_.control("GET", "effects")); }
Json Scene::journal() const { return Json::parse(sandbox_.control("GET", "journal")); }

std::vector<Json> Scene::calls(const std::string& route) const {
  std::vector<Json> out;
  for (Json& entry : journal())
    if (entry["route"] == route) out.push_back(std::move(entry));
  return out;
}

std::size_t Scene::posts(const std::string& site) const {
  const Json all = effects();
  return all["posts"].contains(site) ? all["posts"][site].size() : 0;
}

long Scene::callbacks(const std::string& status) const {
  long sum = 0;
  const Json all = effects();
  for (const Json& portal : all["callbacks"])
    for (const Json& one : portal) sum += one["status"] == status ? 1 : 0;
  return sum;
}

long Scene::repeats() const {
  long sum = 0;
  const Json all = effects();
  for (const Json& portal : all["callbacks"])
    for (const Json& one : portal) sum += one["repeats"].get<long>();
  return sum;
}

void Scene::patch(const Json& merge) const { sandbox_.control("PATCH", "state", merge.dump()); }
void Scene::fault(const Json& one) const { sandbox_.control("POST", "faults", one.dump()); }
void Scene::no_faults() const { sandbox_.control("DELETE", "faults"); }

void Scene::next_slot() const {
  db_.change("UPDATE feeds SET slot_ends_at = NULL, tried_slot = '';"
             "DELETE FROM ledger WHERE stage = 'poll-feed';"
             "UPDATE articles SET slot = 'before ' || slot");
}

void Scene::next_sync() const {
  db_.change("UPDATE portals SET slot_ends_at = NULL, synced_at = synced_at - sync_interval_ms;"
             "DELETE FROM ledger WHERE stage = 'sync-portal'");
}

void Scene::all_due() const {
  db_.change("UPDATE ledger SET due_at = 0, place_at = NULL WHERE state IN ('due', 'uncertain'); DELETE FROM parks; "
             "DELETE FROM paces;"
             "UPDATE ledger SET look_after = 0 WHERE look_after IS NOT NULL");
}

std::string Scene::slug(const std::string& name) const {
  const auto found = std::ranges::find(names_, name);
  return fmt::format("p1.{}", found - names_.begin() + 1);
}

std::string Scene::write(const std::string& file, const std::string& text) const {
  std::ofstream(path(file), std::ios::binary) << text;
  return path(file);
}

// The journal keeps what was sent: secrets belong into headers, and nowhere else.
void Scene::check_secrets() const {
  const std::vector<std::string> secrets = fixture_secrets(names_);
  const auto clean = [&](const char* where, const std::string& text) {
    INFO("looked for secrets in ", where);
    CHECK(secrets_in(text, secrets) == "");
  };
  clean("standard output and standard error", said_);
  clean("the database", db_.bytes());
  for (const Json& entry : journal())
    clean("a request", fmt::format("{}\n{}\n{}", entry["path"].get<std::string>(), entry["query"].get<std::string>(),
                                   entry["body"].get<std::string>()));
}

void Scene::check_books() const {
  CHECK(db_.query("PRAGMA integrity_check")[0].begin()->second == "ok");
  CHECK(db_.query("PRAGMA foreign_key_check").empty());
  CHECK(db_.query(
               "SELECT tenant_id, used FROM usage u WHERE meter = 'posts' AND used <> (SELECT count(*) FROM articles a "
               "WHERE a.tenant_id = u.tenant_id AND a.state = 'published' AND a.usage_period = u.period)")
            .empty());
  CHECK(db_.query("SELECT tenant_id FROM usage u WHERE reserved <> (SELECT count(*) FROM ledger l WHERE l.tenant_id = "
                  "u.tenant_id AND instr(l.quota, u.meter || '|' || u.period || '|1') > 0)")
            .empty());
  CHECK(db_.query("SELECT key FROM ledger WHERE state = 'running'").empty());
  CHECK(db_.query("SELECT tenant_id, used FROM usage u WHERE meter = 'messages' AND used <> (SELECT count(*) FROM "
                  "messages m "
                  "WHERE m.tenant_id = u.tenant_id AND m.state = 'sent' AND m.usage_period = u.period)")
            .empty());
  CHECK(db_.number("SELECT count(*) FROM rewards") ==
        db_.number("SELECT count(*) FROM task_completions WHERE state = 'verified'"));
  CHECK(db_.query("SELECT id FROM messages m WHERE state = 'queued' AND NOT EXISTS (SELECT 1 FROM ledger l WHERE "
                  "l.stage = 'deliver' AND l.key = 'message:' || m.id AND l.state IN ('due', 'running'))")
            .empty());
  const auto prose = test::prose_for_reasons([&](const std::string& select) {
    std::vector<std::string> found;
    for (const Row& row : db_.query(select)) found.push_back(row.at("one"));
    return found;
  });
  CHECK_MESSAGE(prose.empty(), fmt::format("{}", fmt::join(prose, "; ")));
}

} // namespace milkrun::e2e
