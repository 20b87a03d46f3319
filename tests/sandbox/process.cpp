// Forks and executes the sandbox with a pipe as its output: the one line it prints says that it is ready.
#include "process.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace milkrun::sandbox {

namespace {

std::string new_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "milkrun-sandbox-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  return pattern;
}

// True once the child has said its line; false if it ended before.
bool says_a_line(int fd) {
  char c = 0;
  while (::read(fd, &c, 1) == 1)
    if (c == '\n') return true;
  return false;
}

} // namespace

SandboxProcess::SandboxProcess() : dir_(new_directory()) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execl(MILKRUN_SANDBOX_BINARY, "milkrun-sandbox", "--dir", dir_.c_str(), "--die-with-parent", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  const bool ready = pid_ > 0 && says_a_line(ends[0]);
  ::close(ends[0]);
  if (!ready) throw std::runtime_error("milkrun-sandbox did not start");
  read_ports();
}

SandboxProcess::~SandboxProcess() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void SandboxProcess::read_ports() {
  std::ifstream file(dir_ + "/ports.json");
  const auto ports = nlohmann::json::parse(file);
  http_port_ = ports.at("http").get<int>();
  https_port_ = ports.at("https").get<int>();
}

int SandboxProcess::stop() {
  if (pid_ <= 0) return -1;
  int status = 0;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string SandboxProcess::control(const std::string& method, const std::string& what, const std::string& body) const {
  httplib::Client client("127.0.0.1", http_port_);
  client.set_tcp_nodelay(true);
  client.set_read_timeout(60); // a long journal, on a busy machine
  httplib::Request request;
  request.method = method;
  request.path = "/_sandbox/" + what;
  request.body = body;
  if (!body.empty()) request.set_header("Content-Type", "application/json");
  const auto answer = client.send(request);
  if (!answer) throw std::runtime_error("sandbox control: " + httplib::to_string(answer.error()));
  if (answer->status != 200) throw std::runtime_error("sandbox control: " + answer->body);
  return answer->body;
}

} // namespace milkrun::sandbox
