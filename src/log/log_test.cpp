// The log: levels, the three formats, and that no value can forge a line, move a cursor or show a secret.
#include "log/log.hpp"

#include "base/text.hpp"
#include "log/line.hpp"
#include "log/mask.hpp"

#include <ostream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <thread>
#include <type_traits>
#include <vector>

using namespace milkrun;
using namespace std::string_literals;
using log::Format;
using log::Level;

namespace {

const Time noon = from_ms(1'795'262'400'123); // 2026-11-21T12:00:00.123Z

const std::vector<std::string> hostile = {"x\n2026-11-21T12:00:00.123Z info all_good tenant=bolt",
                                          "\n{\"level\":\"info\",\"event\":\"forged\"}",
                                          "\x1B]0;pwned\x07\x1B[2J",
                                          "\" event=forged \"",
                                          "ends in a backslash\\",
                                          "\\\" forged=1",
                                          "a\r\u2028b\u202Ec\u009B31m",
                                          "\0nul"s,
                                          "\xFF\xC0\xAF",
                                          "</script>",
                                          std::string(100'000, 'x') + "\n"};

bool is_inert(const std::string& line) { return text::is_utf8(line) && text::one_line(line, line.size()) == line; }

// Reads a key=value line as a log collector does: blanks part, quotes hold together, a backslash takes the next one.
std::vector<std::string> words(const std::string& line) {
  std::vector<std::string> out(1);
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ' ' && !inside) {
      out.emplace_back();
      continue;
    }
    if (line[i] == '"') inside = !inside;
    out.back() += line[i];
    if (inside && line[i] == '\\' && i + 1 < line.size()) out.back() += line[++i];
  }
  return out;
}

} // namespace

TEST_CASE("a line names time, level, event and fields") {
  const log::Fields fields = {{"tenant", "asha"}, {"tries", 3},         {"ok", true},
                              {"empty", ""},      {"why", "no answer"}, {"q", "say \"hi\" \\o/"}};
  CHECK(log::line(Level::info, Format::keyvalue, noon, "post_published", fields) ==
        R"(2026-11-21T12:00:00.123Z info post_published tenant=asha tries=3 ok=true empty="" why="no answer")"
        R"( q="say \"hi\" \\o/")");
  CHECK(log::line(Level::info, Format::json, noon, "post_published", fields) ==
        R"({"time":"2026-11-21T12:00:00.123Z","level":"info","event":"post_published","tenant":"asha","tries":3,)"
        R"("ok":true,"empty":"","why":"no answer","q":"say \"hi\" \\o/"})");
  CHECK(log::line(Level::warn, Format::keyvalue, from_ms(-1), "e", {}) == "1969-12-31T23:59:59.999Z warn e");
}

TEST_CASE("the journal gets a priority and no time") {
  const std::pair<Level, const char*> rows[] = {
      {Level::debug, "<7>e k=v"}, {Level::info, "<6>e k=v"}, {Level::warn, "<4>e k=v"}, {Level::error, "<3>e k=v"}};
  for (const auto& [level, line] : rows) CHECK(log::line(level, Format::journald, noon, "e", {{"k", "v"}}) == line);
}

