// Parse, wire, run, exit code: the only place that knows every concrete class.
#include "cli/cli.hpp"
#include "cli/process.hpp"
#include "http/blocking.hpp"
#include "http/curl_net.hpp"
#include "http/environment.hpp"
#include "http/logged.hpp"
#include "http/sharing.hpp"
#include "jobs/jobs.hpp"
#include "log/log.hpp"

#include <algorithm>
#include <iostream>

namespace {

using namespace milkrun;

// Twice of it is held at worst, and the unit allows 512 MiB for all.
constexpr std::size_t most_answer_memory = std::size_t{96} * 1024 * 1024;

// The network that logs what the real one does, and asks once for a token that many mails want; owns all three.
class LoggedCurl final : public http::Net {
public:
  explicit LoggedCurl(const cli::Settings& s)
      : curl_({.ca_file = s.ca_file,
               .user_agent = s.job.user_agent,
               .in_flight = static_cast<std::size_t>(s.run.in_flight),
               .answer_memory = std::clamp(static_cast<std::size_t>(s.run.in_flight) * std::size_t{192} * 1024,
                                           http::CurlOptions{}.answer_memory, most_answer_memory)},
              http::Guard(s.allow, s.ports)),
        logged_(curl_, [](const std::string& line) { log::debug("http_call", {{"call", line}}); }),
        shared_(door(), "email") {}
  void submit(std::uint64_t ticket, http::Request request) override { shared_.submit(ticket, std::move(request)); }
  std::vector<Answer> collect() override { return shared_.collect(); }
  void wait(Millis at_most) override { curl_.wait(at_most); }
  void nudge() override { curl_.nudge(); }
  void quit() override { curl_.quit(); }
  void abort() { curl_.abort(); }

private:
  http::Net& door() {
    if (log::enabled(log::Level::debug)) return logged_;
    return curl_;
  }
  http::CurlNet curl_;
  http::LoggedNet logged_;
  http::SharingNet shared_;
};

cli::Network connect(const cli::Settings& settings) {
  auto net = std::make_unique<LoggedCurl>(settings);
  LoggedCurl& it = *net; // lives as long as the Network that owns it
  return {.net = std::move(net), .abort = [&it] { it.abort(); }};
}

} // namespace

int main(int argc, char** argv) {
  cli::harden_process();
  http::drop_environment();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return cli::run_program(arguments, {.jobs = all_jobs(), .connect = connect}, std::cout, std::cerr);
}
