// Keeps secrets in memory from landing in files: no core dump, no debugger of the same user, private new files.
#include "cli/process.hpp"

#include <csignal>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

// The leak check of AddressSanitizer attaches to its own process as a debugger does.
#ifdef __SANITIZE_ADDRESS__
#define MILKRUN_DEBUGGABLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MILKRUN_DEBUGGABLE 1
#endif
#endif

namespace milkrun::cli {

void harden_process() {
  umask(077);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef MILKRUN_DEBUGGABLE
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN); // a limit on file sizes is an error like a full disk, told by who writes
}

} // namespace milkrun::cli
