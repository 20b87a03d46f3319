// Every key, every kind of mistake, and who wins over whom.
#include "cli/config.hpp"

#include <ostream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

using namespace milkrun;
using namespace milkrun::cli;

namespace {

struct Folder {
  std::filesystem::path path;
  Folder() {
    char name[] = "/tmp/milkrun-config-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return (path / name).string();
  }
};

struct Variables {
  std::map<std::string, std::string> values;
  Environment get() const {
    return [this](const char* name) {
      const auto found = values.find(name);
      return found == values.end() ? nullptr : found->second.c_str();
    };
  }
};

std::vector<std::string> mistakes(const std::string& text) {
  Settings settings;
  return read_config(text, "milkrun.toml", settings);
}

} // namespace

TEST_CASE("every key of the configuration is taken over") {
  Settings s;
  const auto wrong = read_config(R"(
database = "/data/m.db"
key_file = "/keys/master.key"
[run]
in_flight = 3
max_runtime = "14m"
lease = "20s"
reconcile_gap = "0s"
idle_wait = "5s"
[http]
ca_file = "/dev/null"
user_agent = "tests/1"
ports = [443, 9443]
[[network.allow]]
cidr = "127.0.0.0/8"
tenant = "asha"
service = "feed"
[[network.allow]]
cidr = "::1"
tenant = "*"
service = "*"
[publish]
candidate_days = 3
article_patience = "3d"
passthrough_length = 0
passthrough_images = false

[timeouts]
portal = "10s"
feed = "11s"
ai = "12s"
wordpress = "1500ms"
[log]
level = "debug"
format = "json"
)",
                                 "milkrun.toml", s);
  CHECK(wrong.empty());
  CHECK(s.database == "/data/m.db");
  CHECK(s.key_file == "/keys/master.key");
  CHECK(s.run.in_flight == 3);
  CHECK(s.run.max_runtime == Millis(840'000));
  CHECK(s.run.lease == Millis(20'000));
  CHECK(s.run.reconcile_gap == Millis(0));
  CHECK(s.run.idle_wait == Millis(5'000));
  CHECK(s.job.candidate_for == std::chrono::days(3));
  CHECK(s.job.article_patience == std::chrono::days(3));
  CHECK(s.job.passthrough_length == 0);
  CHECK_FALSE(s.job.passthrough_images);
  CHECK(s.ca_file == "/dev/null");
  CHECK(s.job.user_agent == "tests/1");
  CHECK(s.ports == std::vector<int>{443, 9443});
  REQUIRE(s.allow.size() == 2);
  CHECK(s.allow[0].tenant == "asha");
  CHECK(s.allow[0].service == "feed");
  CHECK(s.allow[0].prefix.contains(*http::Address::parse("127.9.9.9")));
  CHECK(s.job.timeout("portal", Millis(0)) == Millis(10'000));
  CHECK(s.job.timeout("feed", Millis(0)) == Millis(11'000));
  CHECK(s.job.timeout("ai", Millis(0)) == Millis(12'000));
  CHECK(s.job.timeout("wordpress", Millis(0)) == Millis(1'500));
  CHECK(s.level == log::Level::debug);
  CHECK(s.format == log::Format::json);
}

TEST_CASE("each bad key or value is one line with file, line, key, value and mend") {
  struct {
    const char *text, *place, *says;
  } const table[] = {
      {"databas = \"/x\"", "milkrun.toml:1: databas ", "not known; known here: database, key_file, run"},
      {"database = \"x.db\"", "database = \"x.db\"", "absolute path, such as \"/var/lib/milkrun/milkrun.db\""},
      {"database = 7", "database = 7", "absolute path"},
      {"key_file = true", "key_file = true", "absolute path, such as \"/etc/milkrun/master.key\""},
      {"[http]\nca_file = \"\"", "http.ca_file = \"\"", "absolute path, such as \"/etc/ssl/certs/"},
      {"run = 1", "milkrun.toml:1: run", "write [run]"},
      {"[run]\nin_flght = 3", "milkrun.toml:2: run.in_flght", "known here: in_flight, max_runtime"},
      {"[run]\nin_flight = 0", "run.in_flight = 0", "1 to 10000"},
      {"[run]\nin_flight = 10001", "run.in_flight = 10001", "1 to 10000"},
      {"[run]\nin_flight = \"4\"", "run.in_flight = \"4\"", "1 to 10000"},
      {"[run]\nmax_runtime = 30", "run.max_runtime = 30", "duration in quotes"},
      {"[run]\nmax_runtime = \"0s\"", "run.max_runtime = \"0s\"", "duration"},
      {"[run]\nlease = \"soon\"", "run.lease = \"soon\"", "duration"},
      {"[run]\nreconcile_gap = \"2d\"", "run.reconcile_gap = \"2d\"", "duration"},
      {"[run]\nidle_wait = \"2h\"", "run.idle_wait", "duration"},
      {"[publish]\ncandidate_days = 0", "publish.candidate_days", "from 1 to 90"},
      {"[publish]\narticle_patience = \"1m\"", "publish.article_patience", "duration"},
      {"[publish]\npassthrough_length = -1", "publish.passthrough_length = -1", "0 (all) to 100000"},
      {"[publish]\npassthrough_images = \"yes\"", "publish.passthrough_images", "true or false"},
      {"[http]\nca_file = \"/nowhere/ca.pem\"", "http.ca_file = \"/nowhere/ca.pem\"", "can be read"},
      {"[http]\nuser_agent = \"a\\r\\nb\"", "http.user_agent", "printable"},
      {"[http]\nports = [0]", "http.ports = [ 0 ]", "1 to 65535"},
      {"[http]\nports = []", "http.ports", "list of port numbers"},
      {"[http]\nproxy = \"x\"", "http.proxy", "known here: ca_file, user_agent, ports"},
      {"[network]\nallow = 3", "network.allow = 3", "[[network.allow]]"},
      {"[[network.allow]]\ncidr = \"10.0.0.0/8\"\ntenant = \"*\"", "network.allow", "entry 1 needs service"},
      {"[[network.allow]]\ncidr = \"10.0.0.1/8\"\ntenant = \"*\"\nservice = \"*\"", "network.allow", "10.0.0.1/8"},
      {"[[network.allow]]\ncidr = \"::1\"\ntenant = \"*\"\nservice = \"rss\"", "network.allow",
       "must be one of feed, wordpress, ai, portal, facebook, instagram, whatsapp, email, *"},
      {"[[network.allow]]\ncidr = \"::1\"\ntenant = \"*\"\nservice = \"*\"\nport = 1", "network.allow",
       "unknown key \"port\""},
      {"[timeouts]\nfeed = \"10ms\"", "timeouts.feed = \"10ms\"", "duration"},
      {"[timeouts]\nsmtp = \"10s\"", "timeouts.smtp", "known here: portal, feed, ai, wordpress, meta, whatsapp, email"},
      {"[log]\nlevel = \"loud\"", "log.level = \"loud\"", "debug, info, warn, error"},
      {"[log]\nformat = \"xml\"", "log.format = \"xml\"", "auto, keyvalue, json, journald"},
      {"database = ", "milkrun.toml:1: ", "not valid TOML"},
      {"database = \"/a\"\ndatabase = \"/b\"", "milkrun.toml:2: ", "not valid TOML"},
  };
  for (const auto& row : table) {
    CAPTURE(std::string(row.text));
    const auto lines = mistakes(row.text);
    REQUIRE(lines.size() == 1);
    CAPTURE(lines[0]);
    CHECK(lines[0].find(row.place) != std::string::npos);
    CHECK(lines[0].find(row.says) != std::string::npos);
  }
}

TEST_CASE("all mistakes are reported together, and the value of an unknown key is not shown") {
  const auto lines = mistakes("api_key = \"CANARY-1\"\n[run]\nin_flight = 0\nlease = 1\n[log]\nlevel = \"x\"");
  CHECK(lines.size() == 4);
  for (const std::string& line : lines) CHECK(line.find("CANARY") == std::string::npos);
}

TEST_CASE("flags win over the environment, the environment over the file, the file over defaults") {
  const Folder folder;
  const std::string file =
      folder.file("a.toml", "database = \"/file.db\"\nkey_file = \"/file.key\"\n[log]\nlevel = \"info\"");
  Variables env;
  env.values = {{"MILKRUN_CONFIG", file}};
  auto s = load_settings({}, env.get());
  REQUIRE(s);
  CHECK(s->database == "/file.db");
  CHECK(s->key_file == "/file.key");
  CHECK(s->level == log::Level::info);
  CHECK(s->job.user_agent.starts_with("milkrun/"));

  env.values.insert({{"MILKRUN_DB", "/env.db"},
                     {"MILKRUN_KEY_FILE", "/env.key"},
                     {"MILKRUN_LOG_LEVEL", "error"},
                     {"MILKRUN_LOG_FORMAT", "json"}});
  s = load_settings({}, env.get());
  REQUIRE(s);
  CHECK(s->database == "/env.db");
  CHECK(s->key_file == "/env.key");
  CHECK(s->level == log::Level::error);
  CHECK(s->format == log::Format::json);

  s = load_settings({.database = "/flag.db", .key_file = "/flag.key", .log_level = "debug", .log_format = "keyvalue"},
                    env.get());
  REQUIRE(s);
  CHECK(s->database == "/flag.db");
  CHECK(s->key_file == "/flag.key");
  CHECK(s->level == log::Level::debug);
  CHECK(s->format == log::Format::keyvalue);
}

TEST_CASE("the key file of systemd's credentials is used when no other was named and it is there") {
  const Folder folder;
  Variables env;
  env.values = {{"MILKRUN_CONFIG", folder.file("empty.toml", "")}, {"CREDENTIALS_DIRECTORY", folder.path.string()}};
  CHECK(load_settings({}, env.get())->key_file == "/etc/milkrun/master.key");
  const std::string key = folder.file("master.key", "x");
  CHECK(load_settings({}, env.get())->key_file == key);
  env.values["MILKRUN_KEY_FILE"] = "/named.key";
  CHECK(load_settings({}, env.get())->key_file == "/named.key");
}

TEST_CASE("a named configuration must exist and be a file; an empty variable counts as not set") {
  const Folder folder;
  const Variables none;
  for (const std::string& path : {folder.path.string() + "/missing.toml", folder.path.string()}) {
    const auto s = load_settings({.config = path}, none.get());
    REQUIRE(!s);
    REQUIRE(s.error().size() == 1);
    CHECK(s.error()[0].find("cannot read the configuration " + path) == 0);
  }
  Variables env;
  env.values = {{"MILKRUN_CONFIG", folder.file("b.toml", "")}, {"MILKRUN_DB", ""}};
  CHECK(load_settings({}, env.get())->database == "/var/lib/milkrun/milkrun.db");
}

TEST_CASE("a bad word in the environment is an error beside those of the file") {
  const Folder folder;
  Variables env;
  env.values = {
      {"MILKRUN_CONFIG", folder.file("c.toml", "x = 1")}, {"MILKRUN_LOG_LEVEL", "loud"}, {"MILKRUN_LOG_FORMAT", "y"}};
  const auto s = load_settings({}, env.get());
  REQUIRE(!s);
  REQUIRE(s.error().size() == 3);
  CHECK(s.error()[1].find("MILKRUN_LOG_LEVEL: \"loud\" must be one of debug") == 0);
  CHECK(s.error()[2].find("MILKRUN_LOG_FORMAT: \"y\"") == 0);
}

TEST_CASE("what tenants may spend of the platform's accounts is set by service, and lifted by a word") {
  Settings s;
  CHECK(read_config("[platform.ai]\ntenant_calls_per_day = 3\ntokens_per_month = \"unlimited\"\n[platform.whatsapp]\n"
                    "calls_per_day = 0\n",
                    "milkrun.toml", s)
            .empty());
  CHECK(s.run.budgets.at("ai").tenant.calls_per_day == 3);
  CHECK(!s.run.budgets.at("ai").all.tokens_per_month);
  CHECK(s.run.budgets.at("ai").all.calls_per_day == 5'000); // the default
  CHECK(s.run.budgets.at("whatsapp").all.calls_per_day == 0);
  CHECK(!s.run.budgets.at("whatsapp").tenant.calls_per_day);
  struct {
    const char *text, *says;
  } const rows[] = {{"[platform.ai]\ntenant_calls = 3", "unknown key tenant_calls; known are calls_per_day"},
                    {"[platform.ai]\ncalls_per_day = -1", "calls_per_day must be a whole number, or \"unlimited\""},
                    {"[platform]\nai = 5", "platform.ai = 5 must be a section: write [platform.ai]"},
                    {"[platform.fax]\ncalls_per_day = 1", "platform.fax is not known; known here: ai, whatsapp"}};
  for (const auto& row : rows) {
    CAPTURE(std::string(row.text));
    const std::vector<std::string> wrong = mistakes(row.text);
    REQUIRE(wrong.size() == 1);
    CHECK_MESSAGE(wrong[0].find(row.says) != std::string::npos, wrong[0]);
  }
}

TEST_CASE("the example configuration is valid as it is and with every line switched on") {
  std::ifstream in(MILKRUN_SOURCE_DIR "/etc/milkrun.toml");
  REQUIRE(in);
  std::string as_is, switched_on;
  for (std::string line; std::getline(in, line);) {
    as_is += line + '\n';
    // "#key = ..." and "#[[section]]" are settings, "# Words" are not.
    switched_on += (line.size() > 1 && line[0] == '#' && line[1] != ' ' ? line.substr(1) : line) + '\n';
  }
  CHECK(mistakes(as_is).empty());
  const auto wrong = mistakes(switched_on);
  REQUIRE(wrong.size() == 1); // the certificate bundle it names is not on this machine
  CHECK(wrong[0].find("http.ca_file") != std::string::npos);
}

namespace {

// Every value of the settings, as a line that can be compared.
std::string every_value(const Settings& s) {
  std::string out = fmt::format(
      "{} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", s.database, s.key_file, s.run.in_flight,
      s.run.max_runtime ? s.run.max_runtime->count() : -1, s.run.lease.count(), s.run.reconcile_gap.count(),
      s.run.idle_wait.count(), s.ca_file, static_cast<int>(s.level), static_cast<int>(s.format), s.job.user_agent,
      s.job.candidate_for.count(), s.job.article_patience.count(), s.job.passthrough_length, s.job.passthrough_images);
  for (const int port : s.ports) out += fmt::format(" {}", port);
  for (const auto& [service, timeout] : s.job.timeouts) out += fmt::format(" {}={}", service, timeout.count());
  for (const auto& [service, budget] : s.run.budgets)
    for (const ledger::Allowance& a : {budget.tenant, budget.all})
      for (const auto& limit : {a.calls_per_day, a.calls_per_month, a.tokens_per_day, a.tokens_per_month})
        out += fmt::format(" {}:{}", service, limit.value_or(-1));
  return out;
}

// The setting with another value: its first digit or its yes or no is another one. "" when it has neither.
std::string otherwise(std::string setting) {
  const std::size_t value = setting.find('=');
  if (const std::size_t yes = setting.find("true", value); yes != std::string::npos)
    return setting.replace(yes, 4, "false");
  const std::size_t digit = setting.find_first_of("0123456789", value);
  if (digit == std::string::npos) return {};
  setting[digit] = setting[digit] == '1' ? '2' : '1';
  return setting;
}

} // namespace

TEST_CASE("what the example configuration shows as a default is the code's") {
  const Folder folder;
  const Variables none;
  const std::string defaults = every_value(*load_settings({.config = folder.file("none.toml", "")}, none.get()));
  std::ifstream in(MILKRUN_SOURCE_DIR "/etc/milkrun.toml");
  int compared = 0, looked_at = 0;
  std::string section;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('[')) section = line;
    if (line.starts_with("#[[")) break; // entries that have no default
    if (!line.starts_with('#') || line.size() < 2 || line[1] == ' ') continue;
    const std::string setting = line.substr(1);
    // Examples of what is not set, and says so.
    if (setting.starts_with("max_runtime") || setting.starts_with("ca_file") || setting.starts_with("user_agent"))
      continue;
    CAPTURE(setting);
    const auto settings =
        load_settings({.config = folder.file("one.toml", section + "\n" + setting + "\n")}, none.get());
    REQUIRE(settings);
    CHECK(every_value(*settings) == defaults);
    ++compared;
    const std::string other = otherwise(setting);
    if (other.empty()) continue; // a path or a word
    CAPTURE(other);
    const auto changed =
        load_settings({.config = folder.file("other.toml", section + "\n" + other + "\n")}, none.get());
    REQUIRE(changed);
    CHECK_MESSAGE(every_value(*changed) != defaults, "it is not looked at");
    ++looked_at;
  }
  CHECK(looked_at >= 22);
  CHECK(compared >= 22);
}

TEST_CASE("a configuration that others may write, a pipe and a second name of it are refused, and nothing waits") {
  const Folder folder;
  const Variables none;
  const std::string file = folder.file("a.toml", "");
  const auto refusal = [&](const std::string& path) {
    const auto s = load_settings({.config = path}, none.get());
    return s ? std::string() : s.error().at(0);
  };
  for (const int mode : {0644, 0600, 0400}) {
    std::filesystem::permissions(file, std::filesystem::perms(mode));
    CHECK(refusal(file).empty());
  }
  for (const int mode : {0664, 0646}) {
    std::filesystem::permissions(file, std::filesystem::perms(mode));
    CHECK(refusal(file).find("chmod go-w " + file) != std::string::npos);
  }
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  std::filesystem::create_hard_link(file, file + ".second");
  CHECK(refusal(file).find("2 names") != std::string::npos);
  REQUIRE(mkfifo((file + ".pipe").c_str(), 0600) == 0);
  CHECK(refusal(file + ".pipe").find("a pipe, not a regular file") != std::string::npos);
}
