// milkrun-sandbox: plays every remote service on loopback until SIGTERM, never longer than --max-seconds.
#include "server.hpp"

#include <csignal>
#include <ctime>
#include <exception>
#include <fmt/core.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace {

struct Options {
  std::string dir;
  std::string state;
  int port = 0;
  int tls_port = 0;
  int max_seconds = 3600;
  bool die_with_parent = false;
};

constexpr const char* usage = "usage: milkrun-sandbox --dir DIR [--port N] [--tls-port N] [--state FILE.json]\n"
                              "                       [--max-seconds N] [--die-with-parent]\n";

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--die-with-parent") {
      options.die_with_parent = true;
      continue;
    }
    if (++i == argc) return false;
    if (name == "--dir")
      options.dir = argv[i];
    else if (name == "--state")
      options.state = argv[i];
    else if (name == "--port")
      options.port = std::atoi(argv[i]);
    else if (name == "--tls-port")
      options.tls_port = std::atoi(argv[i]);
    else if (name == "--max-seconds")
      options.max_seconds = std::atoi(argv[i]);
    else
      return false;
  }
  return !options.dir.empty();
}

// Until a signal, the end of the time, or (when asked) the death of the parent.
void wait_for_end(const Options& options, const sigset_t& signals, pid_t parent) {
  const timespec tick{.tv_sec = 0, .tv_nsec = 200'000'000};
  for (int ticks = options.max_seconds * 5; ticks > 0; --ticks) {
    if (sigtimedwait(&signals, nullptr, &tick) > 0) return;
    if (options.die_with_parent && getppid() != parent) return;
  }
}

int play(const Options& options, const sigset_t& signals, pid_t parent) {
  milkrun::sandbox::Server server(options.dir, options.port, options.tls_port);
  if (!options.state.empty()) {
    std::ifstream file(options.state);
    std::stringstream text;
    text << file.rdbuf();
    const std::string what = file ? server.set_state(text.str()) : "cannot be read";
    if (!what.empty()) {
      fmt::print(stderr, "milkrun-sandbox: {}: {}\n", options.state, what);
      return 65;
    }
  }
  server.start();
  fmt::print("milkrun-sandbox {} {} ca {}/ca.pem\n", server.http(), server.https(), options.dir);
  std::fflush(stdout);
  wait_for_end(options, signals, parent);
  server.stop();
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const pid_t parent = getppid();
  Options options;
  if (!read_options(argc, argv, options)) {
    fmt::print(stderr, "{}", usage);
    return 64;
  }
  sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, one);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr); // before any thread exists, so that all inherit it
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return play(options, signals, parent);
  } catch (const std::exception& e) {
    fmt::print(stderr, "milkrun-sandbox: {}\n", e.what());
    return 70;
  }
}
