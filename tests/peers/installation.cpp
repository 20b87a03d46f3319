// Writes the configuration a loopback test needs: addresses of this machine allowed, short waits after a crash.
#include "peers/installation.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace milkrun::test {
namespace {

void must_succeed(const Finished& run, const std::string& what) {
  if (run.code != 0)
    throw std::runtime_error(what + ": exit " + std::to_string(run.code) + ", signal " + std::to_string(run.signal) +
                             "\n" + run.out + run.err);
}

} // namespace

Installation::Installation(const std::string& more_config) {
  std::string name = (std::filesystem::temp_directory_path() / "milkrun-test.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  dir_ = name;
  std::ofstream(dir_ + "/milkrun.toml")
      << "database = \"" << dir_ << "/milkrun.db\"\n"
      << "key_file = \"" << dir_ << "/master.key\"\n"
      << "[run]\nreconcile_gap = \"1s\"\n"
      << "[timeouts]\nwordpress = \"2s\"\n"
      << "[[network.allow]]\ncidr = \"127.0.0.0/8\"\ntenant = \"*\"\nservice = \"*\"\n"
      << more_config;
  must_succeed(milkrun({"init"}), "init");
}

Installation::~Installation() {
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

Finished Installation::milkrun(std::vector<std::string> arguments,
                               const std::vector<std::pair<std::string, std::string>>& environment) const {
  arguments.insert(arguments.begin(), {MILKRUN_BINARY, "--config", dir_ + "/milkrun.toml"});
  return run_program(arguments, environment);
}

void Installation::import(const nlohmann::json& document) const {
  const std::string file = dir_ + "/import.json";
  std::ofstream(file) << document.dump();
  must_succeed(milkrun({"import", file}), "import");
}

nlohmann::json Installation::publish_feeds() const {
  const Finished run = milkrun({"publish-feeds", "--json"});
  must_succeed(run, "publish-feeds");
  return nlohmann::json::parse(run.out);
}

} // namespace milkrun::test
