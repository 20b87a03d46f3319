// Documents for the tests of the feed reader.
#pragma once

#include "providers/feed/feed.hpp"
#include "tests/support/fakes.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace milkrun::feed::test {

inline constexpr std::string_view feed_url = "https://example.org/blog/feed.xml";

// Reads a document that must be readable.
inline Feed read(std::string_view body, std::string_view content_type = "", std::string_view url = feed_url) {
  Expected<Feed> feed = parse(body, content_type, url);
  INFO(body.substr(0, 2'000));
  if (!feed) INFO(feed.error().reason);
  REQUIRE(feed.has_value());
  return *std::move(feed);
}

inline Item only_item(const Feed& feed) {
  REQUIRE(feed.items.size() == 1);
  return feed.items[0];
}

// A feed around the inside of a channel, item or entry; prefixes in `declared` are those of the root element.
inline std::string rss(std::string_view channel, std::string_view declared = "") {
  return "<rss version=\"2.0\" " + std::string(declared) + "><channel><title>Asha's feed</title>" +
         std::string(channel) + "</channel></rss>";
}
inline std::string atom(std::string_view inside, std::string_view declared = "") {
  return "<feed xmlns=\"http://www.w3.org/2005/Atom\" " + std::string(declared) + "><title>Bolt</title>" +
         std::string(inside) + "</feed>";
}
inline Item rss_item(std::string_view inside, std::string_view declared = "") {
  return only_item(read(rss("<item>" + std::string(inside) + "</item>", declared)));
}
inline Item atom_entry(std::string_view inside, std::string_view declared = "") {
  return only_item(read(atom("<entry>" + std::string(inside) + "</entry>", declared)));
}
inline Item atom03_entry(std::string_view inside) {
  return only_item(read("<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\"><entry>" + std::string(inside) +
                        "</entry></feed>"));
}
inline Item json_item(std::string_view inside) {
  return only_item(
      read(R"({"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{)" + std::string(inside) + "}]}"));
}
inline Item rdf_item(std::string_view inside) {
  return only_item(
      read(R"(<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/")"
           R"( xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:enc="http://purl.oclc.org/net/rss_2.0/enc#")"
           R"( xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>T</title></channel>)"
           R"(<item rdf:about="https://example.org/r/1">)" +
           std::string(inside) + "</item></rdf:RDF>"));
}

// A document of testdata/.
inline std::string document(const std::string& name) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "testdata" / name;
  std::ifstream file(path, std::ios::binary);
  INFO(path.string());
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

// Milliseconds since 1970; -1 = no date.
inline std::int64_t ms(const std::optional<Time>& t) { return t ? to_ms(*t) : -1; }
// 2026-11-21 12:00:00 UTC
inline constexpr std::int64_t noon_ms = 1'795'262'400'000;

} // namespace milkrun::feed::test
