// Keeps secrets in memory from landing in files: no core dump, no debugger of the same user, private new files, and no
// file in the place of a closed stream.
#include "cli/process.hpp"

#include "base/kill_point.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

// The leak check of AddressSanitizer attaches to its own process as a debugger does.
#ifdef __SANITIZE_ADDRESS__
#define MILKRUN_DEBUGGABLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MILKRUN_DEBUGGABLE 1
#endif
#endif

#if defined(MILKRUN_DEBUGGABLE) && defined(MILKRUN_TEST_HOOKS)
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
// Of the runtime; g++ 12 comes without the header that declares it.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace milkrun::cli {
namespace {

// MILKRUN_TEST_HEAP=FILE: the most bytes that were allocated at a time. Under AddressSanitizer the process's own size
// says nothing of them.
void watch_heap() {
#if defined(MILKRUN_DEBUGGABLE) && defined(MILKRUN_TEST_HOOKS)
  const char* file = test_switch("HEAP");
  if (file == nullptr) return;
  std::thread([file] {
    const std::string beside =
        std::string(file) + ".new"; // the process may end at any moment: no half of a figure is read
    for (std::size_t most = 0;; std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
      const std::size_t now = __sanitizer_get_current_allocated_bytes();
      if (now < most + (std::size_t{1} << 18)) continue;
      most = now;
      if (FILE* out = std::fopen(beside.c_str(), "w"); out != nullptr) {
        std::fprintf(out, "%zu\n", most);
        std::fclose(out);
        std::rename(beside.c_str(), file);
      }
    }
  }).detach();
#endif
}

// A stream that was closed before we began would be the next file or connection that is opened, and get what is
// printed. In its place stands what can be neither read nor written.
void keep_streams_apart() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0) // the lowest number that is free is this one
      if (open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0) return;
}

} // namespace

void harden_process() {
  keep_streams_apart();
  umask(077);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef MILKRUN_DEBUGGABLE
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN); // a limit on file sizes is an error like a full disk, told by who writes
  watch_heap();
}

} // namespace milkrun::cli
