// Reading a whole input of the operator: a file or standard input.
#pragma once

#include "cli/exit.hpp"

#include <cstddef>

namespace milkrun::cli {

// The bytes of a file, "-" = standard input. Exit::data with the mend when it cannot be read or is longer than `most`.
std::expected<std::string, Refusal> read_input(const std::string& path, std::size_t most);

} // namespace milkrun::cli
