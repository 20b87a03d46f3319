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
  for (int i = 0; i < 800'000; ++i) text += "{},";
  const Problems found = problems_of(text + "{}]");
  REQUIRE(found.size() == 1);
  CHECK(found[0].what.contains("more than 1500000 values"));
}
