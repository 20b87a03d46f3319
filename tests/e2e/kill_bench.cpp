// Sets the bench up once, and from then on only copies files: a fresh installation costs no program start.
#include "e2e/kill_bench.hpp"

#include "e2e/database.hpp"
#include "e2e/fixture.hpp"

#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace milkrun::e2e {
namespace {

namespace fs = std::filesystem;

constexpr int most_runs = 6; // to bring an installation home
const std::vector<std::string> portal_sites = {"asha", "bolt"};

// Short enough not to wait long, long enough for a busy machine.
constexpr const char* config = "database = \"{}\"\nkey_file = \"{}\"\n"
                               "[run]\nlease = \"3s\"\nreconcile_gap = \"1s\"\nidle_wait = \"{}\"\n"
                               "[timeouts]\nwordpress = \"1500ms\"\n"
                               "[[network.allow]]\ncidr = \"127.0.0.0/8\"\ntenant = \"*\"\nservice = \"*\"\n";

Json state_of(bool lone) {
  std::vector<std::string> sites = portal_sites;
  sites.emplace_back("chai");
  Json state = sandbox_state(sites);
  state["feeds"]["asha"]["items"] = {feed_item("asha-2", 20), feed_item("asha-1", 19)};
  state["portals"]["p1"]["tenants"].erase(2); // chai is no portal's
  if (lone) state["portals"].clear();
  return state;
}

Json document_of(const std::string& base, bool lone) {
  Json document = import_document(base);
  document["portals"][0]["max_items"] = 2;
  document["tenants"] = {own_tenant(base, "chai")};
  if (lone) document.erase("portals");
  return document;
}

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

} // namespace

Plot publishing(bool lone) {
  return {.jobs = {"publish-feeds"},
          .state = state_of(lone),
          .document = [lone](const std::string& base) { return document_of(base, lone); },
          .afterwards = "",
          .judge = [lone](const Evidence& e) { return judge(e, lone ? std::vector<std::string>{} : portal_sites); },
          .judge_death =
              [lone](const Evidence& e) { return judge_death(e, lone ? std::vector<std::string>{} : portal_sites); }};
}

Bench::Bench(Plot plot) : plot_(std::move(plot)) {
  std::signal(SIGPIPE, SIG_IGN); // a client of the control API writes into closed connections without caring
  install();
}

void Bench::install() {
  write(dir_.file("milkrun.toml"),
        fmt::format(fmt::runtime(config), database(), dir_.file("master.key"), plot_.idle_wait));
  milkrun({"init"});
  write(dir_.file("import.json"), plot_.document(sandbox_.http()).dump());
  milkrun({"import", dir_.file("import.json")});
  // Nothing may be left in the side files, which are not copied.
  DatabaseFile(database()).change(plot_.afterwards + "; PRAGMA wal_checkpoint(TRUNCATE)");
  fs::copy_file(database(), dir_.file("installed.db"));
}

void Bench::milkrun(const std::vector<std::string>& words) const {
  std::vector<std::string> argv{MILKRUN_BINARY, "--config", dir_.file("milkrun.toml")};
  argv.insert(argv.end(), words.begin(), words.end());
  const Finished done = Child(argv).wait();
  if (done.code != 0) throw std::runtime_error(words[0] + ": " + done.err);
}

void Bench::fresh() const {
  for (const fs::directory_entry& file : fs::directory_iterator(fs::path(database()).parent_path()))
    if (file.path().filename().string().starts_with("m.db")) fs::remove(file.path());
  fs::copy_file(dir_.file("installed.db"), database());
  sandbox_.control("PUT", "state", plot_.state.dump());
  sandbox_.control("DELETE", "journal");
}

Child Bench::start_job(const std::string& job, int in_flight, const Environment& extra) const {
  return {
      {MILKRUN_BINARY, "--config", dir_.file("milkrun.toml"), job, "--json", "--in-flight", std::to_string(in_flight)},
      extra};
}

Child Bench::start(int in_flight, const Environment& extra) const {
  return start_job(plot_.jobs.front(), in_flight, extra);
}

std::vector<std::string> Bench::trace() const {
  const std::string file = dir_.file("trace");
  fs::remove(file);
  if (const Finished end = start(1, {{"MILKRUN_TEST_TRACE", file}}).wait(); end.code != 0)
    throw std::runtime_error("a traced run ended badly: " + end.err);
  std::vector<std::string> points;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) points.push_back(line);
  return points;
}

bool Bench::live_and_die(const Life& life) const {
  Child child =
      start(life.in_flight, life.point.empty() ? Environment{} : Environment{{"MILKRUN_TEST_KILL", life.point}});
  if (life.point.empty()) {
    std::this_thread::sleep_for(life.after);
    child.signal(SIGKILL);
  }
  const Finished end = child.wait();
  if (end.signal == SIGKILL) return true;
  if (end.code != 0)
    throw std::runtime_error(fmt::format("a run ended with {} before its kill: {}", end.code, end.err));
  return false;
}

Complaints Bench::bring_home(const Environment& extra) const {
  const DatabaseFile db(database());
  for (int run = 1; run <= most_runs; ++run) {
    // A busy machine makes calls fail that are tried again in a minute, and a step waits for its minute: neither need
    // be waited for.
    db.change(
        "UPDATE ledger SET due_at = 0, place_at = NULL WHERE state = 'due'; DELETE FROM parks; DELETE FROM paces");
    bool idle = true;
    for (const std::string& job : plot_.jobs) {
      const Finished end = start_job(job, 4, extra).wait();
      if (end.code != 0)
        return {fmt::format("run {} after the kills ended with {}/{}: {}", run, end.code, end.signal, end.err)};
      idle = idle && Json::parse(end.out).value("idle", false);
    }
    if (idle) return {};
  }
  return {fmt::format("after {} runs there is still something to do", most_runs)};
}

Evidence Bench::evidence() const {
  const auto told = [&](const char* what) { return Json::parse(sandbox_.control("GET", what)); };
  return {.database = database(),
          .base = sandbox_.http(),
          .journal = told("journal"),
          .effects = told("effects"),
          .state = told("state")};
}

} // namespace milkrun::e2e
