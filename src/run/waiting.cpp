// Items that have nothing to be tried with. Bounded, and read by skipping along an index: a thousand items that wait
// for one password are one line.
#include "run/resting.hpp"
#include "sql/tell.hpp"

#include <iterator>
#include <set>

namespace milkrun::resting {
namespace {

constexpr int most_looks = 2'000; // for them, past those that rest

// Goes round those who wait for what rests nowhere (a credential that is missing or cannot be opened, a quota, a
// portal), by word, tenant and reason; what rests is told for all who wait for it.
class Round {
public:
  // `some`: the lines are not all of what rests.
  Round(db::Transaction& tx, const Whose& whose, const std::vector<Line>& lines, bool some, Time now)
      : tx_(tx), whose_(whose), some_(some), now_(now) {
    for (const Line& line : lines) known_.insert(line.word);
  }
  void begin_after(Place place) {
    word_ = begin_word_ = std::move(place.first);
    tenant_ = begin_tenant_ = std::move(place.second);
    code_ = after_all;
  }
  // nullopt: it is round, or has looked at enough.
  std::optional<db::Row> next() {
    while (++looks_ <= most_looks) {
      auto found = tx_.one(sql::tell::next_waiting, {{"word", word_}, {"tenant", tenant_}, {"reason", code_}});
      if (!found && (wrapped_ || begin_word_.empty())) return std::nullopt;
      if (!found) {
        wrapped_ = true;
        word_ = tenant_ = code_ = "";
        continue;
      }
      word_ = found->text("waits_for");
      tenant_ = found->text("tenant_id");
      code_ = found->text("reason");
      if (wrapped_ && std::pair(word_, tenant_) > std::pair(begin_word_, begin_tenant_)) return std::nullopt;
      if (!whose_.has(tenant_)) {
        tenant_ = whose_.next_after(tenant_);
        code_ = "";
        continue;
      }
      if (!is_known()) return found;
      tenant_ = after_all;
    }
    return std::nullopt;
  }
  bool is_cut() const { return looks_ > most_looks; }
  Place place() const { return {word_, tenant_}; }

private:
  // Told where what rests is told.
  bool is_known() {
    if (known_.contains(word_)) return true;
    if (!some_) return false;
    std::string_view scope = "destination", id = word_;
    for (const std::string_view kind : {"credential", "template"})
      if (id.starts_with(kind) && id.substr(kind.size()).starts_with(' ')) {
        scope = kind;
        id.remove_prefix(kind.size() + 1);
        break;
      }
    if (!tx_.one(sql::tell::rests, {{"scope", scope}, {"id", id}, {"now", now_}})) return false;
    known_.insert(word_);
    return true;
  }

  db::Transaction& tx_;
  const Whose& whose_;
  const bool some_;
  const Time now_;
  std::set<std::string> known_;
  std::string word_, tenant_, code_, begin_word_, begin_tenant_;
  bool wrapped_ = false;
  int looks_ = 0;
};

bool is_of(const Line& line, const db::Row& row) {
  return line.word == row.text("waits_for") && line.tenant == row.text("tenant_id");
}

// Whether it is somebody's move; what waits alone is after a while.
bool is_to_be_told(db::Transaction& tx, const Line& line, Time now) {
  if (line.told.reason.mover() != Mover::nobody_) return true;
  if (!line.word.starts_with("credential ") || line.told.reason.is("parked")) return false;
  return now - ask(tx, sql::tell::moments_of, line, most_asked).time("since") >= alone_for;
}

Line line_of(db::Transaction& tx, const db::Row& first, Time now) {
  Line line{.told = {.what = {},
                     .tenant = {},
                     .reason = Reason::stored(first.text("reason"), first.text("args")),
                     .detail = first.text("detail"),
                     .since = first.time("created_at"),
                     .until = first.time("due_at")},
            .word = first.text("waits_for"),
            .tenant = first.text("tenant_id"),
            .code = first.text("reason")};
  line.told.news = is_to_be_told(tx, line, now) && is_due(told_at(tx, line), now);
  return line;
}

// Those of one word and tenant: each reason that is somebody's move, else one for all of them.
void add_wait(db::Transaction& tx, std::vector<Line> of_all, Time now, std::vector<Line>& lines) {
  const auto told = std::ranges::stable_partition(of_all, [&](const Line& l) { return is_to_be_told(tx, l, now); });
  const auto few = std::max<std::size_t>(1, of_all.size() - told.size());
  of_all.resize(std::min(of_all.size(), few));
  if (of_all.size() == 1) of_all.front().code.clear();
  std::ranges::move(of_all, std::back_inserter(lines));
}

} // namespace

std::int64_t add_words(db::Transaction& tx, const Whose& whose, Time now, bool told, bool some,
                       std::vector<Line>& lines) {
  Round round(tx, whose, lines, some, now);
  if (told) round.begin_after(told_up_to(tx, "waits"));
  std::vector<Line> of_one; // word and tenant
  Place last;
  std::optional<db::Row> next = round.next();
  for (int n = 0; next && n < most_looked_at; ++n) {
    of_one.clear();
    for (; next && (of_one.empty() || is_of(of_one.front(), *next)); next = round.next())
      of_one.push_back(line_of(tx, *next, now));
    last = {of_one.front().word, of_one.front().tenant};
    add_wait(tx, of_one, now, lines);
  }
  if (!next && round.is_cut()) last = round.place();
  std::int64_t more = round.is_cut() ? 1 : 0;
  for (; next && more < most_more; next = round.next()) ++more;
  if (told && more > 0 && !whose.only) go_on_after(tx, "waits", last);
  return more;
}

} // namespace milkrun::resting
