// How a claim is checked: the whole matrix of platform, action and policy, and the steps of looking again.
#include "jobs/verify_social/method.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <array>
#include <cmath>

using namespace milkrun;
using namespace milkrun::verify_social;

namespace {

constexpr std::array policies{"meta", "platform", "followers", "counters", "statistical", "honor", "manual"};

std::string told(const Choice& c) {
  return std::string(word(c.method)) + (c.metric.empty() ? "" : ":" + c.metric) +
         (c.service.empty() ? "" : "@" + c.service);
}

} // namespace

TEST_CASE("every platform, action and policy has its method") {
  struct Row {
    const char *platform, *action;
    std::array<const char*, 4> by; // meta, platform, followers, counters; the others are alike in all rows
  };
  const char* const fb = "comments@facebook";
  const char* const ig = "comments@instagram";
  const char* const no = "unsupported";
  const Row rows[] = {
      {"FACEBOOK", "COMMENT", {fb, fb, fb, fb}},
      {"FACEBOOK", "FOLLOW", {no, no, "followers@facebook", "counters:followers@facebook"}},
      {"FACEBOOK", "LIKE_PAGE", {no, no, "followers@facebook", "counters:followers@facebook"}},
      {"FACEBOOK", "LIKE", {no, no, no, "counters:reactions@facebook"}},
      {"FACEBOOK", "LIKE_POST", {no, no, no, "counters:reactions@facebook"}},
      {"FACEBOOK", "SHARE", {no, no, no, "counters:shares@facebook"}},
      {"FACEBOOK", "MENTION", {no, no, no, no}},
      {"FACEBOOK", "", {no, no, no, no}},
      {"INSTAGRAM", "COMMENT", {ig, ig, ig, ig}},
      {"INSTAGRAM",
       "FOLLOW",
       {"follow@instagram", "follow@instagram", "followers@instagram", "counters:followers@instagram"}},
      {"INSTAGRAM", "LIKE_PAGE", {no, no, "followers@instagram", "counters:followers@instagram"}},
      {"INSTAGRAM", "LIKE", {no, no, no, "counters:reactions@instagram"}},
      {"INSTAGRAM", "LIKE_POST", {no, no, no, "counters:reactions@instagram"}},
      {"INSTAGRAM", "SHARE", {no, no, no, no}},
      {"INSTAGRAM", "STORY", {no, no, no, no}},
      {"YOUTUBE", "COMMENT", {no, no, no, no}},
      {"YOUTUBE", "FOLLOW", {no, no, no, no}},
      {"TIKTOK", "LIKE", {no, no, no, no}},
      {"", "SHARE", {no, no, no, no}},
      {"", "", {no, no, no, no}},
  };
  for (const Row& row : rows)
    for (std::size_t i = 0; i < policies.size(); ++i) {
      INFO(row.platform, " ", row.action, " by ", policies.at(i));
      const std::string want = i < row.by.size() ? row.by.at(i) : policies.at(i);
      const Choice got =
          choose({.policy = policies.at(i), .platform = row.platform, .action = row.action, .has_object = true});
      CHECK(told(got) == want);
      CHECK(got.reason.empty() == (got.method != Method::unsupported && got.method != Method::manual));
    }
}

TEST_CASE("a visit is in our own log whatever the platform; only a person can overrule that") {
  for (const char* platform : {"FACEBOOK", "INSTAGRAM", "WEB", ""})
    for (const char* action : {"VISIT", "VISIT_PAGE", "VISIT_PROFILE", "VIEW_STORY"})
      for (const char* policy : policies) {
        INFO(platform, " ", action, " by ", policy);
        const Choice got = choose({.policy = policy, .platform = platform, .action = action, .has_object = false});
        CHECK(told(got) == (std::string_view(policy) == "manual" ? "manual" : "visit"));
      }
}

