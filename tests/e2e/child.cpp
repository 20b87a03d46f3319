// A child with its output in unlinked files: it never waits for a reader. Promise: no child outlives its object.
#include "e2e/child.hpp"

#include "support/program.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace milkrun::e2e {
namespace {

constexpr std::chrono::milliseconds between_looks{5};

FILE* scratch() {
  FILE* file = std::tmpfile();
  if (file == nullptr) throw std::system_error(errno, std::generic_category(), "tmpfile");
  return file;
}

std::string content(FILE* file) {
  std::string out;
  if (std::fseek(file, 0, SEEK_SET) != 0) throw std::system_error(errno, std::generic_category(), "fseek");
  char part[4096];
  for (std::size_t n; (n = std::fread(part, 1, sizeof part, file)) > 0;) out.append(part, n);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

} // namespace

bool eventually(const std::function<bool()>& done, std::chrono::seconds most) {
  const auto end = std::chrono::steady_clock::now() + most;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(between_looks);
  }
  return true;
}

Child::Child(std::vector<std::string> argv, const Environment& extra) : out_(scratch()), err_(scratch()) {
  std::vector<std::string> env = test::environment(extra);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, fileno(out_.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(err_.get()), STDERR_FILENO);
  pid_t pid = -1;
  const int rc = posix_spawn(&pid, argv[0].c_str(), &actions, nullptr, pointers(argv).data(), pointers(env).data());
  posix_spawn_file_actions_destroy(&actions);
  if (rc != 0) throw std::system_error(rc, std::generic_category(), argv[0]);
  pid_ = Forget(pid);
}

Child::~Child() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, &status_, 0);
}

void Child::signal(int number) const { kill(pid_, number); }

bool Child::running() {
  if (pid_ <= 0) return false;
  if (waitpid(pid_, &status_, WNOHANG) != pid_) return true;
  pid_ = Forget();
  return false;
}

bool Child::stopped() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::size_t name_ends = text.rfind(')');
  return name_ends != std::string::npos && text.substr(name_ends, 3) == ") T";
}

Finished Child::wait(std::chrono::seconds most) {
  constexpr int beside_others = 4; // a machine on which all suites run has that much less for each
  if (!eventually([&] { return !running(); }, beside_others * most))
    throw std::runtime_error("a child did not end: " + content(err_.get()));
  return {.code = WIFEXITED(status_) ? WEXITSTATUS(status_) : -1,
          .signal = WIFSIGNALED(status_) ? WTERMSIG(status_) : 0,
          .out = content(out_.get()),
          .err = content(err_.get())};
}

} // namespace milkrun::e2e
