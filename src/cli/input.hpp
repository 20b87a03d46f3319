// Reading a whole input of the operator: a file or standard input.
#pragma once

#include "cli/exit.hpp"

#include <chrono>
#include <cstddef>

namespace milkrun::cli {

// The bytes of a file, "-" = standard input. Exit::data with the mend when it cannot be read or is longer than `most`.
// A named pipe has `patience` to find somebody who writes into it.
std::expected<std::string, Refusal> read_input(const std::string& path, std::size_t most,
                                               std::chrono::milliseconds patience = std::chrono::seconds(10));

} // namespace milkrun::cli
