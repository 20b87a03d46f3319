// A bench on which one installation after another is set up, killed, brought back and looked at. Every bench has a
// sandbox of its own, so that several work side by side.
#pragma once

#include "e2e/child.hpp"
#include "e2e/kill_judge.hpp"
#include "sandbox/process.hpp"
#include "support/temp_dir.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace milkrun::e2e {

using Complaints = std::vector<std::string>; // one sentence each; empty: all is well

// What is installed, which job is killed, and who judges.
struct Plot {
  std::vector<std::string> jobs;                                   // the first one is killed; all of them bring it home
  nlohmann::json state;                                            // of the sandbox
  std::function<nlohmann::json(const std::string& base)> document; // to import
  std::string afterwards;                                          // SQL, behind the import
  std::function<Complaints(const Evidence&)> judge;
  std::function<Complaints(const Evidence&)> judge_death; // asked after each kill, before anything else has run
  std::string idle_wait = "10s";
};

// publish-feeds: a portal with asha (two items) and bolt (one), written by the AI, and chai (one item), imported by
// hand and passed through. `lone`: only chai, so that the n-th request is the same one in every run.
Plot publishing(bool lone = false);

// One run that is to be killed: by itself at a point, or by us when the time is over.
struct Life {
  std::string point;                 // "name" or "name:N", as MILKRUN_TEST_KILL wants it; "" = by time
  std::chrono::milliseconds after{}; // by time: counted from its start
  int in_flight = 1;                 // 1: the order of everything is the same each time
};

class Bench {
public:
  explicit Bench(Plot plot = publishing()); // throws std::runtime_error
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  // The installation as it was just after the import, and a sandbox that has forgotten everything.
  void fresh() const;
  // True when it was killed before it came to its end.
  bool live_and_die(const Life& life) const;
  // The binary, to its end, which must be good: throws std::runtime_error.
  void milkrun(const std::vector<std::string>& words) const;
  Child start(int in_flight, const Environment& extra = {}) const; // the job that is killed
  // The points that a run of one in flight passes, in order, each as often as it is reached.
  std::vector<std::string> trace() const;
  // Runs without a kill until nothing waits. What went wrong there.
  Complaints bring_home(const Environment& extra = {}) const;
  // What the judge says when the dust has settled.
  Complaints judged() const { return plot_.judge(evidence()); }
  Complaints judged_dead() const { return plot_.judge_death(evidence()); }
  Evidence evidence() const;

  std::string database() const { return dir_.file("m.db"); }
  const sandbox::SandboxProcess& sandbox() const { return sandbox_; }

private:
  void install();
  Child start_job(const std::string& job, int in_flight, const Environment& extra) const;

  Plot plot_;
  test::TempDir dir_;
  sandbox::SandboxProcess sandbox_;
};

} // namespace milkrun::e2e
