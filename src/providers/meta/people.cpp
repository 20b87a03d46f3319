// Who follows: one person asked for by id, and the list the old system asked for, which Meta gives to no one.
#include "providers/meta/pages.hpp"

namespace milkrun::meta {
namespace {

// "No such edge" comes with either: an invalid field, or a path that leads nowhere.
bool is_missing_edge(std::int64_t code) { return code == 100 || code == 2500; }

Expected<std::optional<bool>> read_follows(const Expected<Json>& body) {
  if (!body) return std::unexpected(body.error());
  const Json& flag = member(*body, "is_user_follow_business");
  return flag.is_boolean() ? std::optional(flag.get<bool>()) : std::nullopt;
}

struct People {
  std::vector<std::string> ids = {}, names = {};
  bool unreadable = false;
};

People read_people(const Json& rows) {
  People out;
  for (const Json& row : rows) {
    std::string id = id_of(member(row, "id"));
    out.unreadable = out.unreadable || id.empty();
    if (id.empty()) continue;
    std::string name = text_of(member(row, "name"));
    out.ids.push_back(std::move(id));
    out.names.push_back(name.empty() ? text_of(member(row, "username")) : std::move(name));
  }
  return out;
}

} // namespace

Client::Client(http::Client& http, const Credential& credential, Millis timeout)
    : http_(http), credential_(credential), timeout_(timeout) {}

Answer<std::optional<bool>> Client::follows(const std::string& igsid) {
  using Flag = std::optional<bool>;
  Session session(http_, credential_, timeout_);
  if (!is_object_id(igsid)) return std::move(session).answer<Flag>(bad_object_id());
  auto flag = read_follows(session.get(igsid, fields("is_user_follow_business")));
  return std::move(session).answer<Flag>(std::move(flag));
}

Answer<Followers> Client::followers() {
  Session session(http_, credential_, timeout_);
  Followers list;
  bool unreadable = false;
  Walk walk(session, {.path = "me/followers", .query = fields("id,name,username")});
  auto ended = walk.each_page<People>(read_people, [&](const std::shared_ptr<const Page<People>>& page) {
    list.ids.insert(list.ids.end(), page->rows.ids.begin(), page->rows.ids.end());
    list.names.insert(list.names.end(), page->rows.names.begin(), page->rows.names.end());
    unreadable = unreadable || page->rows.unreadable;
    return false;
  });
  if (!ended) {
    if (is_missing_edge(session.last_code()) && ended.error().fault == Fault::permanent)
      ended.error().reason = "meta.followers_unavailable";
    return std::move(session).answer<Followers>(std::unexpected(std::move(ended).error()));
  }
  list.inconclusive = ended->empty() && unreadable ? Reason("meta.unreadable_follower") : *std::move(ended);
  return std::move(session).answer<Followers>(std::move(list));
}

} // namespace milkrun::meta
