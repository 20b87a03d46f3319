// Rows and parameters, without any driver.
#include "db/db.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using db::Value;

namespace {

db::Row row(std::vector<std::string> names, std::vector<Value> values) {
  return {std::make_shared<const db::Row::Names>(std::move(names)), std::move(values)};
}

} // namespace

TEST_CASE("a row answers by column name, and only in the column's own type") {
  const db::Row r = row({"id", "posts", "share", "gone"}, {std::string("a"), std::int64_t{7}, 0.5, Value()});
  CHECK(r.text("id") == "a");
  CHECK(r.integer("posts") == 7);
  CHECK(r.flag("posts"));
  CHECK(r.time("posts") == from_ms(7));
  CHECK(r.real("share") == 0.5);
  CHECK(r.real("posts") == 7.0); // a whole number comes back as an integer from some databases
  CHECK(r.null("gone"));
  CHECK(r.text_or_empty("gone").empty());
  CHECK(r.maybe_time("gone") == std::nullopt);
  CHECK(r.maybe_time("posts") == from_ms(7));
  CHECK_THROWS_AS(r.text("posts"), std::logic_error);
  CHECK_THROWS_AS(r.integer("id"), std::logic_error);
  CHECK_THROWS_AS(r.integer("gone"), std::logic_error);
  CHECK_THROWS_AS(r.real("id"), std::logic_error);
  CHECK_THROWS_AS(r.text("none"), std::logic_error);
  CHECK_THROWS_AS(r.null("none"), std::logic_error);
  CHECK_FALSE(r.empty());
}

TEST_CASE("an empty row has no column and says so") {
  const db::Row r;
  CHECK(r.empty());
  CHECK_FALSE(r.has("id"));
  CHECK_THROWS_AS(r.text("id"), std::logic_error);
}

TEST_CASE("optional values become NULL when there is none") {
  CHECK(std::holds_alternative<std::monostate>(db::value(std::optional<std::string>())));
  CHECK(std::get<std::string>(db::value(std::optional<std::string>(""))).empty());
  CHECK(std::get<std::int64_t>(db::value(std::optional<std::int64_t>(-1))) == -1);
  CHECK(std::get<std::int64_t>(db::value(std::optional(from_ms(5)))) == 5);
  CHECK(std::holds_alternative<std::monostate>(db::value(std::optional<Time>())));
}

TEST_CASE("a parameter keeps the type it was given") {
  CHECK(std::get<std::int64_t>(db::Param("p", true).value) == 1);
  CHECK(std::get<std::int64_t>(db::Param("p", 3).value) == 3);
  CHECK(std::get<std::string>(db::Param("p", "text").value) == "text"); // and is not taken for a bool
  CHECK(std::get<std::int64_t>(db::Param("p", from_ms(9)).value) == 9);
  CHECK(std::holds_alternative<std::monostate>(db::Param("p", nullptr).value));
}
