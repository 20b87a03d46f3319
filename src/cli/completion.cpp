// Walks CLI11's tree once; each shell then prints the same facts in its own language. A script finds the command among
// the words typed so far, then offers that command's subcommands and options, or the values of the option before.
#include "cli/completion.hpp"

#include "base/text.hpp"

#include <fmt/ranges.h>

#include <functional>

namespace milkrun::cli {
namespace {

enum class Value { none, words, file, free };

struct Option {
  std::vector<std::string> names; // "--limit", "-v"; empty: an argument without a name
  std::string help;
  Value value = Value::none;
  std::vector<std::string> words;
};
struct Command {
  std::string path;                                      // " items list"; "" = the program itself
  std::vector<std::pair<std::string, std::string>> subs; // name, help
  std::vector<Option> options;
};

Option option_of(const CLI::Option& option, const Choices& choices) {
  Option out{.names = {}, .help = option.get_description(), .value = Value::free, .words = {}};
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  const std::string type = option.get_type_name();
  if (option.get_items_expected_max() == 0)
    out.value = Value::none;
  else if (const auto found = choices.find(&option); found != choices.end())
    out.value = Value::words, out.words = found->second;
  else if (type.find("FILE") != std::string::npos)
    out.value = Value::file;
  return out;
}

void walk(const CLI::App& app, const std::string& path, const std::vector<Option>& global, const Choices& choices,
          std::vector<Command>& out) {
  Command command{.path = path, .subs = {}, .options = global};
  for (const CLI::Option* option : app.get_options({})) {
    if (!path.empty() || option->nonpositional()) command.options.push_back(option_of(*option, choices));
  }
  const std::vector<Option> inherited = path.empty() ? command.options : global;
  const auto subs = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* sub : subs) command.subs.emplace_back(sub->get_name(), sub->get_description());
  out.push_back(std::move(command));
  std::vector<Option> shared; // --help stands with every command itself
  for (const Option& option : inherited)
    if (!option.names.empty() && option.names.front() != "--help" && option.names.front() != "--version")
      shared.push_back(option);
  for (const CLI::App* sub : subs) walk(*sub, path + " " + sub->get_name(), shared, choices, out);
}

std::string quoted(const std::string& s) { return "'" + text::replace_all(s, "'", "'\\''") + "'"; }

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

// The part that bash and zsh share: which command is typed, as "$typed".
std::string find_path(const std::vector<Command>& commands, int first, std::string_view last) {
  std::string known;
  for (const Command& command : commands)
    if (!command.path.empty()) known += (known.empty() ? "" : "|") + quoted(command.path);
  return fmt::format("  local typed='' i\n  for ((i = {}; i < {}; ++i)); do\n    case \"$typed ${{words[i]}}\" in\n"
                     "      {}) typed=\"$typed ${{words[i]}}\" ;;\n    esac\n  done\n",
                     first, last, known);
}

// "case" lines for the values of options, `file` and `words` being the shell's ways to offer them.
std::string values(const std::vector<Command>& commands, const std::string& file,
                   const std::function<std::string(const std::vector<std::string>&)>& words) {
  std::string out;
  for (const Command& command : commands)
    for (const Option& option : command.options) {
      if (option.value == Value::none || option.names.empty()) continue;
      std::string patterns;
      for (const std::string& name : option.names)
        patterns += (patterns.empty() ? "" : "|") + quoted(command.path + " " + name);
      out += fmt::format("    {}) {} ;;\n", patterns,
                         option.value == Value::words  ? words(option.words) + "; return"
                         : option.value == Value::file ? file + "; return"
                                                       : "return");
    }
  return out;
}

std::string bash(const std::vector<Command>& commands) {
  std::string out = "# bash completion for milkrun: . <(milkrun completion bash)\n_milkrun() {\n"
                    "  local cur=${COMP_WORDS[COMP_CWORD]} words=(\"${COMP_WORDS[@]}\") offer='' files=''\n"
                    "  COMPREPLY=()\n";
  out += find_path(commands, 1, "COMP_CWORD");
  out += "  case \"$typed ${COMP_WORDS[COMP_CWORD - 1]}\" in\n" +
         values(commands, "COMPREPLY=($(compgen -f -- \"$cur\"))", [](const std::vector<std::string>& words) {
           return fmt::format("COMPREPLY=($(compgen -W {} -- \"$cur\"))", quoted(joined(words)));
         });
  out += "  esac\n  case \"$typed\" in\n";
  for (const Command& command : commands) {
    std::vector<std::string> offer;
    bool files = false;
    for (const auto& [name, help] : command.subs) offer.push_back(name);
    for (const Option& option : command.options) {
      offer.insert(offer.end(), option.names.begin(), option.names.end());
      if (option.names.empty()) offer.insert(offer.end(), option.words.begin(), option.words.end());
      files = files || (option.names.empty() && option.value == Value::file);
    }
    out += fmt::format("    {}) offer={}{} ;;\n", quoted(command.path), quoted(joined(offer)), files ? " files=1" : "");
  }
  return out + "  esac\n  COMPREPLY=($(compgen -W \"$offer\" -- \"$cur\"))\n"
               "  if [ -n \"$files\" ]; then COMPREPLY+=($(compgen -f -- \"$cur\")); fi\n}\n"
               "complete -o filenames -F _milkrun milkrun\n";
}

std::string described(const std::string& name, const std::string& help) {
  return quoted(text::replace_all(name, ":", "\\:") + ":" + help);
}

std::string zsh(const std::vector<Command>& commands) {
  std::string out = "#compdef milkrun\n# zsh completion for milkrun: install as _milkrun in a folder of $fpath\n"
                    "_milkrun() {\n  local -a offer\n  local files=''\n";
  out += find_path(commands, 2, "CURRENT");
  out +=
      "  case \"$typed ${words[CURRENT - 1]}\" in\n" +
      values(commands, "_files", [](const std::vector<std::string>& words) { return "compadd -- " + joined(words); });
  out += "  esac\n  case \"$typed\" in\n";
  for (const Command& command : commands) {
    std::vector<std::string> offer;
    bool files = false;
    for (const auto& [name, help] : command.subs) offer.push_back(described(name, help));
    for (const Option& option : command.options) {
      for (const std::string& name : option.names) offer.push_back(described(name, option.help));
      if (option.names.empty())
        for (const std::string& word : option.words) offer.push_back(described(word, ""));
      files = files || (option.names.empty() && option.value == Value::file);
    }
    out += fmt::format("    {}) offer=({}){} ;;\n", quoted(command.path), joined(offer), files ? " files=1" : "");
  }
  return out + "  esac\n  _describe milkrun offer\n  if [[ -n $files ]]; then _files; fi\n}\n"
               "if [[ ${funcstack[1]} = _milkrun ]]; then _milkrun \"$@\"; else compdef _milkrun milkrun; fi\n";
}

std::string fish(const std::vector<Command>& commands) {
  std::vector<std::string> known;
  for (const Command& command : commands)
    if (!command.path.empty()) known.push_back(quoted(command.path.substr(1)));
  std::string out =
      fmt::format("# fish completion for milkrun: milkrun completion fish > ~/.config/fish/completions/milkrun.fish\n"
                  "function __milkrun_at\n  set -l known {}\n  set -l path\n  for word in (commandline -opc)[2..-1]\n"
                  "    if contains -- (string join ' ' $path $word) $known\n      set -a path $word\n    end\n  end\n"
                  "  test \"$path\" = \"$argv\"\nend\ncomplete -c milkrun -f\n",
                  joined(known));
  for (const Command& command : commands) {
    const std::string at = fmt::format("complete -c milkrun -n {}", quoted("__milkrun_at" + command.path));
    for (const auto& [name, help] : command.subs) out += fmt::format("{} -a {} -d {}\n", at, name, quoted(help));
    for (const Option& option : command.options) {
      std::string line = at;
      for (const std::string& name : option.names)
        line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (option.names.empty() && option.value != Value::words && option.value != Value::file) continue;
      if (option.value == Value::words)
        line += fmt::format("{} -a {}", option.names.empty() ? "" : " -x", quoted(joined(option.words)));
      if (option.value == Value::file) line += option.names.empty() ? " -F" : " -r -F";
      if (option.value == Value::free) line += " -x";
      out += fmt::format("{} -d {}\n", line, quoted(option.help));
    }
  }
  return out;
}

} // namespace

std::string completion(const CLI::App& app, const Choices& choices, const std::string& shell) {
  std::vector<Command> commands;
  walk(app, "", {}, choices, commands);
  if (shell == "bash") return bash(commands);
  return shell == "zsh" ? zsh(commands) : fish(commands);
}

} // namespace milkrun::cli
