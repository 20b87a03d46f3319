// The matrix of platform, action and policy. Meta names the author of a comment and the follower who wrote to the
// business; likes, shares and page follows are numbers only (developers.facebook.com, Graph API reference).
#include "jobs/verify_social/method.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace milkrun::verify_social {
namespace {

bool is_visit(std::string_view action) { return action.starts_with("VISIT") || action.starts_with("VIEW_"); }
bool is_follow(std::string_view action) { return action == "FOLLOW" || action == "LIKE_PAGE"; }
bool is_like(std::string_view action) { return action == "LIKE" || action == "LIKE_POST"; }

std::string service_of(std::string_view platform) {
  if (platform == "FACEBOOK") return "facebook";
  return platform == "INSTAGRAM" ? "instagram" : "";
}

Choice unsupported(const ClaimKind& claim, ReasonCode why) {
  return {.method = Method::unsupported,
          .reason = Reason(why, {text::lower(claim.platform), text::lower(claim.action)})};
}

Choice by_counter(const ClaimKind& claim, const std::string& service) {
  if (is_follow(claim.action)) return {.method = Method::counters, .service = service, .metric = "followers"};
  if (!claim.has_object) return {.method = Method::manual, .reason = "claim.no_post"};
  if (is_like(claim.action)) return {.method = Method::counters, .service = service, .metric = "reactions"};
  if (claim.action == "SHARE" && service == "facebook")
    return {.method = Method::counters, .service = service, .metric = "shares"};
  return unsupported(claim, "claim.no_counter");
}

Choice by_meta(const ClaimKind& claim, const std::string& service) {
  if (service.empty()) return unsupported(claim, "claim.no_check");
  if (claim.action == "COMMENT") {
    if (!claim.has_object) return {.method = Method::manual, .reason = "claim.no_post"};
    return {.method = Method::comments, .service = service};
  }
  if (claim.policy == "counters") return by_counter(claim, service);
  if (claim.policy == "followers" && is_follow(claim.action)) return {.method = Method::followers, .service = service};
  if (claim.action == "FOLLOW" && service == "instagram") return {.method = Method::follow, .service = service};
  return unsupported(claim, "claim.not_told");
}

constexpr std::string_view known_platforms[] = {"FACEBOOK", "INSTAGRAM", "LINKEDIN", "THREADS",
                                                "TIKTOK",   "TWITTER",   "WEBSITE",  "YOUTUBE"};

constexpr std::string_view own_log = "our own click log, on every platform: a click, and a stay of visit_time";
constexpr std::string_view likes = "policy counters: the number of reactions of the post; else nothing";
constexpr std::string_view page_likes = "policy followers or counters: the account's followers; else nothing";
constexpr ActionKind known_actions[] = {
    {"COMMENT", "the comments of the post (FACEBOOK, INSTAGRAM); the task names it by object_id"},
    {"CONNECT_ACCOUNT", "nothing: a person decides"},
    {"FOLLOW", "INSTAGRAM: whether a person who wrote to the account follows it; policy followers or counters: the "
               "account's followers"},
    {"LIKE", likes},
    {"LIKE_PAGE", page_likes},
    {"LIKE_POST", likes},
    {"SHARE", "policy counters, FACEBOOK: the number of shares of the post; else nothing"},
    {"VIEW_DISCUSSION", own_log},
    {"VIEW_POST", own_log},
    {"VIEW_STORY", own_log},
    {"VISIT", own_log},
    {"VISIT_PAGE", own_log},
    {"VISIT_PROFILE", own_log},
    {"VISIT_TO_SHARE", own_log}};

} // namespace

std::span<const std::string_view> platforms() { return known_platforms; }
std::span<const ActionKind> actions() { return known_actions; }

Choice choose(const ClaimKind& claim) {
  if (claim.policy == "manual") return {.method = Method::manual, .reason = "claim.by_hand"};
  if (is_visit(claim.action)) return {.method = Method::visit};
  if (claim.policy == "honor") return {.method = Method::honor};
  if (claim.policy == "statistical") return {.method = Method::statistical};
  return by_meta(claim, service_of(claim.platform));
}

bool in_time(Time claimed_at, const std::optional<Time>& starts_at, const std::optional<Time>& ends_at) {
  return (!starts_at || claimed_at >= *starts_at) && (!ends_at || claimed_at < *ends_at);
}

Choice choice_of(const db::Row& claim) {
  return choose({.policy = claim.text("policy"),
                 .platform = claim.text("platform"),
                 .action = claim.text("action"),
                 .has_object = !claim.text("object_id").empty()});
}

bool timely(const db::Row& claim) {
  return in_time(claim.time("claimed_at"), claim.maybe_time("starts_at"), claim.maybe_time("ends_at"));
}

bool shared(Method m) { return m == Method::comments || m == Method::followers || m == Method::counters; }

std::string_view word(Method method) {
  static constexpr std::array words{"comments", "followers",   "counters", "follow",     "visit",
                                    "honor",    "statistical", "manual",   "unsupported"};
  return words.at(static_cast<std::size_t>(method));
}

Time next_look(Time now, int looks, Time deadline) {
  static constexpr std::array<int, 5> minutes{5, 15, 60, 360, 1440};
  const auto step = std::min<std::size_t>(static_cast<std::size_t>(std::max(looks, 0)), minutes.size() - 1);
  const Time next = now + std::chrono::minutes(minutes.at(step));
  return next > deadline && now < deadline ? deadline : next;
}

bool drawn(std::string_view seed, std::string_view completion, double probability) {
  const std::string digest = text::sha256_hex(std::string(seed) + ":" + std::string(completion)).substr(0, 12);
  std::uint64_t value = 0;
  std::from_chars(digest.data(), digest.data() + digest.size(), value, 16);
  return static_cast<double>(value) / static_cast<double>(1ULL << 48) < probability;
}

} // namespace milkrun::verify_social
