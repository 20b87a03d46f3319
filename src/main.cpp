// Parse, wire, run, exit code: the only place that knows every concrete class.
#include "cli/cli.hpp"
#include "cli/process.hpp"
#include "http/blocking.hpp"
#include "http/curl_net.hpp"
#include "http/logged.hpp"
#include "jobs/jobs.hpp"
#include "log/log.hpp"

#include <iostream>

namespace {

using namespace milkrun;

// The client that logs what the real one does; owns both.
class LoggedCurl final : public http::Client {
public:
  explicit LoggedCurl(const cli::Settings& s)
      : curl_({.ca_file = s.ca_file, .user_agent = s.job.user_agent}, http::Guard(s.allow, s.ports)),
        logged_(door_, [](const std::string& line) {
          log::debug("http_call", {{"call", line}});
        }) {}
  Expected<http::Response> send(const http::Request& request) override {
    return log::enabled(log::Level::debug) ? logged_.send(request) : door_.send(request);
  }
  void abort() { curl_.abort(); }

private:
  http::CurlNet curl_;
  http::Blocking door_{curl_};
  http::Logged logged_;
};

cli::Network connect(const cli::Settings& settings) {
  auto client = std::make_unique<LoggedCurl>(settings);
  LoggedCurl& it = *client; // lives as long as the Network that owns it
  return {.client = std::move(client), .abort = [&it] { it.abort(); }};
}

} // namespace

int main(int argc, char** argv) {
  cli::harden_process();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return cli::run_program(arguments, {.jobs = all_jobs(), .connect = connect}, std::cout, std::cerr);
}
