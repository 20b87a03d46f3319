// A bench on which one installation after another is set up, killed, brought back and looked at.
//
// The installation: a portal with asha (two items) and bolt (one), written by the AI, and chai (one item), imported by
// hand and passed through. Every bench has a sandbox of its own, so that several work side by side.
#pragma once

#include "e2e/child.hpp"
#include "e2e/kill_judge.hpp"
#include "sandbox/process.hpp"
#include "support/temp_dir.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace milkrun::e2e {

// One run of publish-feeds that is to be killed: by itself at a point, or by us when the time is over.
struct Life {
  std::string point;                 // "name" or "name:N", as MILKRUN_TEST_KILL wants it; "" = by time
  std::chrono::milliseconds after{}; // by time: counted from its start
  int workers = 1;                   // 1: the order of everything is the same each time
};

class Bench {
public:
  // `lone`: only chai, so that the n-th request is the same one in every run. Throws std::runtime_error.
  explicit Bench(bool lone = false);
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  // The installation as it was just after the import, and a sandbox that has forgotten everything.
  void fresh() const;
  // True when it was killed before it came to its end.
  bool live_and_die(const Life& life) const;
  Child start(int workers, const Environment& extra = {}) const;
  // Runs without a kill until nothing waits. What went wrong there, one sentence each.
  std::vector<std::string> bring_home(const Environment& extra = {}) const;
  // For the judge.
  Evidence evidence() const;

  std::string database() const { return dir_.file("m.db"); }
  const sandbox::SandboxProcess& sandbox() const { return sandbox_; }

private:
  void install();
  void milkrun(const std::vector<std::string>& words) const;

  bool lone_;
  test::TempDir dir_;
  sandbox::SandboxProcess sandbox_;
  std::string state_; // of the sandbox
};

} // namespace milkrun::e2e
