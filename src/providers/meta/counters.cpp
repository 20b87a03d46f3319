// Counts: all that Meta says of likes, shares and followers. They name nobody, so they can never prove one claim.
#include "providers/meta/session.hpp"

namespace milkrun::meta {
namespace {

std::string_view counted_fields(bool account, bool instagram) {
  if (account) return instagram ? "followers_count" : "followers_count,fan_count";
  if (instagram) return "like_count,comments_count";
  // limit(0): the total without the rows.
  return "reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count),shares";
}

std::optional<std::int64_t> total_of(const Json& edge) {
  return count_of(member(member(edge, "summary"), "total_count"));
}

Counters read_counters(const Json& body, bool account, bool instagram) {
  Counters counters;
  if (account) {
    counters.followers = count_of(member(body, "followers_count"));
    if (!counters.followers) counters.followers = count_of(member(body, "fan_count"));
  } else if (instagram) {
    counters.reactions = count_of(member(body, "like_count"));
    counters.comments = count_of(member(body, "comments_count"));
  } else {
    counters.reactions = total_of(member(body, "reactions"));
    counters.comments = total_of(member(body, "comments"));
    counters.shares = count_of(member(member(body, "shares"), "count"));
    // The field is left out as long as there are none.
    if (counters.reactions && !body.contains("shares")) counters.shares = 0;
  }
  return counters;
}

} // namespace

Answer<Counters> Client::counters(const std::string& object_id) {
  Session session(http_, credential_, timeout_);
  const bool account = object_id.empty();
  const std::string own = credential_.account.empty() ? "me" : credential_.account;
  const std::string& id = account ? own : object_id;
  if (!is_object_id(id)) return std::move(session).answer<Counters>(bad_object_id());
  const bool instagram = session.instagram();
  auto body = session.get(id, fields(counted_fields(account, instagram)));
  if (!body) return std::move(session).answer<Counters>(std::unexpected(std::move(body).error()));
  return std::move(session).answer<Counters>(read_counters(*body, account, instagram));
}

} // namespace milkrun::meta
