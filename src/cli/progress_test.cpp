// The progress line: what it says, that it stays one line, makes room for the log, and leaves nothing behind.
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "log/log.hpp"

#include "support/fakes.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <cstdlib>
#include <pty.h>
#include <thread>
#include <unistd.h>

using namespace milkrun;
using namespace milkrun::cli;
using test::noon;

namespace {

constexpr std::size_t across = 60;

// A terminal of our own, and what was drawn on it.
struct Terminal {
  int ours = -1, theirs = -1;
  Terminal() {
    setenv("TERM", "xterm", 1);
    REQUIRE(openpty(&ours, &theirs, nullptr, nullptr, nullptr) == 0);
  }
  ~Terminal() {
    close(ours);
    close(theirs);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  std::string drawn() const {
    write(theirs, "\x04", 1); // so that there is something to read
    std::string out;
    char buffer[4096];
    while (out.find('\x04') == std::string::npos) {
      const ssize_t got = read(ours, buffer, sizeof buffer);
      REQUIRE(got > 0);
      out.append(buffer, static_cast<std::size_t>(got));
    }
    out.erase(out.find('\x04'));
    return out;
  }
};

// What a reader of the terminal sees at last: the text after the last return, up to what was erased.
std::string seen(const std::string& drawn) {
  std::string line;
  for (std::size_t i = 0; i < drawn.size(); ++i)
    if (drawn[i] == '\r')
      line.clear();
    else if (drawn.compare(i, 3, "\x1b[K") == 0)
      i += 2;
    else
      line += drawn[i];
  return line;
}

} // namespace

TEST_CASE("progress says what is done, how fast, what is under way, due, waiting, and for what it waits") {
  Progress p{.done = 1'204,
             .waiting = 12,
             .in_flight = 256,
             .due = 8'796,
             .elapsed = Millis(72'000),
             .waits_for = "api.example"};
  CHECK(progress_text(p, 37.4) == "1,204 done, 37/s, 256 under way, 8,796 due, 12 waiting; on api.example; 0:01:12");
  p.due = most_due + 1;
  p.waits_for = "evil\x1b[2J";
  CHECK(progress_text(p, 0.25).find("0.2/s") != std::string::npos);
  CHECK(progress_text(p, 0).find("over 10,000 due") != std::string::npos);
  CHECK(progress_text(p, 0).find('\x1b') == std::string::npos);
  CHECK(progress_text({.elapsed = Millis(3'725'000), .next_at = noon}, 0) ==
        "0 done, 0 due; the next is due at 2026-11-21T12:00:00Z; 1:02:05");
  CHECK(progress_text({.locked_since = noon}, 0).find("another program holds the database since 2026") !=
        std::string::npos);
}

TEST_CASE("the line is drawn over itself, no wider than the terminal, and gone at the end") {
  const Terminal terminal;
  {
    ProgressLine line(true, across, terminal.theirs, Millis(0));
    REQUIRE(line.on());
    line.show("deliver",
              {.done = 1, .in_flight = 2, .due = 3, .elapsed = Millis(1'000), .waits_for = std::string(200, 'x')});
    const std::string first = terminal.drawn();
    CHECK(seen(first).find("deliver: 1 done") == 0);
    CHECK(columns_of(seen(first)) < across);
    CHECK(first.find('\n') == std::string::npos);
    std::this_thread::sleep_for(Millis(120));
    line.show("deliver", {.done = 41, .in_flight = 2, .due = 3, .elapsed = Millis(3'000)});
    CHECK(seen(terminal.drawn()) == "deliver: 41 done, 20/s, 2 under way, 3 due; 0:00:03");
    std::this_thread::sleep_for(Millis(120));
    line.show("deliver", {.done = 42, .elapsed = Millis(4'000)});
    const std::string before = terminal.drawn();
    CHECK_FALSE(seen(before).empty());
    log::Capture log;
    log::warn("something"); // the line makes room
    CHECK(seen(before + terminal.drawn()).empty());
    std::this_thread::sleep_for(Millis(120));
    line.show("deliver", {.done = 43, .elapsed = Millis(5'000)});
  }
  CHECK(seen(terminal.drawn()).empty());
}

TEST_CASE("nothing is drawn within the first seconds, where there is no terminal, or on one that knows nothing") {
  const Terminal terminal;
  {
    ProgressLine early(true, across, terminal.theirs);
    early.show("deliver", {.done = 1});
    ProgressLine piped(false, across, terminal.theirs, Millis(0));
    CHECK_FALSE(piped.on());
    piped.show("deliver", {.done = 1});
  }
  {
    setenv("TERM", "dumb", 1);
    ProgressLine dumb(true, across, terminal.theirs, Millis(0));
    CHECK_FALSE(dumb.on());
    dumb.show("deliver", {.done = 1});
  }
  CHECK(terminal.drawn().empty());
}
