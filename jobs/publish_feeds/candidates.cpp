// What is new in a feed, and what of it may be published.
#include "jobs/publish_feeds/candidates.hpp"

#include "base/id.hpp"
#include "base/text.hpp"
#include "base/words.hpp"
#include "content/content.hpp"
#include "content/filter.hpp"
#include "sql/publish_feeds_candidates.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace milkrun::publish_feeds {
namespace {

namespace sql = milkrun::sql::publish_feeds_candidates;

struct Bound {
  std::int64_t items, characters; // of text
};
constexpr Bound per_feed{100, 4L * 1024 * 1024}, per_tenant{300, 16L * 1024 * 1024};
// What is only remembered, so that it is not taken for new: five documents full. Older ones are forgotten, and were
// never published.
constexpr std::int64_t remembered = 5'000;
constexpr std::size_t remembered_title = 200, remembered_author = 100, remembered_url = 512;
constexpr Millis retry_time{30LL * 24 * 3'600'000}; // so long an operator may still retry an article that was given up

// What the filters look at. What is far longer than they look at is not made plain for nothing.
std::string searched(const feed::Item& item) {
  constexpr std::size_t longest = 64UL * 1024;
  std::string out = item.title;
  for (const std::string& tag : item.tags) out.append("\n").append(tag);
  return out + "\n" + content::to_text(std::string_view(item.content).substr(0, longest));
}

// The first picture that the feed itself names.
std::string first_picture(const feed::Item& item) {
  const auto found = std::ranges::find_if(
      item.enclosures, [](const feed::Enclosure& e) { return e.type.starts_with("image/") && e.url.size() <= 2048; });
  return found == item.enclosures.end() ? std::string() : found->url;
}

class Store {
public:
  Store(Settling& s, const Item& item, const Polled& polled)
      : s_(s), item_(item), polled_(polled), tenant_("tenant", item.tenant.value),
        feed_("feed", item.row.text("feed_id")), first_(item.row.null("polled_at")) {}

  void run() {
    const std::vector<feed::Item>& items = polled_.fetched.feed.items;
    std::vector<std::size_t> by_age(items.size());
    for (std::size_t n = 0; n < items.size(); ++n) by_age.at(items[n].rank) = n;
    std::vector<std::size_t> unknown;
    for (std::size_t n : by_age)
      if (first_ || !is_known(items[n])) unknown.push_back(n);
    if (!first_ && unknown.size() == items.size()) rename(unknown);
    if (!first_ && !polled_.fetched.feed.ordered) look_at_ends(unknown);
    for (std::size_t n : unknown) add(items[n], n);
    if (candidates_ == 0 && told_.empty()) s_.count("nothing new in the feed", {}, 1);
    for (const auto& [reason, times] : told_) s_.count("passed over", reason, times);
  }

private:
  bool found(const db::Statement& statement, std::initializer_list<db::Param> params) {
    return !s_.tx.query(statement, params).empty();
  }

  bool is_known(const feed::Item& i) { return found(sql::known, {tenant_, feed_, {"identity", i.identity}}); }

  // Title-less items without a text have no hash that says anything.
  static std::string text_key(const feed::Item& i) { return i.content.empty() ? std::string() : i.content_hash; }

  bool is_seen(const feed::Item& i) {
    return found(sql::seen,
                 {tenant_, feed_, {"link_key", i.link_key}, {"content_hash", text_key(i)}, {"has_id", i.has_id}});
  }

  // None of the document's ids is known: nearly all of them the same items under new ids mean that the feed has moved,
  // not that all of it is to be published again. Takes the renamed ones out of `unknown`.
  void rename(std::vector<std::size_t>& unknown) {
    constexpr std::size_t fewest = 3;
    if (unknown.size() < fewest) return;
    std::map<std::size_t, std::string> old;
    std::set<std::string> taken;
    for (std::size_t n : unknown) {
      const feed::Item& i = polled_.fetched.feed.items[n];
      const auto row = s_.tx.one(
          sql::renamed, {tenant_, feed_, {"title", i.title}, {"link_key", i.link_key}, {"content_hash", text_key(i)}});
      if (row && taken.insert(row->text("id")).second) old.emplace(n, row->text("id"));
    }
    if (old.size() * 5 < unknown.size() * 4) return;
    for (const auto& [n, id] : old)
      s_.tx.execute(sql::rename, {tenant_, {"item", id}, {"identity", polled_.fetched.feed.items[n].identity}});
    std::erase_if(unknown, [&](std::size_t n) { return old.contains(n); });
  }

  // Where no dates say what is new it comes at one end of the document, the outermost first. In a document that is read
  // only at its ends, what moves in from the middle was there before.
  void look_at_ends(std::vector<std::size_t>& unknown) {
    const std::size_t all = polled_.fetched.feed.items.size(), half = all / 2;
    if (unknown.empty() || unknown.size() == all) return;
    const std::set<std::size_t> news(unknown.begin(), unknown.end());
    std::size_t first = 0, last = all;
    while (news.contains(first)) ++first;
    while (news.contains(last - 1)) --last;
    if (first == 0 && last < all) {
      std::ranges::reverse(unknown);
      at_end_ = true;
    }
    if (polled_.fetched.feed.passed_over == 0) return;
    for (const std::size_t n : unknown)
      if (!(n < first && first < half) && !(n >= last && last > half)) moved_in_.insert(n);
  }

