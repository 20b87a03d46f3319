// The program in a folder of its own, with a network that knows one feed.
#pragma once

#include "cli/cli.hpp"
#include "support/client_net.hpp"
#include "support/fakes.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

namespace milkrun::test {

inline constexpr auto feed = "<rss version=\"2.0\"><channel><title>News</title><link>https://n.example/</link>"
                             "<item><guid>g1</guid><title>One</title><link>https://n.example/1</link>"
                             "<description>first</description></item></channel></rss>";

// A network that knows one feed.
class FeedNet final : public http::Net {
public:
  FeedNet() { fake_.answer(200, feed, {{"Content-Type", "application/rss+xml"}}); }
  void submit(std::uint64_t ticket, http::Request request) override { net_.submit(ticket, std::move(request)); }
  std::vector<Answer> collect() override { return net_.collect(); }
  void wait(Millis at_most) override { net_.wait(at_most); }
  void nudge() override { net_.nudge(); }

private:
  FakeHttp fake_;
  ClientNet net_{fake_};
};

struct Program {
  std::filesystem::path folder;
  std::ostringstream out, err;
  std::vector<const Job*> jobs;

  Program() {
    char name[] = "/tmp/milkrun-program-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    folder = name;
    write("milkrun.toml", "");
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { std::filesystem::remove_all(folder); }

  std::string path(const std::string& name) const { return (folder / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return path(name);
  }
  int operator()(std::vector<std::string> words) {
    out.str("");
    err.str("");
    words.insert(words.begin(),
                 {"--config", path("milkrun.toml"), "--db", path("m.db"), "--key-file", path("master.key")});
    const cli::Wiring wiring{.jobs = jobs, .connect = [](const cli::Settings&) {
                               return cli::Network{.net = std::make_unique<FeedNet>(), .abort = [] {}};
                             }};
    return cli::run_program(words, wiring, out, err);
  }
};

} // namespace milkrun::test
