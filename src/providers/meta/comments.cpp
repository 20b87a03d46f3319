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
std::string_view own_part(std::string_view id) { return id.substr(id.rfind('_') + 1); }

struct Told {
  std::optional<Comment> comment; // nullopt: not readable
  std::vector<std::optional<Comment>> replies = {};
  bool more_replies = false;
};
using Rows = std::vector<Told>;

Rows read_rows(const Json& rows) {
  Rows out;
  for (const Json& row : rows) {
    Told& read = out.emplace_back(row.is_object() ? read_comment(row) : std::nullopt);
    const Json& replies = member(member(row, "replies"), "data");
    if (!read.comment || !replies.is_array()) continue;
    for (const Json& reply : replies) {
      auto& comment = read.replies.emplace_back(reply.is_object() ? read_comment(reply) : std::nullopt);
      if (comment && comment->parent_id.empty()) comment->parent_id = read.comment->id;
    }
    read.more_replies = member(member(member(row, "replies"), "paging"), "next").is_string();
  }
  return out;
}

class Collector {
public:
  // A comment's time has whole seconds: it may have been made up to one later than it says.
  Collector(Time since, bool instagram)
      : since_(std::chrono::floor<std::chrono::seconds>(since)), instagram_(instagram) {}

  // True when everything further on is older than `since`.
  bool page(std::shared_ptr<const Page<Rows>> page) {
    for (const Told& row : page->rows) {
      if (!add(row.comment)) continue;
      ordered_ = ordered_ && row.comment->at <= last_;
      last_ = row.comment->at;
      for (const auto& reply : row.replies) add(reply);
      if (row.more_replies && doubt_.empty()) doubt_ = "meta.replies_cut_off";
    }
    pages_.push_back(std::move(page));
    return ordered_ && last_ < since_;
  }

  Comments done(Reason inconclusive) && {
    if (inconclusive.empty()) inconclusive = doubt_;
    Comments out{.items = {}, .inconclusive = std::move(inconclusive)};
    for (const Comment* comment : items_) out.items.push_back(*comment);
    return out;
  }

private:
  // False: it cannot be read.
  bool add(const std::optional<Comment>& comment) {
    if (!comment) {
      doubt_ = "meta.unreadable_comment";
      return false;
    }
    if (comment->at < since_ || !seen_.insert(own_part(comment->id)).second) return true;
    // Facebook leaves the authors out as it pleases; on Instagram it means that a permission is missing.
    if (instagram_ && comment->username.empty() && doubt_.empty()) doubt_ = "meta.comment_without_author";
    items_.push_back(&*comment);
    return true;
  }

  Time since_;
  bool instagram_;
  Time last_ = Time::max();
  bool ordered_ = true; // newest first so far: a pinned or ranked comment would end the walk too early
  std::vector<std::shared_ptr<const Page<Rows>>> pages_; // own what the items point to
  std::vector<const Comment*> items_;
  std::set<std::string_view> seen_;
  Reason doubt_;
};

} // namespace

Answer<Comments> Client::comments(const std::string& object_id, Time since) {
  Session session(http_, credential_, timeout_);
  if (!is_object_id(object_id)) return std::move(session).answer<Comments>(bad_object_id());
  Collector collector(since, session.instagram());
  Walk walk(session, comments_edge(object_id, session.instagram()));
  auto ended = walk.each_page<Rows>(read_rows, [&](auto page) { return collector.page(std::move(page)); });
  if (!ended) return std::move(session).answer<Comments>(std::unexpected(std::move(ended).error()));
  return std::move(session).answer<Comments>(std::move(collector).done(*std::move(ended)));
}

} // namespace milkrun::meta
