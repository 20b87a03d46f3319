// Single nodes: the account itself with its counters, its posts and media with theirs, and people who wrote to it.
#include "account.hpp"
#include "graph.hpp"

namespace milkrun::sandbox {

namespace {

Json account_node(const GraphVisit& visit) {
  Json node{{"id", setting(visit.account, "id")}, {"user_id", setting(visit.account, "id")}, {"name", visit.who}};
  node.update(visit.account.value("counters", Json::object()));
  return node;
}

Json instagram_object(const std::string& id, const Json& object) {
  return {{"id", id},
          {"like_count", object.value("likes", 0)},
          {"comments_count", object.value("comments", Json::array()).size()}};
}

// Counts are told only when a summary is asked for; shares are absent when there are none.
Json facebook_object(const std::string& id, const Json& object, const std::vector<Field>& fields) {
  Json node{{"id", id}};
  for (const Field& field : fields) {
    if (field.name != "reactions" && field.name != "comments") continue;
    node[field.name]["data"] = Json::array();
    const Json count = field.name == "reactions" ? Json(object.value("likes", 0))
                                                 : Json(object.value("comments", Json::array()).size());
    if (field.modifiers.contains("summary")) node[field.name]["summary"] = {{"total_count", count}};
  }
  if (object.value("shares", 0) > 0) node["shares"] = {{"count", object["shares"]}};
  return node;
}

Json person_node(const std::string& id, const Json& person) {
  Json node{{"id", id}, {"is_business_follow_user", false}, {"follower_count", 12}};
  if (person.contains("username")) node["username"] = person["username"];
  if (person.contains("follows")) node["is_user_follow_business"] = person["follows"];
  return node;
}

// Fields that may be absent from a node which has them.
bool may_be_absent(const std::string& field, bool person, bool post) {
  if (person) return field == "username" || field == "name" || field == "is_user_follow_business";
  return post && field == "shares";
}

Answer node_answer(const GraphVisit& visit, const Json& node, bool person, bool post) {
  for (const Field& field : visit.fields)
    if (!node.contains(field.name) && !may_be_absent(field.name, person, post)) return no_such_field(field.name);
  return json_answer(200, pick(node, visit.fields));
}

} // namespace

Answer node_of(const GraphVisit& visit) {
  const std::string& id = visit.path.parts.front();
  const Json objects = visit.account.value("objects", Json::object());
  const Json people = visit.account.value("people", Json::object());
  const bool own = id == "me" || id == setting(visit.account, "id");
  if (!own && !objects.contains(id) && !people.contains(id)) return no_such_object(id);
  if (visit.account.value("missing_scope", false))
    return graph_error(
        {.code = 10, .message = "(#10) Application does not have permission for this action", .details = ""});
  if (own) return node_answer(visit, account_node(visit), false, false);
  if (people.contains(id)) {
    if (!people[id].value("consent", true))
      return graph_error({.code = 230, .message = "User consent is required to access user profile", .details = ""});
    return node_answer(visit, person_node(id, people[id]), true, false);
  }
  const bool post = setting(objects[id], "platform", "facebook") == "facebook";
  return node_answer(visit, post ? facebook_object(id, objects[id], visit.fields) : instagram_object(id, objects[id]),
                     false, post);
}

} // namespace milkrun::sandbox
