// One fetch, many verdicts. Nothing here guesses: what the answer cannot show stays open.
#include "jobs/verify_social/look.hpp"

#include <algorithm>

namespace milkrun::verify_social {
namespace {

constexpr Millis longest_pause = std::chrono::hours(25); // between two looks while a claim waits: a day, and some delay

std::optional<std::int64_t> metric_of(const meta::Client::Counters& counters, std::string_view metric) {
  if (metric == "followers") return counters.followers;
  return metric == "reactions" ? counters.reactions : counters.shares;
}

template <class T> Result answer(Seen seen, meta::Answer<T>&& got, const std::function<void(Seen&, T&&)>& keep) {
  seen.calls = got.calls;
  seen.served.version = std::move(got.served_version);
  Result result{
      .outcome = Outcome(Done{}), .payload = {}, .spent = {{"graph_calls", got.calls}}, .parks = std::move(got.parks)};
  if (got.value) {
    keep(seen, std::move(*got.value));
  } else {
    seen.failure = got.value.error().reason;
    seen.unsupported = seen.failure.is("meta.followers_unavailable");
    if (!got.trace_id.empty()) got.value.error().detail += " (trace " + got.trace_id + ")";
    result.outcome = std::unexpected(std::move(got.value).error());
  }
  result.payload = std::move(seen);
  return result;
}

} // namespace

Result look(const db::Row& watch, const Credential& credential, const Outside& outside) {
  meta::Client client(outside.http, credential, outside.settings.timeout("meta", Millis(30'000)));
  Seen seen{.at = outside.clock.now(), .served = served_by(credential, "")};
  if (watch.text("method") == "comments")
    return answer<meta::Comments>(
        seen, client.comments(watch.text("object_id"), watch.maybe_time("since").value_or(seen.at) - skew),
        [](Seen& s, meta::Comments&& c) { s.comments = std::move(c); });
  if (watch.text("method") == "followers")
    return answer<meta::Client::Followers>(seen, client.followers(),
                                           [](Seen& s, meta::Client::Followers&& f) { s.followers = std::move(f); });
  return answer<meta::Client::Counters>(
      seen, client.counters(watch.text("object_id")),
      [&](Seen& s, meta::Client::Counters&& c) { s.count = metric_of(c, watch.text("metric")); });
}

Judge::Judge(const db::Row& watch, const Seen& seen, std::function<bool(const std::string&, const std::string&)> unused)
    : watch_(watch), seen_(seen), finder_(seen.comments, watch.text("service") == "instagram"),
      unused_(std::move(unused)) {
  follower_ids_.insert(seen.followers.ids.begin(), seen.followers.ids.end());
  for (const std::string& name : seen.followers.names) follower_names_.insert(plain(name));
  if (seen.count && !watch.null("last_count"))
    growth_ = std::max<std::int64_t>(0, *seen.count - watch.integer("last_count"));
}

Judgement Judge::of(const db::Row& claim) {
  if (seen_.unsupported) return {Decided{.state = "unsupported", .reason = "claim.no_follower_list"}, {}};
  if (nameless(claim))
    return {Decided{.state = "manual",
                    .reason = watch_.text("method") == "comments" ? Reason("claim.no_handle_or_code")
                                                                  : Reason("claim.no_handle_or_id")},
            {}};
  if (!seen_.failure.empty()) return not_seen(claim, seen_.failure);
  if (watch_.text("method") == "comments") return by_comment(claim);
  return watch_.text("method") == "followers" ? by_follower(claim) : by_counter(claim);
}

// Nothing that any look could find her by. A counter names nobody.
bool Judge::nameless(const db::Row& claim) const {
  if (watch_.text("method") == "counters" || !plain(claim.text("handle")).empty()) return false;
  return watch_.text("method") == "comments" ? plain(claim.text("code")).empty() : claim.text("igsid").empty();
}

Judgement Judge::not_seen(const db::Row& claim, const Reason& inconclusive) const {
  const bool late = seen_.at >= claim.time("deadline_at");
  if (late) return {past_deadline(inconclusive), {}};
  return {{}, inconclusive.empty() ? Reason("claim.not_found_yet") : inconclusive};
}

Judgement Judge::by_comment(const db::Row& claim) {
  const std::string& task = claim.text("task_id");
  const Wanted wanted{.handle = claim.text("handle"),
                      .code = claim.text("code"),
                      .from = claim.maybe_time("clicked_at").value_or(claim.time("claimed_at"))};
  const auto found =
      finder_.find(wanted, [&](const std::string& id) { return !taken_.contains({task, id}) && unused_(task, id); });
  if (!found) return not_seen(claim, seen_.comments.inconclusive);
  taken_.insert({task, comment_id(found->comment->id)});
  return {Decided{.state = "verified",
                  .grade = found->grade,
                  .source = watch_.text("service") + " comments",
                  .evidence = comment_id(found->comment->id),
                  .evidence_at = found->comment->at},
          {}};
}

Judgement Judge::by_follower(const db::Row& claim) {
  const std::string& igsid = claim.text("igsid");
  const std::string handle = plain(claim.text("handle"));
  const bool listed =
      (!igsid.empty() && follower_ids_.contains(igsid)) || (!handle.empty() && follower_names_.contains(handle));
  if (!listed) return not_seen(claim, seen_.followers.inconclusive);
  return {Decided{.state = "verified", .grade = 'C', .source = watch_.text("service") + " follower list"}, {}};
}

// A number that grew by three can be three of the claims that waited meanwhile; never more.
Judgement Judge::by_counter(const db::Row& claim) {
  if (!seen_.count) return not_seen(claim, "meta.counter_not_shown");
  const auto counted = watch_.maybe_time("counted_at");
  // What it grew by while nobody waited is not this claim's.
  if (!counted || claim.time("claimed_at") > *counted + longest_pause) return {{}, "claim.first_count"};
  if (growth_ == 0) return not_seen(claim, {});
  --growth_;
  return {Decided{.state = "verified",
                  .grade = 'C',
                  .source = watch_.text("service") + " counter: " + watch_.text("metric"),
                  .evidence_at = seen_.at},
          {}};
}

} // namespace milkrun::verify_social