  // Why it is no candidate; empty = it is one.
  Reason refusal(const feed::Item& i, std::size_t n) {
    if (first_ && (item_.row.text("first_poll") != "newest" || candidates_ >= item_.row.integer("max_items")))
      return "item.baseline";
    if (moved_in_.contains(n)) return "item.baseline";
    if (!i.url.empty() && found(sql::own_post, {tenant_, {"url", i.url}})) return "item.own_post";
    if (n < polled_.refused.size() && !polled_.refused[n].empty()) return polled_.refused[n];
    const auto characters = static_cast<std::int64_t>(i.summary.size() + i.content.size());
    if (candidates_ >= per_feed.items || characters_ + characters > per_feed.characters) return "item.too_many";
    ++candidates_;
    characters_ += characters;
    return {};
  }

  // Of a feed without any date what is new has come after the last poll; of its first poll nobody knows.
  std::optional<Time> dated(const feed::Item& i) const {
    const std::optional<Time> date = i.dated ? i.dated : item_.row.maybe_time("polled_at");
    return date ? std::optional(std::min(*date, s_.now)) : std::nullopt;
  }

  std::int64_t position(const feed::Item& i) const {
    const std::size_t last = polled_.fetched.feed.items.size() - 1;
    return static_cast<std::int64_t>(at_end_ ? last - i.rank : i.rank);
  }

  void add(const feed::Item& i, std::size_t n) {
    if (is_seen(i) || (first_ && is_known(i))) return;
    const Reason why = refusal(i, n);
    const bool candidate = why.empty();
    const bool baseline = why.is("item.baseline");
    const nlohmann::json tags = candidate ? nlohmann::json(i.tags) : nlohmann::json::array();
    s_.tx.execute(sql::add_item, {{"item", new_id()},
                                  tenant_,
                                  feed_,
                                  {"identity", i.identity},
                                  {"link_key", i.link_key},
                                  {"content_hash", text_key(i)},
                                  {"url", candidate || i.url.size() <= remembered_url ? i.url : std::string()},
                                  {"title", candidate ? i.title : text::clip(i.title, remembered_title)},
                                  {"author", candidate ? i.author : text::clip(i.author, remembered_author)},
                                  {"published", db::value(i.published)},
                                  {"dated", db::value(dated(i))},
                                  {"position", position(i)},
                                  {"summary", candidate ? i.summary : ""},
                                  {"content", candidate ? i.content : ""},
                                  {"image", candidate ? first_picture(i) : ""},
                                  {"tags", tags.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)},
                                  {"now", s_.now},
                                  {"until", s_.now + polled_.candidate_for},
                                  {"state", candidate  ? "new"
                                            : baseline ? "baseline"
                                                       : "passed_over"},
                                  {"reason", std::string(why.code())},
                                  {"args", why.args_json()}});
    if (!candidate && !baseline) ++told_[why];
  }

  Settling& s_;
  const Item& item_;
  const Polled& polled_;
  const db::Param tenant_, feed_;
  const bool first_;
  std::int64_t candidates_ = 0, characters_ = 0; // of this poll
  std::map<Reason, std::int64_t> told_;
  bool at_end_ = false;            // the newest is the last
  std::set<std::size_t> moved_in_; // places of what is not new
};

// Passes over the oldest candidates beyond the bounds of the feed and of the tenant.
void keep_bounds(Settling& s, const Item& item) {
  const std::string& feed = item.row.text("feed_id");
  Bound of_feed{0, 0}, of_tenant{0, 0};
  const auto is_over = [](Bound& used, const Bound& most, std::int64_t size) {
    if (used.items + 1 > most.items || used.characters + size > most.characters) return true;
    ++used.items;
    used.characters += size;
    return false;
  };
  for (const db::Row& row : s.tx.query(sql::kept, {{"tenant", item.tenant.value}})) {
    const std::int64_t size = row.integer("size");
    const bool over =
        (row.text("feed_id") == feed && is_over(of_feed, per_feed, size)) || is_over(of_tenant, per_tenant, size);
    if (over) pass_over(s, item.tenant, row.text("id"), "item.too_many");
  }
}

} // namespace

Filtered refused_items(const db::Row& row, const feed::Feed& feed) {
  const std::vector<content::Patterns> owners{
      {.include = words_in(row.text("tenant_include")), .exclude = words_in(row.text("tenant_exclude"))},
      {.include = words_in(row.text("include")), .exclude = words_in(row.text("exclude"))}};
  Filtered out;
  for (const content::Judged& one :
       content::judge(owners, feed.items.size(), [&](std::size_t n) { return searched(feed.items[n]); })) {
    if (one.passes)
      out.refused.emplace_back();
    else if (!one.in_time)
      out.refused.push_back(Reason("item.filter_no_time", {one.by}));
    else
      out.refused.push_back(one.by.empty() ? Reason("item.not_included") : Reason("item.excluded", {one.by}));
    if (one.in_time) continue;
    ++out.unsearched;
    out.slow = one.by;
  }
  return out;
}

void store_items(Settling& s, const Item& item, const Polled& polled) {
  Store(s, item, polled).run();
  keep_bounds(s, item);
  const db::Param tenant("tenant", item.tenant.value), of("feed", item.row.text("feed_id"));
  if (s.tx.one(sql::seen_ever, {tenant, of})->integer("items") > remembered)
    s.tx.execute(sql::forget_oldest, {tenant, of, {"remembered", remembered}});
  s.tx.execute(sql::forget_texts, {{"tenant", item.tenant.value}, {"old", s.now - retry_time}});
}

void pass_over(Settling& s, const TenantId& tenant, const std::string& item, const Reason& reason) {
  s.tx.execute(
      sql::pass_over,
      {{"tenant", tenant.value}, {"item", item}, {"reason", std::string(reason.code())}, {"args", reason.args_json()}});
  s.count("passed over", reason, 1);
}

} // namespace milkrun::publish_feeds