TEST_CASE("a hostile value makes one inert line") {
  for (const std::string& value : hostile)
    for (Format format : {Format::keyvalue, Format::json, Format::journald}) {
      const std::string line = log::line(Level::warn, format, noon, "feed_failed", {{"detail", value}, {"after", 1}});
      CAPTURE(line);
      CHECK(is_inert(line));
      CHECK(line.size() < 13'000);
      if (format == Format::json) continue;
      const auto read = words(line);
      REQUIRE(read.size() >= 3);
      CHECK(read.size() == (format == Format::keyvalue ? 5 : 3));
      CHECK(read[read.size() - 3].ends_with("feed_failed"));
      CHECK(read[read.size() - 2].starts_with("detail="));
      CHECK(read.back() == "after=1");
    }
  CHECK(log::line(Level::warn, Format::journald, noon, "e", {{"k", "x\ny"}}) == R"(<4>e k="x\x0Ay")");
  CHECK(log::line(Level::warn, Format::journald, noon, "e", {{"k", "x\\x0Ay"}}) == R"(<4>e k="x\\x0Ay")");
  CHECK(log::line(Level::warn, Format::journald, noon, "e\nf", {{"k k", "\""}}) == R"(<4>"e\x0Af" "k k"="\"")");
}

TEST_CASE("JSON lines parse back to what was said") {
  for (const std::string& value : hostile) {
    const auto parsed = nlohmann::json::parse(
        log::line(Level::error, Format::json, noon, "feed_failed", {{"detail", value}, {"n", -7}, {"b", false}}),
        nullptr, false);
    REQUIRE(parsed.is_object());
    CHECK(parsed.size() == 6);
    CHECK(parsed["level"] == "error");
    CHECK(parsed["detail"] == text::clip(text::to_valid_utf8(value), 2000));
    CHECK(parsed["n"] == -7);
    CHECK(parsed["b"] == false);
  }
}

TEST_CASE("a masked secret shows in no form") {
  const std::string clear = "p\"q w/ü?canary-77";
  log::mask(Secret(clear));
  log::mask(Secret(clear)); // a second time changes nothing
  std::vector<std::string> forms = {clear,
                                    text::base64(clear),
                                    text::percent_encode(clear),
                                    text::hex(clear),
                                    text::replace_all(text::percent_encode(clear), "%20", "+"),
                                    text::replace_all(clear, "\"", "\\\"")};
  std::string upper = text::hex(clear);
  std::ranges::transform(upper, upper.begin(), [](char c) { return static_cast<char>(c >= 'a' ? c - 32 : c); });
  forms.push_back(upper);
  for (const std::string& form : forms) {
    CAPTURE(form);
    CHECK(log::masked(form) == "***");
    CHECK(log::masked(fmt::format("a {0}{0}z", form)) == "a ******z");
    for (Format format : {Format::keyvalue, Format::json, Format::journald})
      CHECK(log::line(Level::info, format, noon, "e", {{"k", form}}).find("canary") == std::string::npos);
    CHECK(log::line(Level::info, Format::journald, noon, "e", {{"k", form}}) == "<6>e k=***");
  }
  // Whole inside something else that was encoded, at each of the three alignments: at most an edge is left.
  for (const char* user : {"", "a", "ab", "abc"}) {
    const std::string basic = text::base64(std::string(user) + ":" + clear + ":more");
    CAPTURE(basic);
    CHECK(log::masked(basic).find("***") != std::string::npos);
    CHECK(log::masked(basic).size() <= basic.size() - clear.size() * 4 / 3 + 3 + 2);
  }
}

TEST_CASE("a secret at the edge of the cut leaves nothing of itself") {
  log::mask(Secret("edge-canary-0123456789"));
  const std::string line =
      log::line(Level::info, Format::keyvalue, noon, "e", {{"k", std::string(1990, 'x') + "edge-canary-0123456789"}});
  CHECK(line.find("edge") == std::string::npos);
}

TEST_CASE("many secrets with the same beginning are told apart, and short ones are left alone") {
  for (int i = 0; i < 2000; ++i) log::mask(Secret("same-beginning-" + std::to_string(i)));
  CHECK(log::masked("same-beginning-1999!") == "***!");
  CHECK(log::masked("same-beginning-x") == "same-beginning-x");
  log::mask(Secret("seven77"));
  CHECK(log::masked("seven77") == "seven77");
}

TEST_CASE("no tenant's choice of a password makes a word of ours unreadable in the lines of others") {
  for (const char* chosen : {"publish-post", "item_ended", "tenant-asha-7-de", "discarded"}) log::mask(Secret(chosen));
  CHECK(log::line(Level::info, Format::journald, noon, "item_ended",
                  {{"stage", "publish-post"}, {"tenant", "tenant-asha-7-de"}, {"outcome", "discarded"}}) ==
        "<6>item_ended stage=publish-post tenant=tenant-asha-7-de outcome=discarded");
  CHECK(log::line(Level::info, Format::json, noon, "item_ended", {{"what", "publish-post"}}).contains("publish-post"));
  // What could be nobody's word is hidden wherever a stranger may have put it.
  log::mask(Secret("Pass-word9"));
  log::mask(Secret("four small words here"));
  CHECK(log::line(Level::info, Format::journald, noon, "e", {{"detail", "Pass-word9 four small words here"}}) ==
        "<6>e detail=\"*** ***\"");
}

TEST_CASE("levels: what is below is not written") {
  const log::Capture capture;
  CHECK(log::enabled(Level::warn)); // before setup()
  CHECK_FALSE(log::enabled(Level::info));
  log::info("not_said");
  log::warn("said", {{"k", 1u}});
  log::setup(Level::debug, Format::json);
  log::debug("said_too");
  log::setup(Level::error, Format::journald);
  log::warn("not_said");
  log::error("at_last");
  const std::string text = capture.text();
  const auto lines = text::split(text, '\n');
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].size() == std::string_view("2026-11-21T12:00:00.123Z warn said k=1").size());
  CHECK(lines[0].ends_with("Z warn said k=1"));
  CHECK(lines[1].ends_with(R"(Z","level":"debug","event":"said_too"})"));
  CHECK(lines[2] == "<3>at_last");
  CHECK(lines[3].empty());
  log::setup(Level::warn, Format::automatic);
}

