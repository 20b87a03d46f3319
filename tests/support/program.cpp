// A child with its output in unlinked files: it can say as much as it likes without anybody reading meanwhile.
#include "support/program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <system_error>

extern char** environ;

namespace milkrun::test {
namespace {

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

File scratch() {
  File file(std::tmpfile(), &std::fclose);
  if (!file) throw std::system_error(errno, std::generic_category(), "tmpfile");
  return file;
}

std::string content(const File& file) {
  std::string out;
  char part[4096];
  for (ssize_t n; (n = pread(fileno(file.get()), part, sizeof part, static_cast<off_t>(out.size()))) > 0;)
    out.append(part, static_cast<std::size_t>(n));
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out(strings.size() + 1, nullptr);
  std::ranges::transform(strings, out.begin(), [](std::string& s) { return s.data(); });
  return out;
}

// A sanitizer's program spends most of a short run on its own beginning and end: half of the whole gate's time. Each
// eighth child looks for leaks and for pointers into frames that are gone, as the test programs themselves do.
std::string sanitizer_options() {
  static std::atomic<unsigned> children = 0;
  const char* given = std::getenv("ASAN_OPTIONS");
  std::string out = given == nullptr ? "" : std::string(given) + ":"; // of two equal options the last counts
  out += "quarantine_size_mb=8:max_malloc_fill_size=0";
  if (children++ % 8 != 0) out += ":malloc_context_size=1:detect_leaks=0:detect_stack_use_after_return=0";
  return out;
}

} // namespace

std::vector<std::string> environment(const std::vector<std::pair<std::string, std::string>>& extra) {
  std::vector<std::string> out;
  for (const auto& [name, value] : extra) out.emplace_back(name).append("=").append(value);
  out.push_back("ASAN_OPTIONS=" + sanitizer_options());
  for (char** entry = environ; *entry != nullptr; ++entry) out.emplace_back(*entry);
  return out;
}

Finished run_program(const std::vector<std::string>& argv,
                     const std::vector<std::pair<std::string, std::string>>& extra) {
  const File out = scratch(), err = scratch();
  std::vector<std::string> args = argv, env = environment(extra);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, fileno(out.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(err.get()), STDERR_FILENO);
  pid_t pid = 0;
  const int rc = posix_spawn(&pid, args[0].c_str(), &actions, nullptr, pointers(args).data(), pointers(env).data());
  posix_spawn_file_actions_destroy(&actions);
  if (rc != 0) throw std::system_error(rc, std::generic_category(), args[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
          .out = content(out),
          .err = content(err)};
}

} // namespace milkrun::test
