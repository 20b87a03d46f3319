// Completion scripts for shells, made from the command line's own description.
#pragma once

#include "cli/args_commands.hpp"

namespace milkrun::cli {

// The script for "bash", "zsh" or "fish"; to be evaluated or installed where the shell looks.
std::string completion(const CLI::App& app, const Choices& choices, const std::string& shell);

} // namespace milkrun::cli
