// The feed reader: one conditional GET, and one document of any common feed format as one model.
//
// Formats: RSS 0.90-2.0, RDF (RSS 1.0), Atom 0.3 and 1.0 (RFC 4287), JSON Feed 1.0 and 1.1. The reader is
// tolerant on purpose: it repairs what publishers get wrong, and says `malformed` when it had to mend the nesting.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "http/client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::feed {

enum class Kind { rss, rdf, atom, json };
// "rss" | "rdf" | "atom" | "json"
std::string_view word(Kind);

struct Enclosure {
  std::string url;                    // absolute http(s)
  std::string type;                   // media type as given; "image/*" when only that is known; may be ""
  std::optional<std::int64_t> length; // bytes; nullopt when missing, 0 or garbage
};

// One item. Every text is valid UTF-8 without characters that XML forbids.
struct Item {
  std::string identity;     // "guid:..." | "link:..." | "hash:...": opaque, trimmed, never normalised; unique in
                            // its document (a repeated guid gets "|" and the link or a number)
  bool has_id = false;      // its identity is the publisher's own word; link and text then say nothing inside its feed
  std::string link_key;     // `url` without utm_*, fbclid and default port, host lower case; without its fragment too
                            // when the item has an id and the page is its own; "" = none, or shared by several items
  std::string content_hash; // SHA-256 (hex) of title and content
  std::string url;          // absolute http(s) link or ""
  std::string title;        // plain text, one line, at most 1,000 characters
  std::string author;       // plain text, several joined by ", "; never a mail address
  std::optional<Time> published, updated; // nullopt when missing or unparseable; future dates are kept
  std::optional<Time> dated; // what to order by: published, else updated, else that of its neighbour in the document;
                             // nullopt when no item of the document has a date
  std::size_t rank = 0;      // 0 = the newest of its document
  std::string summary;       // HTML, the publisher's own short form or ""
  std::string content;       // HTML, the longest body there is (may equal summary), at most 500,000 characters
                             // both: links absolute, NOT sanitised
  std::vector<Enclosure> enclosures;
  std::vector<std::string> tags;
};

struct Feed {
  Kind kind = Kind::rss;
  std::string version;    // "2.0", "0.91", "1.0", "0.3", "1.1", ... or ""
  std::string title;      // plain text
  std::string site_url;   // absolute http(s) or ""
  std::string language;   // as given, or ""
  bool malformed = false; // the document is not well-formed, broke off or was cut; `items` are what could be read
  // Items that are not in `items`: older than the 1,000 newest, or between the first and the last 500 where no dates
  // say which those are.
  std::size_t passed_over = 0;
  bool ordered = true;     // by dates; false: its items have none, or all the same one: new ones are at either end
  std::vector<Item> items; // document order, at most 1,000
};

// Reads a document. `body`: as received, decompressed; `content_type`: the HTTP header or "" (only its charset is
// used, never as a gate); `url`: the effective URL, base of relative links, or "".
// Faults: permanent "feed.not_a_feed" | "feed.broken" | "feed.empty_document" |
// "feed.too_large". Never throws on input.
Expected<Feed> parse(std::string_view body, std::string_view content_type, std::string_view url);

struct Validators {
  std::string etag = {}, last_modified = {}; // verbatim, "" = none
};

struct Fetched {
  enum class Status {
    read,         // a document came and was read
    not_modified, // 304
    gone,         // 410: stop polling
  };
  Status status = Status::read;
  Feed feed;                        // when read
  Validators validators;            // what to store once the items are stored; on 304 the updated ones
  std::string url;                  // effective
  std::string moved_to;             // the target when every hop was 301/308 and none went from https to http, else ""
  std::optional<Millis> not_before; // hint: the longest of Cache-Control max-age, Expires, ttl and
                                    // sy:updatePeriod, at most 24 h
};

struct FetchOptions {
  http::Caller caller;
  std::string user_agent;
  Millis timeout{30'000};
};

// One conditional GET (RFC 9110) and parse(). At most 5 redirects and 10 MiB. Faults of an answer:
//   rate_limited  429, or 503 with Retry-After; the host is parked
//   outage        everything else that is no feed: other statuses (reason names them), an empty answer, a bot
//                 check, a document parse() refuses (a captive portal must not end a feed)
// Errors of http::Client::send pass unchanged.
Expected<Fetched> fetch(http::Client&, const std::string& url, const Validators&, const FetchOptions&);

} // namespace milkrun::feed
