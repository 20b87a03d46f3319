// How a command ends: the exit codes of sysexits.h that milkrun documents, and the sentences that go with them.
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace milkrun::cli {

enum class Exit : int {
  ok = 0,
  usage = 64,    // the command line
  data = 65,     // an input that cannot be read
  bug = 70,      // ours
  io = 74,       // database or disk
  locked = 75,   // another run of this job holds the lock
  config = 78,   // configuration or key file
  stopped = 143, // ended by SIGTERM or SIGINT, cleanly
};

// Why a command did not do its work: each line names the thing and the mend, without "milkrun: ".
struct Refusal {
  Exit code;
  std::vector<std::string> lines;
};

// What a command answers.
using Answer = std::expected<Exit, Refusal>;

inline std::unexpected<Refusal> refuse(Exit code, std::string line) {
  return std::unexpected(Refusal{code, {std::move(line)}});
}

} // namespace milkrun::cli
