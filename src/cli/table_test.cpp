// Lists fit their line, whatever strangers put into the cells.
#include "cli/table.hpp"

#include "base/text.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <sstream>

using namespace milkrun;
using namespace milkrun::cli;

namespace {

std::string printed(const Table& table, std::size_t columns = usual_width) {
  std::ostringstream out;
  table.print(out, columns);
  return out.str();
}

} // namespace

TEST_CASE("a table has a header, columns as wide as their cells, and no blanks at the end of a line") {
  Table table({{"NAME"}, {"N", Table::Column::right}, {"WHY", Table::Column::prose}});
  table.add({"asha", "7", "all is well"});
  table.add({"a longer name", "1234", ""});
  CHECK(printed(table) == "NAME              N  WHY\n"
                          "asha              7  all is well\n"
                          "a longer name  1234  -\n");
}

TEST_CASE("no line is longer than the terminal: prose goes on below, at a blank where there is one") {
  Table table({{"ID"}, {"TITLE", Table::Column::prose}, {"WHY", Table::Column::prose}});
  table.add({"01", "one two three four five six seven eight nine ten", std::string(250, 'x')});
  table.add({"02", "日本語のとても長い題名がここにあります、もっと長くしましょう、まだ続きます", "short"});
  for (const std::size_t width : {std::size_t{60}, std::size_t{80}, std::size_t{100}}) {
    const std::string out = printed(table, width);
    for (const std::string_view line : text::split(out, '\n')) CHECK(columns_of(line) <= width);
    CHECK(out.find("one two three") != std::string::npos);
  }
  CHECK(printed(table, 60).find("\n01  one two three four five six  xxx") != std::string::npos);
}

TEST_CASE("what strangers wrote is one harmless line in its cell") {
  Table table({{"TITLE", Table::Column::prose}});
  table.add({"a\nb\x1b[2J\u202e"});
  CHECK(printed(table) == "TITLE\na\\x0Ab\\x1B[2J\\u{202E}\n");
}

TEST_CASE("where the fixed columns leave no room, prose stands below its row") {
  Table table({{"ID"}, {"WHY", Table::Column::prose}, {"STATE"}, {"TITLE", Table::Column::prose}});
  table.add({"0123456789abcdef0123456789abcdef", "because of this", "held", ""});
  CHECK(printed(table, 50) == "ID                                STATE\n"
                              "0123456789abcdef0123456789abcdef  held\n"
                              "    why: because of this\n");
}

TEST_CASE(
    "no line is longer than the terminal, however long the names are: what does not fit stands below its row, whole") {
  const std::string slug(63, 's'), id(32, 'f');
  Table table({{"ITEM"}, {"TENANT"}, {"DUE"}, {"TRIES", Table::Column::right}, {"WHY", Table::Column::prose}});
  table.add({"write-article/item:" + id, slug, "2026-11-28T12:00:00Z", "3", "because of this"});
  table.add({"write-article/item:" + id, "asha", "2026-11-28T12:00:00Z", "12", ""});
  CHECK(printed(table, 100) == "ITEM                                                 DUE                   TRIES\n"
                               "write-article/item:" +
                                   id +
                                   "  2026-11-28T12:00:00Z      3\n"
                                   "    tenant: " +
                                   slug +
                                   "\n"
                                   "    why: because of this\n"
                                   "write-article/item:" +
                                   id +
                                   "  2026-11-28T12:00:00Z     12\n"
                                   "    tenant: asha\n");
  Table two({{"TENANT"}, {"CAMPAIGN"}, {"N", Table::Column::right}});
  two.add({slug, slug, "1"});
  for (const std::size_t width : {std::size_t{40}, std::size_t{80}, std::size_t{100}})
    for (const Table* one : {&table, &two}) {
      const std::string out = printed(*one, width);
      for (const std::string_view line : text::split(out, '\n')) CHECK(columns_of(line) <= width);
      CHECK(out.find("…") == std::string::npos);
    }
}

TEST_CASE("a cut list says so") {
  std::ostringstream out;
  print_cut(out, false, 20);
  CHECK(out.str().empty());
  print_cut(out, true, 20);
  CHECK(out.str() == "… cut at 20; --limit 40 shows more\n");
}
