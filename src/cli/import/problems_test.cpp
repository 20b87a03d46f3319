// However many mistakes an input has, they cost little to find and little to read.
#include "cli/import/problems.hpp"

#include "cli/import/test_world.hpp"

#include <algorithm>
#include <fmt/format.h>

using namespace milkrun;
using namespace milkrun::cli;
using namespace milkrun::cli::test_import;

TEST_CASE("a document of mistakes and nothing else is told in few lines, and read no further than it is worth") {
  std::string names, entries;
  for (int i = 0; i < 40'000; ++i) {
    names += fmt::format("{}\"n{}x{}\":1", i == 0 ? "" : ",", i, std::string(static_cast<std::size_t>(i % 40), 'y'));
    entries += fmt::format(R"({}{{"slug":{},"u{}":1,"timezone":"q{}"}})", i == 0 ? "" : ",", i, i, i);
  }
  for (const std::string& text : {"{" + names + "}", R"({"tenants":[)" + entries + "]}",
                                  R"({"tenants":[{"slug":"a","credentials":[{)" + names + "}]}]}"}) {
    const Problems problems = problems_of(text);
    CHECK(problems.full());
    CHECK(std::distance(problems.begin(), problems.end()) == Problems::most);
    const auto lines = told("f.json", problems);
    CHECK(lines.size() <= most_lines + 2);
    CHECK(lines.back() == "f.json: after 10000 mistakes it was read no further");
    std::size_t bytes = 0;
    for (const std::string& line : lines) bytes += line.size();
    CHECK(bytes < 60'000);
  }
  // Whatever the names are, a field nobody asked for is one kind of mistake.
  CHECK(told("f.json", problems_of("{" + names + "}")).size() == 20 + 1 + 1);
  // Kinds without end: settings' own names stand in the sentence.
  Problems many;
  for (int i = 0; i < 5'000; ++i)
    many.push_back({"tenants[0]", std::string("kind ") + static_cast<char>('a' + i % 26) +
                                      std::string(static_cast<std::size_t>(i / 26), 'z')});
  CHECK(told("f.json", many).size() <= most_lines + 1);
}

TEST_CASE("a document of more values than any has is refused before anything is built of it") {
  std::string text = "[";
  for (int i = 0; i < 1'500'000; ++i) text += "1,";
  const Problems found = problems_of(text + "1]");
  REQUIRE(found.size() == 1);
  CHECK(found[0].what.contains("more than 1500000 values"));
}

TEST_CASE("what is too long in a document is told with what it is and where it stands") {
  const auto told_of = [](const std::string& text) {
    const Problems found = problems_of(text);
    REQUIRE(found.size() == 1);
    return found[0].what;
  };
  CHECK(told_of("{\"tenants\":\n [1e" + std::string(1'000, '9') + "]}") ==
        "has a number of more than 1000 digits at line 2, column 3; no field takes one");
  CHECK(told_of("{\"tenants\": " + std::string(2'000, 's') + "}")
            .contains("has more than 1000 characters in a row at line 1, column 13 that are no text in quotes"));
  CHECK(told_of("{\"tenants\":[{\"slug\":\"a\"}" + std::string(70'000, '\n') + "x")
            .contains("has more than 65536 bytes in a row from line 1, column 24 on"));
  CHECK(
      told_of("{\"a\": \"" + std::string(1'100'000, 's')).contains("has a text of more than 1048576 bytes at line 1"));
  CHECK(told_of(std::string(100'000, '\n')).contains("line 1, column 1: the document is empty"));
  CHECK(told_of(R"({"platform":{"credentials":[{"service":"ai","base_url":"https://api.example/v1","settings":)"
                R"({"adapter":"openai","model":"m"},"secret":")" +
                std::string(8'193, 's') + "\"}]}}") == "must be a text in quotes, one line of at most 8 KiB");
}
