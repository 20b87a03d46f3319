// One conditional GET of a feed (RFC 9110 13, RFC 9111). Only 410 says that a feed is gone; whatever else comes
// instead of a feed may be a captive portal, a bot check or a broken server, and is tried again: alone, where the host
// answered about this one feed, with all that is there, where the host itself is in trouble.
#include "providers/feed/document.hpp"
#include "providers/feed/timing.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace milkrun::feed {

namespace {

constexpr Millis default_rest = std::chrono::minutes{5};

// A validator as it may be stored and sent back; "" for one with bytes that no header may hold, or as long as a body:
// the feed is then read without it.
std::string usable(std::string_view validator) {
  constexpr std::size_t longest = 1'024;
  const bool plain = std::ranges::all_of(validator, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
  return plain && text::is_utf8(validator) && validator.size() <= longest ? std::string(validator) : std::string{};
}

http::Request request_for(const std::string& url, const Validators& validators, const FetchOptions& options) {
  http::Request request{.url = url, .caller = options.caller, .timeout = options.timeout};
  request.max_body = max_document;
  request.max_redirects = 5;
  request.stall_guard = true;
  if (!options.user_agent.empty()) request.headers.push_back({"User-Agent", options.user_agent});
  request.headers.push_back({"Accept", "application/atom+xml, application/rss+xml, application/feed+json, "
                                       "application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"});
  if (std::string etag = usable(validators.etag); !etag.empty()) request.headers.push_back({"If-None-Match", etag});
  if (std::string date = usable(validators.last_modified); !date.empty())
    request.headers.push_back({"If-Modified-Since", date});
  return request;
}

bool is_https(std::string_view url) { return text::iequals(url.substr(0, 8), "https://"); }

// Where the feed has moved for good; "" unless every hop says so and none gives up encryption.
std::string moved_to(const http::Response& response) {
  for (const http::Hop& hop : response.hops) {
    if (hop.status != 301 && hop.status != 308) return {};
    if (is_https(hop.from) && !is_https(hop.to)) return {};
  }
  return response.hops.empty() ? std::string{} : response.hops.back().to;
}

std::unexpected<Error> refuse(const http::Response& response, Fault fault, Reason reason) {
  Error error{.fault = fault, .reason = std::move(reason), .http_status = response.status};
  return std::unexpected(std::move(error));
}

// What the host answered about this one feed says nothing of the others there.
std::unexpected<Error> of_page(Error error) {
  error.fault = Fault::outage;
  error.parks.push_back({.scope = ParkScope::page, .id = {}, .rest = Millis(0), .reason = error.reason});
  return std::unexpected(std::move(error));
}

// An answer came, as no feed has it.
bool is_of_page(const Error& error) {
  return std::ranges::any_of(std::array<ReasonCode, 6>{"network.answer_too_large", "network.too_many_headers",
                                                       "network.bad_content_encoding", "network.too_many_redirects",
                                                       "network.bad_redirect", "network.redirect_to_plain_http"},
                             [&](ReasonCode code) { return error.reason.is(code); });
}

std::unexpected<Error> refuse_page(const http::Response& response, Reason reason) {
  return of_page({.reason = std::move(reason), .http_status = response.status});
}

std::unexpected<Error> limited(const http::Response& response) {
  Error error{.fault = Fault::rate_limited, .reason = "feed.slow_down", .http_status = response.status};
  error.retry_after = http::retry_after(response);
  error.parks.push_back({.scope = ParkScope::host,
                         .id = http::host_of(response.url),
                         .rest = error.retry_after.value_or(default_rest),
                         .reason = error.reason});
  return std::unexpected(std::move(error));
}

std::unexpected<Error> refused(const http::Response& response) {
  const int status = response.status;
  if (status == 429) return limited(response);
  if (status == 503 && !response.header("Retry-After").empty()) return limited(response);
  if (status == 403 && text::iequals(text::trim(response.header("cf-mitigated")), "challenge"))
    return refuse(response, Fault::outage, "feed.bot_check");
  const auto reason = [&]() -> Reason {
    if (status == 404) return "feed.not_found";
    if (status == 401 || status == 403) return Reason("feed.access_refused", {std::to_string(status)});
    if (status >= 400) return "feed.request_refused";
    if (status >= 300) return "feed.redirect_without_target";
    return "feed.unexpected_status";
  };
  if (status == 408) return refuse(response, Fault::outage, "feed.request_refused");
  if (status >= 500) return refuse(response, Fault::outage, "feed.server_error");
  return refuse_page(response, reason());
}

// Relative links count from Content-Location where the server gives one on the same host (behind a proxy it often
// names an inner host instead), else from the effective URL.
std::string base_of(const http::Response& response, const std::string& url) {
  const std::string location = absolute(url, response.header("Content-Location"));
  return !location.empty() && http::host_of(location) == http::host_of(url) ? location : url;
}

Expected<Fetched> not_modified(const http::Response& response, Fetched fetched, const Validators& sent) {
  if (sent.etag.empty() && sent.last_modified.empty()) return refuse_page(response, "feed.stray_not_modified");
  fetched.status = Fetched::Status::not_modified;
  // RFC 9111 4.3.4: the stored validators are updated by those of a 304.
  fetched.validators = sent;
  if (std::string etag = usable(response.header("ETag")); !etag.empty()) fetched.validators.etag = std::move(etag);
  if (std::string date = usable(response.header("Last-Modified")); !date.empty())
    fetched.validators.last_modified = std::move(date);
  fetched.not_before = not_before(response, Millis{0});
  return fetched;
}

Expected<Fetched> read(const http::Response& response, Fetched fetched) {
  if (response.body.empty()) return refuse_page(response, "feed.empty_answer");
  Expected<Parsed> parsed =
      parse_document(response.body, response.header("Content-Type"), base_of(response, fetched.url));
  if (!parsed) {
    Error error = std::move(parsed).error();
    error.http_status = response.status;
    return of_page(std::move(error));
  }
  fetched.status = Fetched::Status::read;
  fetched.feed = std::move(parsed->feed);
  fetched.validators = {.etag = usable(response.header("ETag")),
                        .last_modified = usable(response.header("Last-Modified"))};
  fetched.not_before = not_before(response, parsed->refresh);
  return fetched;
}

} // namespace

Expected<Fetched> fetch(http::Client& client, const std::string& url, const Validators& validators,
                        const FetchOptions& options) {
  Expected<http::Response> answered = client.send(request_for(url, validators, options));
  if (!answered && is_of_page(answered.error())) return of_page(std::move(answered).error());
  http::Response response = TRY(std::move(answered));
  if (response.url.empty()) response.url = url;
  Fetched fetched;
  fetched.url = response.url;
  switch (response.status) {
  case 200:
  case 203: // a proxy changed something
  case 226: // RFC 3229: only what is new; an item that is absent means nothing to us anyway
    fetched.moved_to = moved_to(response);
    return read(response, std::move(fetched));
  case 304: fetched.moved_to = moved_to(response); return not_modified(response, std::move(fetched), validators);
  case 410: fetched.status = Fetched::Status::gone; return fetched;
  default: return refused(response);
  }
}

} // namespace milkrun::feed
