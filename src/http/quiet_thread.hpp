// A thread that no signal reaches: SIGTERM belongs to the main thread, and a broken TLS pipe must not kill us.
#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace milkrun::http {

template <class Work> std::thread quiet_thread(Work&& work) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::forward<Work>(work)); // inherits the mask
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

} // namespace milkrun::http
