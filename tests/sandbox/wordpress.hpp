// Inside of one played WordPress: who visits it, and its rooms.
#pragma once

#include "rest.hpp"
#include "world.hpp"

namespace milkrun::sandbox {

enum class Role { none, subscriber, contributor, author, editor, administrator };

struct Visitor {
  std::string login; // "" = anonymous, also after a wrong password
  int id = 0;
  Role role = Role::none;

  bool known() const { return role != Role::none; }
  bool may_edit() const { return role >= Role::contributor; }
  bool may_publish() const { return role >= Role::author; }
  bool may_edit_others() const { return role >= Role::editor; }
  bool may_create_terms(const std::string& taxonomy) const {
    return taxonomy == "tags" ? may_edit() : role >= Role::editor;
  }
  // WordPress answers 401 to strangers and 403 to those it knows.
  int refused() const { return known() ? 403 : 401; }
};

struct Visit {
  const Ask& ask;
  const Target& target;
  const Json& config;
  Site& site;
  Visitor who;
  std::string home; // "http://127.0.0.1:4711/site/asha"

  bool pretty() const { return config.value("pretty_permalinks", true); }
  // The address of a REST route as this site's permalinks have it.
  std::string rest_address(const std::string& route) const;
  std::string link_of(const Json& post) const;
};

// post_write.cpp: create, update, delete.  post_read.cpp: find, get.  terms.cpp: tags and categories.
// media.cpp: pictures.
Answer create_post(const Visit& visit);
Answer update_post(const Visit& visit);
Answer delete_post(const Visit& visit);
Answer find_posts(const Visit& visit);
Answer get_post(const Visit& visit);
Answer play_terms(const Visit& visit);
Answer play_media(const Visit& visit);

// The post of ".../posts/ID", or null.
Json* post_of_route(const Visit& visit);
// A stored post as the REST API shows it; with raw fields when `edit`.
Json post_json(const Visit& visit, const Json& post, bool edit);
bool may_edit_post(const Visitor& who, const Json& post);
// WordPress' sanitize_title, without its transliteration: lower case, dashes, other bytes as %xx, at most 200 bytes.
std::string slug_of(const std::string& text);

} // namespace milkrun::sandbox
