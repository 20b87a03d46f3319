// One scene of a story: a fresh database, the sandbox set to a known state, and the real binary between them.
//
// Every scene ends with the same four questions, whatever its story was: is a secret to be found anywhere, do the
// counted posts equal the published ones, did a run leave a tenant without a word, is each stored reason a code?
#pragma once

#include "e2e/child.hpp"
#include "e2e/database.hpp"
#include "e2e/fixture.hpp"
#include "e2e/report.hpp"
#include "sandbox/process.hpp"
#include "support/temp_dir.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace milkrun::e2e {

using Words = std::vector<std::string>;

inline const std::vector<std::string> nobody; // a scene without tenants
inline const Environment without_lock = {{"MILKRUN_TEST_NO_RUN_LOCK", "1"}};

class Scene {
public:
  explicit Scene(std::vector<std::string> names = {"asha", "bolt"});
  ~Scene();
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  // Change these before open(). `more_config` is whole TOML sections.
  Json state, document;
  std::string run_section = "idle_wait = \"0s\"";
  std::string timeouts_section;
  std::string allow = "[[network.allow]]\ncidr = \"127.0.0.0/8\"\ntenant = \"*\"\nservice = \"*\"\n";

  // Sandbox state, configuration, `milkrun init`, `milkrun import`.
  void open();
  void write_config();
  void import(const Json& changed);

  // The binary, to its end or in the background. The words come after --config.
  Finished milkrun(const Words& words, const Environment& extra = {});
  Child start(const Words& words, const Environment& extra = {}) const;
  // `publish-feeds --json`, which must end with exit code 0.
  Report run(const Words& more = {}, const Environment& extra = {});
  // The same of another job.
  Report run_job(const std::string& job, const Words& more = {}, const Environment& extra = {});
  // What a child said counts as said by this scene too.
  Report heard(Finished finished);

  // The sandbox.
  std::string base() const { return sandbox_.http(); }
  std::string https() const { return sandbox_.https(); } // signed by an authority that the run does not know
  Json effects() const;
  Json journal() const;
  std::vector<Json> calls(const std::string& route) const; // journal entries of one route, in order
  std::size_t posts(const std::string& site) const;
  // Callbacks of that status that the portal took in; `repeats` adds those it knew already.
  long callbacks(const std::string& status = "success") const;
  long repeats() const;
  void patch(const Json& merge) const;
  void fault(const Json& one) const;
  void no_faults() const;

  // The database.
  const DatabaseFile& db() const { return db_; }
  void next_slot() const; // as if the feeds' slot had ended
  void next_sync() const; // as if the portal's slot had ended
  void all_due() const;   // as if all waiting items' time had come, parks included

  std::string slug(const std::string& name) const; // of a tenant of the portal
  std::string path(const std::string& file) const { return dir_.file(file); }
  std::string write(const std::string& file, const std::string& text) const;

private:
  void check_secrets() const;
  void check_books() const;

  std::vector<std::string> names_;
  test::TempDir dir_;
  sandbox::SandboxProcess& sandbox_;
  DatabaseFile db_;
  std::string said_; // all output of all commands
};

} // namespace milkrun::e2e
