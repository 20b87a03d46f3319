// Reads the command line: a command with its values, a help text, or one line that says what is wrong with it.
#include "cli/args.hpp"

#include "base/text.hpp"
#include "cli/args_commands.hpp"
#include "cli/completion.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace milkrun::cli {
namespace {

constexpr auto footer =
    "Exit codes: 0 done, 64 usage, 65 unreadable input, 70 bug, 74 database or disk, 75 another run "
    "of this job, 78 configuration, 143 stopped by SIGTERM. See milkrun(1).";

// The innermost command that was named, and its whole name.
const CLI::App* innermost(const CLI::App& app, std::string& name) {
  const CLI::App* at = &app;
  name = app.get_name();
  for (std::vector<CLI::App*> named = at->get_subcommands(); !named.empty(); named = at->get_subcommands()) {
    at = named.back();
    name += " " + at->get_name();
  }
  return at;
}

// CLI11 misses a subcommand before it looks at the word that is none.
std::string complaint_of(const CLI::App& app, const CLI::ParseError& e) {
  std::string name;
  const CLI::App* at = innermost(app, name);
  const std::vector<std::string> unknown = app.remaining(true);
  const bool missing = e.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError) &&
                       !at->get_subcommands([](const CLI::App*) { return true; }).empty();
  const std::string what = missing && !unknown.empty()
                               ? fmt::format("there is no command {}", text::one_line(unknown.front(), 80))
                               : text::one_line(e.what(), 300);
  return fmt::format("{}; see: {} --help", what, name);
}

// CLI11 reads `--tenant= NEXT` as `--tenant NEXT`: what a script's empty variable leaves behind would take the next
// word.
std::vector<std::string> with_empty_values(std::span<const std::string> arguments) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") {
      out.insert(out.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
      break;
    }
    const bool empty = word.size() > 3 && word.starts_with("--") && word.find('=') == word.size() - 1;
    out.push_back(empty ? word.substr(0, word.size() - 1) : word);
    if (empty) out.emplace_back();
  }
  return out;
}

std::unexpected<NoArguments> explain(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* at = &app;
  std::string name = app.get_name();
  for (const std::string& word : words) {
    const auto found = at->get_subcommands([&](const CLI::App* sub) { return sub->get_name() == word; });
    if (found.empty())
      return std::unexpected(
          NoArguments{"", fmt::format("there is no command {}; see: {} --help", text::one_line(word, 80), name)});
    at = found.front();
    name += " " + word;
  }
  // Not App::help(): that one explains the command which was typed, and that is `help`.
  return std::unexpected(NoArguments{at->get_formatter()->make_help(at, name, CLI::AppFormatMode::Normal), ""});
}

} // namespace

std::expected<Arguments, NoArguments> parse_arguments(std::span<const std::string> arguments,
                                                      std::span<const Job* const> jobs) {
  CLI::App app("milkrun: one trip that stops at many doors. Works through the due items of all tenants, once.",
               "milkrun");
  app.require_subcommand(1);
  app.footer(footer);
  Arguments out;
  Store store;
  describe(app, out, store, jobs);
  try {
    std::vector<std::string> words = with_empty_values(arguments);
    std::ranges::reverse(words); // CLI11 takes them from the back
    app.parse(std::move(words));
  } catch (const CLI::ParseError& e) {
    std::ostringstream help, complaint;
    if (app.exit(e, help, complaint) == 0) return std::unexpected(NoArguments{help.str(), ""});
    return std::unexpected(NoArguments{"", complaint_of(app, e)});
  }
  if (app.got_subcommand("help")) return explain(app, store.help);
  if (app.got_subcommand("completion"))
    return std::unexpected(NoArguments{completion(app, store.choices, store.shell), ""});
  return out;
}

} // namespace milkrun::cli
