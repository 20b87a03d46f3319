// The program from the command line to the exit code.
#pragma once

#include "cli/context.hpp"

#include <span>
#include <string>

namespace milkrun::cli {

// What only main knows: the concrete jobs and the concrete http client.
struct Wiring {
  std::span<const Job* const> jobs;
  std::function<Network(const Settings&)> connect;
};

// Parses, runs one command and returns its exit code (see Exit). Every error is a line "milkrun: ..." on `errors`.
int run_program(std::span<const std::string> arguments, const Wiring& wiring, std::ostream& standard,
                std::ostream& errors);

} // namespace milkrun::cli
