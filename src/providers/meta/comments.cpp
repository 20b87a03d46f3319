// Comments of a post or a media object. Promise: an empty reason means that everything back to `since` was seen, so
// that only then "not there" can be held against anyone.
#include "base/instant.hpp"
#include "providers/meta/pages.hpp"

#include <set>

namespace milkrun::meta {
namespace {

constexpr std::size_t max_text = 32 * 1024;

Edge comments_edge(const std::string& object_id, bool instagram) {
  Edge edge{.path = object_id + "/comments", .query = ""};
  if (instagram) {
    edge.query = fields("id,text,username,from,timestamp,hidden,parent_id,"
                        "replies{id,text,username,from,timestamp,parent_id}");
    edge.limit = 50;
    edge.capped = true;
  } else {
    // The default filter hides replies, the default order is by rank.
    edge.query = "filter=stream&order=reverse_chronological&" +
                 fields("id,message,created_time,from{id,name},parent{id},is_hidden");
  }
  return edge;
}

// nullopt: no id or no time. The two platforms use different names for the same things.
std::optional<Comment> read_comment(const Json& row) {
  const Json& from = member(row, "from");
  const Json& time = row.contains("timestamp") ? row["timestamp"] : member(row, "created_time");
  const auto at = parse_instant(text_of(time));
  Comment comment{.id = id_of(member(row, "id")), .at = at.value_or(Time{})};
  if (comment.id.empty() || !at) return std::nullopt;
  comment.parent_id = id_of(row.contains("parent_id") ? row["parent_id"] : member(member(row, "parent"), "id"));
  comment.text = text_of(row.contains("text") ? row["text"] : member(row, "message"), max_text);
  comment.username = text_of(row.contains("username") ? row["username"] : member(from, "username"));
  comment.author_id = id_of(member(from, "id"));
  comment.author_name = text_of(member(from, "name"));
  comment.hidden = member(row, "hidden") == Json(true) || member(row, "is_hidden") == Json(true);
  return comment;
}

// The same comment comes as "98765" and as "POST_98765".
std::string own_part(const std::string& id) { return id.substr(id.rfind('_') + 1); }

class Collector {
public:
  // A comment's time has whole seconds: it may have been made up to one later than it says.
  Collector(Time since, bool instagram)
      : since_(std::chrono::floor<std::chrono::seconds>(since)), instagram_(instagram) {}

  // True when everything further on is older than `since`.
  bool page(const Json& rows) {
    for (const Json& row : rows) {
      const auto at = add(row, "");
      if (!at) continue;
      ordered_ = ordered_ && *at <= last_;
      last_ = *at;
      add_replies(member(row, "replies"), id_of(member(row, "id")));
    }
    return ordered_ && last_ < since_;
  }

  Comments done(Reason inconclusive) && {
    if (inconclusive.empty()) inconclusive = doubt_;
    return {std::move(items_), std::move(inconclusive)};
  }

private:
  std::optional<Time> add(const Json& row, const std::string& parent) {
    auto comment = row.is_object() ? read_comment(row) : std::nullopt;
    if (!comment) {
      doubt_ = "meta.unreadable_comment";
      return std::nullopt;
    }
    const Time at = comment->at;
    if (comment->parent_id.empty()) comment->parent_id = parent;
    if (at < since_ || !seen_.insert(own_part(comment->id)).second) return at;
    // Facebook leaves the authors out as it pleases; on Instagram it means that a permission is missing.
    if (instagram_ && comment->username.empty() && doubt_.empty()) doubt_ = "meta.comment_without_author";
    items_.push_back(*std::move(comment));
    return at;
  }

  void add_replies(const Json& replies, const std::string& parent) {
    const Json& rows = member(replies, "data");
    if (!rows.is_array()) return;
    for (const Json& row : rows) add(row, parent);
    if (member(member(replies, "paging"), "next").is_string() && doubt_.empty()) doubt_ = "meta.replies_cut_off";
  }

  Time since_;
  bool instagram_;
  Time last_ = Time::max();
  bool ordered_ = true; // newest first so far: a pinned or ranked comment would end the walk too early
  std::vector<Comment> items_;
  std::set<std::string, std::less<>> seen_;
  Reason doubt_;
};

} // namespace

Answer<Comments> Client::comments(const std::string& object_id, Time since) {
  Session session(http_, credential_, timeout_);
  if (!is_object_id(object_id)) return std::move(session).answer<Comments>(bad_object_id());
  Collector collector(since, session.instagram());
  auto ended = each_page(session, comments_edge(object_id, session.instagram()),
                         [&](const Json& rows) { return collector.page(rows); });
  if (!ended) return std::move(session).answer<Comments>(std::unexpected(std::move(ended).error()));
  return std::move(session).answer<Comments>(std::move(collector).done(*std::move(ended)));
}

} // namespace milkrun::meta
