// Where the schema holds a reason, it holds a code of the list: what the stories and the worlds of tests look for.
#include "db/sqlite.hpp"
#include "support/reasons.hpp"
#include "support/rows.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using Words = std::vector<std::string>;

namespace {

Words columns_where(db::Database& database, const std::function<bool(std::string_view)>& wanted) {
  Words out;
  for (const db::Row& r : test::rows(database, "SELECT m.name AS owner, c.name AS name FROM sqlite_master m "
                                               "JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2"))
    if (wanted(r.text("name"))) out.push_back(r.text("owner") + "." + r.text("name"));
  return out;
}

} // namespace

TEST_CASE("prose in the place of a code is found, wherever a reason is stored") {
  const auto database = db::memory_database();
  test::add_tenants(*database, {"asha"});
  CHECK(test::prose_for_reasons(*database).empty());
  for (const char* good : {"UPDATE tenants SET portal_says = 'portal.skips' WHERE id = 'asha'",
                           "INSERT INTO feeds (id, tenant_id, url, last_error) VALUES ('1', 'asha', 'u', 'feed.gone')"})
    test::change(*database, good);
  CHECK(test::prose_for_reasons(*database).empty());
  test::change(*database, "UPDATE tenants SET portal_says = 'it has no site' WHERE id = 'asha'");
  test::change(*database, "UPDATE feeds SET active = 0, stop_reason = 'feed.went'");
  CHECK(test::prose_for_reasons(*database) ==
        Words{"feeds.stop_reason: feed.went", "tenants.portal_says: it has no site"});
}

TEST_CASE("no column has a name for prose about trouble, but the operator's own notes; a claim's holds a code") {
  const auto database = db::memory_database();
  CHECK(columns_where(*database, test::is_of_reasons) ==
        Words{"articles.reason", "attempts.reason", "callbacks.dropped", "callbacks.reason", "enrollments.reason",
              "feed_items.reason", "feeds.last_error", "feeds.stop_reason", "ledger.reason", "messages.reason",
              "parks.reason", "reminders.reason", "run_counts.reason", "task_completions.reason", "tenants.portal_says",
              "told.reason"});
  CHECK(columns_where(*database, [](std::string_view name) {
          for (const char* word : {"note", "why", "problem", "cause", "trouble", "warning"})
            if (name.find(word) != std::string_view::npos) return true;
          return false;
        }) == Words{"operator_acts.note", "task_completions.note"});
}
