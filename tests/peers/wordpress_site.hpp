// A real WordPress brought up by wordpress.sh, as its owner sees it: through the REST API, with the administrator's
// application password. Nothing of milkrun's own WordPress client is used here.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace milkrun::test {

struct Account {
  std::string user, password; // an application password, with its blanks
};

class WordPressSite {
public:
  // The site of that name in sites.json. Throws when the file or the site is not there.
  WordPressSite(const std::string& sites_json, const std::string& name);

  const std::string& base_url() const { return base_url_; }
  std::string feed_url() const { return base_url_ + "/feed/"; }
  Account account(const std::string& role) const; // "administrator", "editor", "author", ...

  // Publishes a post, newer than all before it, with tags by name; returns its link.
  std::string write(const std::string& title, const std::string& html, const std::vector<std::string>& tags) const;
  // Every post (draft and trash too) whose raw title contains the text, as WordPress shows it to an editor.
  std::vector<nlohmann::json> posts_titled(const std::string& part) const;
  std::vector<std::string> tag_names(const nlohmann::json& post) const;
  std::string author_of(const nlohmann::json& post) const; // login name

  // What goes wrong with it from now on, a word of wordpress_trouble.php; "": nothing.
  void trouble(const std::string& word) const;
  void give_role(const std::string& user, const std::string& role) const;

private:
  nlohmann::json get(const std::string& path) const;
  nlohmann::json create(const std::string& path, const nlohmann::json& body) const;

  std::string base_url_, trouble_;
  nlohmann::json roles_;
};

} // namespace milkrun::test