TEST_CASE("a task that names no post goes to a person where a post is needed") {
  struct Row {
    const char *policy, *platform, *action, *method, *reason;
  };
  const Row rows[] = {
      {"meta", "FACEBOOK", "COMMENT", "manual", "the task names no post"},
      {"platform", "INSTAGRAM", "COMMENT", "manual", "the task names no post"},
      {"counters", "INSTAGRAM", "LIKE", "manual", "the task names no post"},
      {"counters", "FACEBOOK", "SHARE", "manual", "the task names no post"},
      {"counters", "FACEBOOK", "FOLLOW", "counters:followers@facebook", ""},
      {"followers", "INSTAGRAM", "FOLLOW", "followers@instagram", ""},
      {"meta", "INSTAGRAM", "FOLLOW", "follow@instagram", ""},
      {"meta", "FACEBOOK", "LIKE", "unsupported", "facebook like: Meta tells nobody who did it"},
      {"meta", "YOUTUBE", "COMMENT", "unsupported", "youtube comment: no check exists for this platform"},
      {"counters", "INSTAGRAM", "SHARE", "manual", "the task names no post"},
      {"honor", "FACEBOOK", "LIKE", "honor", ""},
      {"manual", "", "", "manual", "the campaign is decided by hand"},
  };
  for (const Row& row : rows) {
    INFO(row.platform, " ", row.action, " by ", row.policy);
    const Choice got =
        choose({.policy = row.policy, .platform = row.platform, .action = row.action, .has_object = false});
    CHECK(told(got) == row.method);
    CHECK(got.reason.text() == row.reason);
  }
}

TEST_CASE("only comments, follower lists and counters share a look") {
  for (const Method m : {Method::comments, Method::followers, Method::counters}) CHECK(shared(m));
  for (const Method m :
       {Method::follow, Method::visit, Method::honor, Method::statistical, Method::manual, Method::unsupported}) {
    CAPTURE(word(m));
    CHECK_FALSE(shared(m));
  }
}

TEST_CASE("a claim counts from the campaign's start up to its end") {
  const Time start = from_ms(1'000), end = from_ms(2'000);
  CHECK_FALSE(in_time(start - Millis(1), start, end));
  CHECK(in_time(start, start, end));
  CHECK(in_time(end - Millis(1), start, end));
  CHECK_FALSE(in_time(end, start, end));
  CHECK(in_time(from_ms(-1), {}, end));
  CHECK(in_time(from_ms(9'000'000), start, {}));
  CHECK(in_time(from_ms(0), {}, {}));
}

TEST_CASE("looks follow in 5, 15, 60, 360 minutes, then daily, and one falls on the deadline") {
  const Time now = from_ms(1'795'262'400'000), far = now + std::chrono::days(7);
  const std::array minutes{5, 15, 60, 360, 1440, 1440, 1440};
  for (int looks = 0; looks < static_cast<int>(minutes.size()); ++looks) {
    CAPTURE(looks);
    CHECK(next_look(now, looks, far) == now + std::chrono::minutes(minutes.at(static_cast<std::size_t>(looks))));
  }
  CHECK(next_look(now, -1, far) == now + std::chrono::minutes(5));
  CHECK(next_look(now, 1'000'000, far) == now + std::chrono::days(1));
  const Time soon = now + std::chrono::minutes(3);
  CHECK(next_look(now, 0, soon) == soon);
  CHECK(next_look(now, 4, soon) == soon);
  CHECK(next_look(now, 0, now + std::chrono::minutes(5)) == now + std::chrono::minutes(5));
  // At and after the deadline it goes on, for what could not be decided even then.
  CHECK(next_look(now, 0, now) == now + std::chrono::minutes(5));
  CHECK(next_look(soon, 4, now) == soon + std::chrono::days(1));
}

TEST_CASE("the statistical draw is the same each time, near its probability, and depends on the seed") {
  for (const double probability : {0.0, 0.1, 0.5, 0.85, 1.0}) {
    CAPTURE(probability);
    int drawn_ones = 0, changed_by_seed = 0;
    for (int i = 0; i < 10'000; ++i) {
      const std::string id = "claim-" + std::to_string(i);
      const bool first = drawn("seed", id, probability);
      CHECK_MESSAGE(drawn("seed", id, probability) == first, id);
      drawn_ones += first ? 1 : 0;
      changed_by_seed += drawn("other", id, probability) != first ? 1 : 0;
    }
    // Five standard deviations; exactly none and all at the ends.
    const double spread = 5 * std::sqrt(10'000 * probability * (1 - probability));
    CHECK(std::abs(drawn_ones - 10'000 * probability) <= spread);
    CHECK((changed_by_seed > 0) == (spread > 0));
  }
  // Who is drawn at a low probability is drawn at a higher one.
  for (int i = 0; i < 1'000; ++i) {
    const std::string id = std::to_string(i);
    CHECK_MESSAGE((!drawn("s", id, 0.3) || drawn("s", id, 0.6)), id);
  }
}
