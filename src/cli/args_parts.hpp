// What the commands' options have in common. Private to the files args_*.cpp.
#pragma once

#include "base/text.hpp"
#include "cli/args_commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace milkrun::cli {

template <class Args>
CLI::App* command(CLI::App& parent, Arguments& out, const char* name, const char* help, Args& args) {
  CLI::App* sub = parent.add_subcommand(name, help);
  sub->fallthrough();
  sub->callback([&out, &args] { out.command = args; });
  return sub;
}

// An option that takes one of some words.
inline CLI::Option* choice(CLI::Option* option, std::vector<std::string> words, Store& store) {
  option->type_name("WORD")->check([words](const std::string& word) {
    if (std::ranges::find(words, word) != words.end() || text::trim(word).empty()) return std::string(); // told apart
    return fmt::format("\"{}\" must be one of {}", text::one_line(word, 80), fmt::join(words, ", "));
  });
  store.choices[option] = std::move(words);
  return option;
}

// A whole number from 1, in decimal digits: CLI11 itself takes 0x10 for 16 and 010 for 8.
inline CLI::Validator whole_to(std::int64_t most) {
  return {[most](const std::string& word) {
            std::int64_t n = 0;
            const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), n);
            const bool whole = error == std::errc() && end == word.data() + word.size() && !word.starts_with('0');
            if ((whole && n >= 1 && n <= most) || text::trim(word).empty()) return std::string();
            return fmt::format("\"{}\" must be a whole number from 1 to {}", text::one_line(word, 80), most);
          },
          ""};
}

inline CLI::App* group(CLI::App& app, const char* name, const char* help) {
  return app.add_subcommand(name, help)->require_subcommand(1)->fallthrough();
}

inline void add_tenant(CLI::App* sub, std::string& tenant, const char* help = "Only this tenant") {
  sub->add_option("--tenant", tenant, help)->type_name("SLUG");
}

inline void add_by(CLI::App* sub, std::string& by, const char* help = "Who says it; kept with the act") {
  sub->add_option("--by", by, help)->type_name("NAME");
}

inline void add_times(CLI::App* sub, Which& which) {
  sub->add_option("--since", which.since, "Not before this: a time, a date, or how long ago, such as 2h")
      ->type_name("TIME");
  sub->add_option("--until", which.until, "Not after this")->type_name("TIME");
}

// By which items are chosen.
inline void add_which(CLI::App* sub, Which& which, const std::vector<std::string>& stages, Store& store) {
  add_tenant(sub, which.tenant, "Only this tenant's");
  CLI::Option* stage = sub->add_option("--stage", which.stage, "Only this stage's")->type_name("STAGE");
  store.choices[stage] = stages; // offered; what is no stage is said with the database open
  sub->add_option("--reason", which.reason,
                  "Only those that ended or wait for this reason, such as wordpress.password_refused")
      ->type_name("CODE");
  add_times(sub, which);
}

// What every list has.
template <class Args> void add_list(CLI::App* sub, Args& args, const char* things) {
  sub->add_option("--limit", args.limit, fmt::format("At most N {} (default {})", things, args.limit))
      ->check(whole_to(1'000'000))
      ->type_name("N");
  sub->add_flag("--json", args.json, "As JSON");
}

// A command that shows one thing.
template <class Args> void add_one(CLI::App* sub, Args& args, std::string& which, const char* name, const char* help) {
  std::string type(name);
  for (char& c : type) c = static_cast<char>(c - 'a' + 'A');
  sub->add_option(name, which, help)->required()->type_name(type);
  sub->add_flag("--json", args.json, "As JSON");
}

// Imports; enrolments, previews, reminders.
void add_import(CLI::App& app, Arguments& out, Store& store);
void add_outreach(CLI::App& app, Arguments& out, Store& store);
// What looks at the database, and what an operator says of it.
void add_operator(CLI::App& app, Arguments& out, Store& store, const std::vector<std::string>& jobs,
                  const std::vector<std::string>& stages);

} // namespace milkrun::cli
