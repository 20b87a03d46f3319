// The comments edge in its two shapes. Instagram: newest first, replies inside, at most 50. Facebook: as filter and
// order ask, at most 100. Stored: {"id","text","username","name","from","time","hidden","parent","withheld"}.
#include "account.hpp"
#include "graph.hpp"
#include "words.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace milkrun::sandbox {

namespace {

std::time_t moment(const Json& comment) { return parse_iso(setting(comment, "time")).value_or(0); }

std::string graph_time(const Json& comment) { return iso(moment(comment)) + "+0000"; }

void copy_if(const Json& from, const char* name, Json& to, const char* as) {
  if (from.contains(name)) to[as] = from[name];
}

Json instagram_comment(const Json& comment) {
  Json row{{"id", comment["id"]}, {"timestamp", graph_time(comment)}, {"hidden", comment.value("hidden", false)}};
  copy_if(comment, "text", row, "text");
  copy_if(comment, "username", row, "username");
  copy_if(comment, "parent", row, "parent_id");
  if (comment.contains("from")) row["from"] = {{"id", comment["from"]}};
  if (comment.contains("from")) copy_if(comment, "username", row["from"], "username");
  return row;
}

Json facebook_comment(const Json& comment) {
  Json row{{"id", comment["id"]}, {"created_time", graph_time(comment)}, {"is_hidden", comment.value("hidden", false)}};
  copy_if(comment, "text", row, "message");
  if (comment.contains("parent")) row["parent"] = {{"id", comment["parent"]}};
  if (comment.contains("from")) row["from"] = {{"id", comment["from"]}};
  if (comment.contains("from")) copy_if(comment, "name", row["from"], "name");
  return row;
}

std::vector<Json> in_order(const Json& comments, const std::string& order, bool replies_too) {
  std::vector<Json> out;
  for (const Json& comment : comments)
    if (replies_too || !comment.contains("parent")) out.push_back(comment);
  if (order != "reverse_chronological" && order != "chronological") return out;
  std::multimap<decltype(moment(comments)), Json> by_moment; // of one moment: in their own order
  if (order == "reverse_chronological") std::ranges::reverse(out);
  for (Json& comment : out) by_moment.emplace(moment(comment), std::move(comment));
  out.clear();
  for (auto& [when, comment] : by_moment) out.push_back(std::move(comment));
  if (order == "reverse_chronological") std::ranges::reverse(out);
  return out;
}

std::optional<Answer> unknown_in(const std::vector<Field>& fields, const std::set<std::string>& known) {
  for (const Field& field : fields)
    if (!known.contains(field.name)) return no_such_field(field.name);
  return std::nullopt;
}

Answer instagram_comments(const GraphVisit& visit, const Json& object) {
  const std::set<std::string> known = {"id",     "text",      "username", "from",      "timestamp",
                                       "hidden", "parent_id", "replies",  "like_count"};
  if (auto refusal = unknown_in(visit.fields, known)) return *refusal;
  const auto fields = visit.fields.empty() ? *read_fields("timestamp,text,id") : visit.fields;
  const Json& all = object.value("comments", Json::array());
  const auto shown = [&](const Json& comment) {
    Json row = instagram_comment(comment);
    Json replies = Json::array();
    for (const Json& other : all)
      if (setting(other, "parent") == setting(comment, "id")) replies.push_back(instagram_comment(other));
    if (!replies.empty()) row["replies"] = {{"data", replies}};
    return pick(row, fields);
  };
  return page_answer(visit, in_order(all, "reverse_chronological", false), 50, object.value("paged", true), shown);
}

Answer facebook_comments(const GraphVisit& visit, const Json& object) {
  const std::set<std::string> known = {"id", "message", "created_time", "from", "parent", "is_hidden", "like_count"};
  if (auto refusal = unknown_in(visit.fields, known)) return *refusal;
  const auto fields = visit.fields.empty() ? *read_fields("created_time,from,message,id") : visit.fields;
  const bool replies_too = visit.ask.param("filter") == "stream";
  const auto rows = in_order(object.value("comments", Json::array()), visit.ask.param("order"), replies_too);
  return page_answer(visit, rows, 100, object.value("paged", true),
                     [&](const Json& comment) { return pick(facebook_comment(comment), fields); });
}

} // namespace

Answer comments_of(const GraphVisit& visit, const Json& object) {
  return setting(object, "platform", "facebook") == "instagram" ? instagram_comments(visit, object)
                                                                : facebook_comments(visit, object);
}

} // namespace milkrun::sandbox
