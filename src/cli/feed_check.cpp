// `milkrun feed check`: shows what the feed reader makes of a URL or a file, by the same client, guard and caps as a
// run.
#include "base/shown.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/commands.hpp"
#include "cli/input.hpp"
#include "cli/lazy_net.hpp"
#include "cli/show.hpp"
#include "http/blocking.hpp"
#include "providers/feed/feed.hpp"

#include <fmt/format.h>

namespace milkrun::cli {
namespace {

constexpr std::size_t largest_file = 10 * 1024 * 1024;

struct Seen {
  feed::Feed feed;
  std::string url; // effective; "" for a file
};

Expected<Seen> fetched(const std::string& url, const Context& context) {
  LazyNet net([&] { return context.connect(context.settings); });
  http::Blocking http(net);
  const JobSettings& job = context.settings.job;
  const feed::FetchOptions options{.caller = {.tenant = "operator", .service = "feed"},
                                   .user_agent = job.user_agent,
                                   .timeout = job.timeout("feed", feed::FetchOptions{}.timeout)};
  feed::Fetched answer = TRY(feed::fetch(http, url, {}, options));
  if (answer.status == feed::Fetched::Status::gone)
    return fail(Fault::permanent, "feed.gone", "the server answered 410");
  if (answer.status == feed::Fetched::Status::not_modified)
    return fail(Fault::transient, "feed.no_document", "the server answered 304 to an unconditional request");
  return Seen{std::move(answer.feed), std::move(answer.url)};
}

bool is_url(std::string_view target) {
  const std::string start = text::lower(target.substr(0, 8));
  return start.starts_with("http://") || start.starts_with("https://");
}

std::expected<Seen, Refusal> look_at(const std::string& target, const Context& context) {
  Expected<Seen> seen = Seen{};
  if (is_url(target)) {
    seen = fetched(target, context);
  } else {
    const std::string body = TRY(read_input(target, largest_file));
    Expected<feed::Feed> parsed = feed::parse(body, "", "");
    if (parsed)
      seen->feed = std::move(*parsed);
    else
      seen = std::unexpected(parsed.error());
  }
  if (seen) return std::move(*seen);
  const Error& error = seen.error();
  return refuse(Exit::data,
                fmt::format("{}: {}{}{}", is_url(target) ? shown::url(target) : text::one_line(target),
                            error.reason.text(), error.detail.empty() ? "" : ": ", text::one_line(error.detail)));
}

Json published_or_null(const std::optional<Time>& t) { return t ? Json(zone::utc(*t)) : Json(nullptr); }

Json as_json(const feed::Item& item) {
  Json enclosures = Json::array();
  for (const feed::Enclosure& e : item.enclosures)
    enclosures.push_back({{"url", e.url}, {"type", e.type}, {"length", e.length ? Json(*e.length) : Json(nullptr)}});
  return {{"identity", item.identity},
          {"url", item.url},
          {"title", item.title},
          {"author", item.author},
          {"published", published_or_null(item.published)},
          {"updated", published_or_null(item.updated)},
          {"summary", item.summary},
          {"content", item.content},
          {"enclosures", enclosures},
          {"tags", item.tags}};
}

Json as_json(const Seen& seen) {
  const feed::Feed& feed = seen.feed;
  Json items = Json::array();
  for (const feed::Item& item : feed.items) items.push_back(as_json(item));
  return {{"schema_version", 1},
          {"kind", feed::word(feed.kind)},
          {"version", feed.version},
          {"title", feed.title},
          {"url", seen.url},
          {"site_url", feed.site_url},
          {"language", feed.language},
          {"malformed", feed.malformed},
          {"passed_over", feed.passed_over},
          {"items", items}};
}

void line(std::ostream& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out << fmt::format("   {:<10} {}\n", name, text::one_line(value, 200));
}

void print(std::ostream& out, const Seen& seen) {
  const feed::Feed& feed = seen.feed;
  out << fmt::format("{} {}  {}\n", feed::word(feed.kind), feed.version, text::one_line(feed.title));
  line(out, "url", seen.url);
  line(out, "site", feed.site_url);
  line(out, "language", feed.language);
  if (feed.malformed) line(out, "malformed", "broken markup was mended or left out; these items could be read");
  out << fmt::format("   {} items\n", feed.items.size());
  if (feed.passed_over > 0) out << fmt::format("   {} older items are beyond the limit\n", feed.passed_over);
  for (const feed::Item& item : feed.items) {
    out << fmt::format("\n * {}\n", text::one_line(item.title));
    line(out, "identity", item.identity);
    line(out, "url", item.url);
    line(out, "author", item.author);
    line(out, "published", item.published ? zone::utc(*item.published) : "not given");
    line(out, "summary", text::collapse_space(item.summary));
    line(out, "content", text::collapse_space(item.content));
    for (const feed::Enclosure& e : item.enclosures) line(out, "enclosure", fmt::format("{} {}", e.url, e.type));
  }
}

} // namespace

Answer check_feed(const FeedCheckArgs& args, const Context& context) {
  const Seen seen = TRY(look_at(args.target, context));
  if (args.json)
    print_json(context.out, as_json(seen));
  else
    print(context.out, seen);
  return Exit::ok;
}

} // namespace milkrun::cli
