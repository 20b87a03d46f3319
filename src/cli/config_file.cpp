// Reads the TOML file. One table lists every key there is: what is not in it is a mistake and is named. Values are
// shown only for keys that are known: a secret put under a wrong name stays out of the output.
#include "base/text.hpp"
#include "cli/config.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace milkrun::cli {
namespace {

using Node = toml::node;
constexpr std::int64_t second = 1000, hour = 3600 * second, day = 24 * hour;

// Each setter takes a value over and answers "", or what the value must be.

std::string path_into(std::string& into, const Node& node, const char* such_as) {
  const auto value = node.value_exact<std::string>();
  if (!value || !value->starts_with('/')) return fmt::format("must be an absolute path, such as \"{}\"", such_as);
  into = *value;
  return {};
}

std::string readable_file_into(std::string& into, const Node& node) {
  if (std::string wrong = path_into(into, node, "/etc/ssl/certs/ca-certificates.crt"); !wrong.empty()) return wrong;
  struct stat s{};
  return stat(into.c_str(), &s) == 0 && !S_ISFIFO(s.st_mode) && !S_ISDIR(s.st_mode) && access(into.c_str(), R_OK) == 0
             ? ""
             : "must be a file that can be read";
}

std::optional<std::int64_t> whole(const Node& node, std::int64_t least, std::int64_t most) {
  const auto value = node.value_exact<std::int64_t>();
  return value && *value >= least && *value <= most ? value : std::nullopt;
}

std::string in_flight_into(int& into, const Node& node) {
  const auto value = whole(node, 1, 10'000);
  if (!value) return "must be a whole number from 1 to 10000";
  into = static_cast<int>(*value);
  return {};
}

template <class Into> std::string duration_into(Into& into, const Node& node, std::int64_t least, std::int64_t most) {
  const auto words = node.value_exact<std::string>();
  const auto value = words ? text::to_millis(*words) : std::nullopt;
  if (!value || *value < least || *value > most)
    return fmt::format("must be a duration in quotes, such as \"30s\", \"10m\" or \"2h\", from {}ms to {}s", least,
                       most / second);
  into = Millis(*value);
  return {};
}

std::string user_agent_into(std::string& into, const Node& node) {
  const auto value = node.value_exact<std::string>();
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (!value || value->empty() || value->size() > 200 || !std::ranges::all_of(*value, printable))
    return "must be 1 to 200 printable ASCII characters";
  into = *value;
  return {};
}

std::string ports_into(std::vector<int>& into, const Node& node) {
  const toml::array* list = node.as_array();
  if (!list || list->empty()) return "must be a list of port numbers, such as [80, 443]";
  into.clear();
  for (const Node& one : *list) {
    const auto port = whole(one, 1, 65535);
    if (!port) return "must hold whole numbers from 1 to 65535 only";
    into.push_back(static_cast<int>(*port));
  }
  return {};
}

template <class T>
std::string word_into(T& into, const Node& node, std::optional<T> (*known)(std::string_view), std::string_view words) {
  const auto word = node.value_exact<std::string>();
  const auto value = word ? known(*word) : std::nullopt;
  if (!value) return fmt::format("must be one of {}", words);
  into = *value;
  return {};
}

std::string allow_into(std::vector<http::AllowEntry>& into, const Node& node);

std::string days_into(Millis& into, const Node& node, int least, int most) {
  const auto days = whole(node, least, most);
  if (!days) return fmt::format("must be a whole number of days from {} to {}", least, most);
  into = std::chrono::days{*days};
  return {};
}

std::string length_into(std::size_t& into, const Node& node) {
  const auto value = whole(node, 0, 100'000);
  if (!value) return "must be a whole number of characters from 0 (all) to 100000";
  into = static_cast<std::size_t>(*value);
  return {};
}

std::string flag_into(bool& into, const Node& node) {
  const auto value = node.value_exact<bool>();
  if (!value) return "must be true or false";
  into = *value;
  return {};
}

std::string timeout_into(Settings& s, const char* service, const Node& node) {
  return duration_into(s.job.timeouts[service], node, 100, hour);
}

struct Meter {
  std::string_view name;
  std::optional<std::int64_t> ledger::Allowance::* of;
};
constexpr Meter meters[] = {{"calls_per_day", &ledger::Allowance::calls_per_day},
                            {"calls_per_month", &ledger::Allowance::calls_per_month},
                            {"tokens_per_day", &ledger::Allowance::tokens_per_day},
                            {"tokens_per_month", &ledger::Allowance::tokens_per_month}};

std::string amount_into(std::optional<std::int64_t>& into, const Node& node) {
  if (node.value_exact<std::string>() == "unlimited") {
    into.reset();
    return {};
  }
  const auto amount = whole(node, 0, 1'000'000'000'000);
  if (!amount) return "must be a whole number, or \"unlimited\"";
  into = *amount;
  return {};
}

// What tenants may spend of the platform's own account of one service: each of them, and all together.
std::string budget_into(Settings& s, const char* service, const Node& node) {
  const toml::table* table = node.as_table();
  if (!table) return fmt::format("must be a section: write [platform.{}]", service);
  ledger::Budget& budget = s.run.budgets[service];
  constexpr std::string_view of_tenant = "tenant_";
  std::vector<std::string> wrong;
  for (const auto& [key, value] : *table) {
    const std::string_view name = key.str();
    const bool tenant = name.starts_with(of_tenant);
    ledger::Allowance& may = tenant ? budget.tenant : budget.all; // named: g++ 12 takes a member of a copy else
    const auto* meter = std::ranges::find(meters, tenant ? name.substr(of_tenant.size()) : name, &Meter::name);
    if (meter == std::end(meters))
      wrong.push_back(fmt::format("has the unknown key {}; known are calls_per_day, calls_per_month, tokens_per_day, "
                                  "tokens_per_month and the same with tenant_ in front",
                                  text::one_line(name, 80)));
    else if (std::string w = amount_into(may.*(meter->of), value); !w.empty())
      wrong.push_back(fmt::format("{} {}", name, w));
  }
  return fmt::format("{}", fmt::join(wrong, "; "));
}

struct Key {
  std::string_view section, name; // section "" = top level
  std::string (*set)(Settings&, const Node&);
};

const Key keys[] = {
    {"", "database",
     [](Settings& s, const Node& v) { return path_into(s.database, v, "/var/lib/milkrun/milkrun.db"); }},
    {"", "key_file", [](Settings& s, const Node& v) { return path_into(s.key_file, v, "/etc/milkrun/master.key"); }},
    {"run", "in_flight", [](Settings& s, const Node& v) { return in_flight_into(s.run.in_flight, v); }},
    {"run", "max_runtime", [](Settings& s, const Node& v) { return duration_into(s.run.max_runtime, v, second, day); }},
    {"run", "lease", [](Settings& s, const Node& v) { return duration_into(s.run.lease, v, second, hour); }},
    {"run", "reconcile_gap", [](Settings& s, const Node& v) { return duration_into(s.run.reconcile_gap, v, 0, day); }},
    {"run", "idle_wait", [](Settings& s, const Node& v) { return duration_into(s.run.idle_wait, v, 0, hour); }},
    {"publish", "candidate_days", [](Settings& s, const Node& v) { return days_into(s.job.candidate_for, v, 1, 90); }},
    {"publish", "article_patience",
     [](Settings& s, const Node& v) { return duration_into(s.job.article_patience, v, hour, 90 * day); }},
    {"publish", "passthrough_length",
     [](Settings& s, const Node& v) { return length_into(s.job.passthrough_length, v); }},
    {"publish", "passthrough_images",
     [](Settings& s, const Node& v) { return flag_into(s.job.passthrough_images, v); }},
    {"platform", "ai", [](Settings& s, const Node& v) { return budget_into(s, "ai", v); }},
    {"platform", "whatsapp", [](Settings& s, const Node& v) { return budget_into(s, "whatsapp", v); }},
    {"platform", "facebook", [](Settings& s, const Node& v) { return budget_into(s, "facebook", v); }},
    {"platform", "instagram", [](Settings& s, const Node& v) { return budget_into(s, "instagram", v); }},
    {"http", "ca_file", [](Settings& s, const Node& v) { return readable_file_into(s.ca_file, v); }},
    {"http", "user_agent", [](Settings& s, const Node& v) { return user_agent_into(s.job.user_agent, v); }},
    {"http", "ports", [](Settings& s, const Node& v) { return ports_into(s.ports, v); }},
    {"network", "allow", [](Settings& s, const Node& v) { return allow_into(s.allow, v); }},
    {"timeouts", "portal", [](Settings& s, const Node& v) { return timeout_into(s, "portal", v); }},
    {"timeouts", "feed", [](Settings& s, const Node& v) { return timeout_into(s, "feed", v); }},
    {"timeouts", "ai", [](Settings& s, const Node& v) { return timeout_into(s, "ai", v); }},
    {"timeouts", "wordpress", [](Settings& s, const Node& v) { return timeout_into(s, "wordpress", v); }},
    {"timeouts", "meta", [](Settings& s, const Node& v) { return timeout_into(s, "meta", v); }},
    {"timeouts", "whatsapp", [](Settings& s, const Node& v) { return timeout_into(s, "whatsapp", v); }},
    {"timeouts", "email", [](Settings& s, const Node& v) { return timeout_into(s, "email", v); }},
    {"log", "level",
     [](Settings& s, const Node& v) { return word_into(s.level, v, &log::level, "debug, info, warn, error"); }},
    {"log", "format",
     [](Settings& s, const Node& v) { return word_into(s.format, v, &log::format, "auto, keyvalue, json, journald"); }},
};

std::string allow_entry(std::vector<http::AllowEntry>& into, const toml::table& entry) {
  constexpr std::string_view names[] = {"cidr", "tenant", "service"};
  constexpr std::string_view services[] = {"feed",      "wordpress", "ai",    "portal", "facebook",
                                           "instagram", "whatsapp",  "email", "*"};
  std::string values[3];
  for (const auto& [key, node] : entry)
    if (std::ranges::find(names, key.str()) == std::end(names))
      return fmt::format("has an unknown key \"{}\"; the keys are cidr, tenant and service",
                         text::one_line(key.str(), 80));
  for (std::size_t i = 0; i < 3; ++i) {
    const auto value = entry[names[i]].value_exact<std::string>();
    if (!value) return fmt::format("needs {} as a text in quotes", names[i]);
    values[i] = *value;
  }
  if (std::ranges::find(services, values[2]) == std::end(services))
    return fmt::format("has the service \"{}\"; it must be one of {}", text::one_line(values[2], 80),
                       fmt::join(services, ", "));
  auto parsed = http::parse_allow(values[0], values[1], values[2]);
  if (!parsed) return fmt::format("is wrong: {}", parsed.error().detail);
  into.push_back(std::move(*parsed));
  return {};
}

std::string allow_into(std::vector<http::AllowEntry>& into, const Node& node) {
  const toml::array* list = node.as_array();
  if (!list) return "must be written as [[network.allow]] entries";
  std::vector<std::string> wrong;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const toml::table* entry = list->get(i)->as_table();
    if (!entry) return "must be written as [[network.allow]] entries";
    if (std::string w = allow_entry(into, *entry); !w.empty()) wrong.push_back(fmt::format("entry {} {}", i + 1, w));
  }
  return fmt::format("{}", fmt::join(wrong, "; "));
}

std::string shown(const Node& node) {
  if (node.is_table() || node.is_array_of_tables()) return "";
  if (const auto value = node.value_exact<std::string>()) return fmt::format(" = \"{}\"", text::one_line(*value, 80));
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  return " = " + text::one_line(out.str(), 80);
}

std::string place(const std::string& file, const Node& node, std::string_view section, std::string_view key) {
  const std::string dotted = section.empty() ? std::string(key) : fmt::format("{}.{}", section, key);
  return fmt::format("{}:{}: {}", file, node.source().begin.line, text::one_line(dotted, 120));
}

std::string known_names(std::string_view section) {
  std::vector<std::string_view> names;
  for (const Key& key : keys) {
    const std::string_view name = key.section == section ? key.name : section.empty() ? key.section : "";
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

bool is_section(std::string_view name) {
  return std::ranges::any_of(keys, [&](const Key& key) { return key.section == name; });
}

void read_table(const toml::table& table, std::string_view section, const std::string& file, Settings& settings,
                std::vector<std::string>& mistakes) {
  for (const auto& [name, node] : table) {
    const std::string_view word = name.str();
    const auto found = std::ranges::find_if(keys, [&](const Key& k) { return k.section == section && k.name == word; });
    if (found != std::end(keys)) {
      if (const std::string wrong = found->set(settings, node); !wrong.empty())
        mistakes.push_back(fmt::format("{}{} {}", place(file, node, section, word), shown(node), wrong));
    } else if (section.empty() && is_section(word)) {
      if (const toml::table* inner = node.as_table())
        read_table(*inner, word, file, settings, mistakes);
      else
        mistakes.push_back(fmt::format("{} must be a section: write [{}]", place(file, node, "", word), word));
    } else {
      mistakes.push_back(
          fmt::format("{} is not known; known here: {}", place(file, node, section, word), known_names(section)));
    }
  }
}

} // namespace

std::vector<std::string> read_config(std::string_view text, const std::string& name, Settings& settings) {
  std::vector<std::string> mistakes;
  try {
    const toml::table table = toml::parse(text);
    read_table(table, "", name, settings, mistakes);
  } catch (const toml::parse_error& e) {
    mistakes.push_back(fmt::format("{}:{}: not valid TOML: {}; correct that line", name, e.source().begin.line,
                                   text::one_line(e.description(), 200)));
  }
  return mistakes;
}

} // namespace milkrun::cli