TEST_CASE("the journal is recognised by its own socket, not by the variable alone") {
  const auto first_line = [](const std::string& stream) {
    ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
    log::setup(Level::warn, Format::automatic);
    const log::Capture capture;
    log::warn("said");
    ::unsetenv("JOURNAL_STREAM");
    return capture.text();
  };
  struct stat status{};
  REQUIRE(::fstat(STDERR_FILENO, &status) == 0);
  CHECK(first_line(std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino)) == "<4>said\n");
  CHECK(first_line("0:1").ends_with("Z warn said\n"));
  CHECK(first_line("").ends_with("Z warn said\n"));
  log::setup(Level::warn, Format::automatic);
}

TEST_CASE("the words of the configuration") {
  CHECK(log::level("debug") == Level::debug);
  CHECK(log::level("error") == Level::error);
  CHECK(log::level("loud") == std::nullopt);
  CHECK(log::format("auto") == Format::automatic);
  CHECK(log::format("json") == Format::json);
  CHECK(log::format("journald") == Format::journald);
  CHECK(log::format("keyvalue") == Format::keyvalue);
  CHECK(log::format("xml") == std::nullopt);
}

TEST_CASE("threads do not cut into each other's lines, and may mask meanwhile") {
  const log::Capture capture;
  {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([t] {
        for (int i = 0; i < 100; ++i) {
          log::mask(Secret(std::to_string(t) + "-thread-secret-" + std::to_string(i)));
          log::warn("tick", {{"thread", t}, {"secret", std::to_string(t) + "-thread-secret-" + std::to_string(i)}});
        }
      });
  }
  const std::string text = capture.text();
  const auto lines = text::split(text, '\n');
  CHECK(lines.size() == 801); // the last one is empty
  for (std::string_view line : std::span(lines).first(lines.size() - 1)) {
    CAPTURE(line);
    const auto read = words(std::string(line));
    REQUIRE(read.size() == 5);
    CHECK(read[2] == "tick");
    CHECK(read[3].size() == std::string_view("thread=0").size());
    CHECK(read[4] == "secret=***");
  }
}

TEST_CASE("a secret is no field") {
  static_assert(!std::is_constructible_v<log::Field, const char*, Secret>);
  static_assert(std::is_constructible_v<log::Field, const char*, std::string>);
}
