// Waits for signals in a thread instead of handling them: no code of ours runs in a signal handler.
#include "cli/signals.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace milkrun::cli {
namespace {

sigset_t ours() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

int checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

enum class Event { signal, end, time };

// Waits for the first of the three; `left` negative = no time limit.
Event next(int signals, int end, Millis left) {
  pollfd fds[] = {{signals, POLLIN, 0}, {end, POLLIN, 0}};
  for (;;) {
    const int ready = poll(fds, 2, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Event::time;
    if (fds[1].revents != 0) return Event::end;
    signalfd_siginfo taken;
    if (read(signals, &taken, sizeof taken) == static_cast<ssize_t>(sizeof taken)) return Event::signal;
  }
}

} // namespace

Signals::Signals(std::stop_source stop, std::function<void()> abort, Millis grace) {
  const sigset_t set = ours();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = checked(signalfd(-1, &set, SFD_CLOEXEC), "signalfd");
  end_ = checked(eventfd(0, EFD_CLOEXEC), "eventfd");
  watcher_ =
      std::jthread([this, stop = std::move(stop), abort = std::move(abort), grace] { watch(stop, abort, grace); });
}

Signals::~Signals() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(end_, &one, sizeof one); // cannot fail: the counter was 0
  watcher_.join();
  close(signals_);
  close(end_);
}

void Signals::watch(const std::stop_source& stop, const std::function<void()>& abort, Millis grace) const {
  if (next(signals_, end_, Millis(-1)) != Event::signal) return;
  stop.request_stop();
  if (next(signals_, end_, grace) == Event::end) return;
  abort();
  while (next(signals_, end_, Millis(-1)) != Event::end) {
  }
}

} // namespace milkrun::cli
