// What a run tells, for people and for machines; hostile names and reasons stay one line.
#include "run/report.hpp"
#include "support/rows.hpp"

#include <array>
#include <ostream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace milkrun;

namespace {

const Time begun = from_ms(1'795'262'400'000);

RunReport report() {
  RunReport r;
  r.run = {"r1"};
  r.job = "publish-feeds";
  r.started = begun;
  r.ended = r.started + Millis(1'500);
  r.ended_by = "finished";
  r.counts = {{.stage = "post", .outcome = "done", .reason = {}, .items = 3, .next_at = {}},
              {.stage = "post",
               .outcome = "retry",
               .reason = Reason("parked", {"host", "503\nforged: all good"}),
               .items = 1,
               .next_at = r.ended}};
  r.tenants = {{.tenant = {"a"}, .slug = "asha\x1b[2J", .got = 3, .story = "3 posts \xff", .next_at = {}}};
  r.resting = {{.what = "credential wordpress of asha",
                .tenant = "asha",
                .reason = "wordpress.password_refused",
                .detail = "401\nforged: all good",
                .since = begun,
                .until = begun + Millis(3'600'000),
                .items = 30,
                .news = true}};
  r.recovered = {"ai api.example is well again"};
  r.notes = {{.text = "portal last read", .at = r.started, .items = 4}};
  r.held = 2;
  r.rescued = 1;
  return r;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("the text says what came of each stage and tenant, and what rests, in inert lines") {
  const std::string text = report_text(report());
  CHECK(text.find("publish-feeds: finished in 1500 ms, 1 rescued from a dead run\n") == 0);
  CHECK(has(text, "(next 2026-11-21T12:00:01Z)"));
  CHECK(has(text, "waits for credential wordpress of asha (asha): wordpress: wrong user or application password: 401"));
  CHECK(has(text, "; since 2026-11-21T12:00:00Z, until 2026-11-21T13:00:00Z, 30 items\n"));
  CHECK(has(text, "recovered: ai api.example is well again\n"));
  CHECK(has(text, "held for an operator: 2"));
  CHECK(has(text, "note: portal last read 2026-11-21T12:00:00Z 4"));
  CHECK_FALSE(has(text, "\nforged"));
  CHECK_FALSE(has(text, "\x1b"));
}

TEST_CASE("colour is only added: without its codes the text is the same") {
  std::string painted = report_text(report(), true);
  CHECK(has(painted, "\x1b[32m"));
  CHECK(has(painted, "\x1b[31m"));
  for (std::size_t at; (at = painted.find('\x1b')) != std::string::npos;)
    painted.erase(at, painted.find('m', at) - at + 1);
  CHECK(painted == report_text(report()));
}

TEST_CASE("an idle run says one line, and what waits for somebody") {
  RunReport r;
  r.job = "publish-feeds";
  r.idle = true;
  CHECK(report_text(r) == "publish-feeds: nothing due\n");
  r.held = 2;
  r.resting = report().resting;
  const std::string text = report_text(r);
  CHECK(text.starts_with("publish-feeds: nothing due\n"));
  CHECK(has(text, "waits for credential wordpress of asha"));
  CHECK(text.ends_with("held for an operator: 2\n"));
}

TEST_CASE("a list that was cut says so") {
  RunReport r = report();
  CHECK_FALSE(has(report_text(r), "more tenants"));
  r.cut = true;
  CHECK(has(report_text(r), "more tenants than are shown here: milkrun runs show r1\n"));
}

TEST_CASE("the JSON is one line with every figure, whatever bytes the reasons have") {
  const std::string line = report_json(report());
  CHECK(line.find('\n') == std::string::npos);
  const auto json = nlohmann::json::parse(line, nullptr, false);
  REQUIRE_FALSE(json.is_discarded());
  CHECK(json["job"] == "publish-feeds");
  CHECK(json["run"] == "r1");
  CHECK(json["duration_ms"] == 1'500);
  CHECK(json["ended_by"] == "finished");
  CHECK(json["rescued"] == 1);
  CHECK(json["held"] == 2);
  CHECK(json["cut"] == false);
  CHECK(json["idle"] == false);
  CHECK(json["dry_run"] == false);
  CHECK(json["counts"].size() == 2);
  CHECK(json["counts"][0]["items"] == 3);
  CHECK(json["counts"][0]["next_at"].is_null());
  CHECK(json["counts"][1]["code"] == "parked");
  CHECK(json["counts"][1]["args"] == nlohmann::json::array({"host", "503\nforged: all good"}));
  CHECK(json["counts"][1]["reason"] == "host parked: 503\nforged: all good");
  CHECK(json["tenants"][0]["got"] == 3);
  CHECK(json["resting"][0]["code"] == "wordpress.password_refused");
  CHECK(json["resting"][0]["mover"] == "tenant");
  CHECK(json["resting"][0]["items"] == 30);
  CHECK(json["resting"][0]["until"] == "2026-11-21T13:00:00Z");
  CHECK(json["recovered"][0] == "ai api.example is well again");
  CHECK(json["notes"][0]["items"] == 4);
}

TEST_CASE("a tenant's story tells what it got in the stage's word, and why it waits") {
  const StoryPart sent{.outcome = "done", .did = "sent", .reason = {}, .items = 3, .sample = "https://h/1"};
  const StoryPart silent{.outcome = "done", .did = "", .reason = {}, .items = 40, .sample = "x"};
  const StoryPart waits{
      .outcome = "waiting", .did = "sent", .reason = "wordpress.server_error", .items = 1, .sample = "503\nforged"};
  CHECK(story_of({}) == "nothing to tell");
  CHECK(story_of({silent}) == "nothing to tell");
  CHECK(story_of({sent, silent, waits}) == "sent 3: https://h/1, waiting: wordpress: server error");
}

TEST_CASE("what several stages say of a tenant in the same words is said once, with its number") {
  const StoryPart poll{.outcome = "would-run", .did = "", .reason = {}, .items = 1, .sample = ""};
  const StoryPart post{.outcome = "would-run", .did = "published", .reason = {}, .items = 1, .sample = ""};
  const StoryPart item{.outcome = "waiting", .did = "", .reason = "feed.bot_check", .items = 1, .sample = ""};
  const StoryPart other{.outcome = "waiting", .did = "published", .reason = "feed.gone", .items = 1, .sample = ""};
  CHECK(story_of({poll, item, post, other, item}) ==
        "would-run 2, waiting: feed: blocked by a bot check, waiting: feed: gone");
  StoryPart again = item; // one item, three times in this run
  again.items = 3;
  CHECK(story_of({again}) == "waiting: feed: blocked by a bot check");
}

TEST_CASE("stories are told a tenant after the other, with their earliest next time") {
  const auto row = [](const char* slug, const char* stage, const char* outcome, std::int64_t items, db::Value next) {
    return test::row_of({{"tenant_id", slug},
                         {"slug", slug},
                         {"stage", stage},
                         {"outcome", outcome},
                         {"reason", ""},
                         {"args", "[]"},
                         {"items", items},
                         {"next_at", std::move(next)},
                         {"sample", ""}});
  };
  const Job job{.name = "j",
                .help = "",
                .stages = {{.name = "post", .load = {}, .did = "posts"}, {.name = "poll", .load = {}}},
                .preview = {}};
  const db::Rows rows{row("asha", "post", "done", 2, {}), row("asha", "post", "retry", 1, std::int64_t{9'000}),
                      row("asha", "poll", "retry", 1, std::int64_t{5'000}), row("bolt", "poll", "done", 7, {})};
  const auto stories = stories_of(rows, std::array{&job});
  REQUIRE(stories.size() == 2);
  CHECK(stories[0].slug == "asha");
  CHECK(stories[0].got == 2);
  CHECK(stories[0].story == "posts 2, waiting");
  CHECK(stories[0].next_at == from_ms(5'000));
  CHECK(stories[1].got == 0);
  CHECK(stories[1].story == "nothing to tell");
  CHECK_FALSE(stories[1].next_at.has_value());
}

TEST_CASE("what a tenant got is what its job says: done items, or what a settle counted in the job's word") {
  const auto row = [](const char* stage, const char* outcome, std::int64_t items) {
    return test::row_of({{"tenant_id", "asha"},
                         {"slug", "asha"},
                         {"stage", stage},
                         {"outcome", outcome},
                         {"reason", ""},
                         {"args", "[]"},
                         {"items", items},
                         {"next_at", db::Value()},
                         {"sample", ""}});
  };
  const Job job{.name = "check",
                .help = "",
                .stages = {{.name = "look", .load = {}}, {.name = "send", .load = {}, .did = "sent"}},
                .preview = {},
                .gets = "found"};
  const db::Rows rows{row("look", "done", 9), row("look", "found (A)", 4), row("look", "found (B)", 1),
                      row("send", "done", 2)};
  const auto stories = stories_of(rows, std::array{&job});
  REQUIRE(stories.size() == 1);
  CHECK(stories[0].got == 5);
  CHECK(stories[0].story == "found (A) 4, found (B), sent 2");
}
