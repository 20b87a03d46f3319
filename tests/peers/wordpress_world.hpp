// The two sites of a test and its tenants: what "home" writes, "guest" is to have.
#pragma once

#include "peers/wordpress_site.hpp"

#include <string>
#include <unistd.h>
#include <vector>

namespace milkrun::test {

inline const WordPressSite& home() {
  static const WordPressSite site(MILKRUN_WORDPRESS_SITES, "home");
  return site;
}

inline const WordPressSite& guest() {
  static const WordPressSite site(MILKRUN_WORDPRESS_SITES, "guest");
  return site;
}

// A new post on "home", told from every other one by the mark in its title.
struct Source {
  std::string mark, title, link;
  Source() {
    static int count = 0;
    mark = "Fall " + std::to_string(getpid()) + "-" + std::to_string(++count) + " Ende";
    title = "Füchse & Käuzchen 🦊 – " + mark;
    link =
        home().write(title, "<p>Körbe voller Äpfel 🍎 für „Grüße“ aus Łódź.</p>", {"Wald", "Tiere größer als Mäuse"});
  }
};

inline nlohmann::json tenant(const std::string& slug, const Account& account, const std::string& mode = "publish") {
  return {{"slug", slug},
          {"name", slug},
          {"timezone", "Europe/Berlin"},
          {"language", "de"},
          {"plan", "free"},
          {"publish_mode", mode},
          {"writer", "passthrough"},
          {"max_items", 1},
          {"frequency", "daily"},
          {"credentials", nlohmann::json::array({{{"service", "wordpress"},
                                                  {"base_url", guest().base_url()},
                                                  {"account", account.user},
                                                  {"secret", account.password}}})},
          {"feeds", nlohmann::json::array({{{"url", home().feed_url()}}})}};
}

inline nlohmann::json document(const std::vector<nlohmann::json>& tenants) {
  return {{"plans", nlohmann::json::array({{{"slug", "free"}, {"posts_per_month", 100}}})},
          {"portals", nlohmann::json::array()},
          {"tenants", tenants}};
}

} // namespace milkrun::test
