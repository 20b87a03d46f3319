// Matching is strict about identity and forgiving about spelling: case, @, invisible characters.
#include "jobs/verify_social/match.hpp"

#include "base/text.hpp"

namespace milkrun::verify_social {
namespace {

bool is_word(char c) { return text::is_letter(c) || (c >= '0' && c <= '9'); }

// Not inside a longer word: the code AB1 is not in AB12. Codes are ASCII, so that an emoji or a quotation mark ends
// one.
bool carries(const std::string& comment, const std::string& code) {
  if (code.empty()) return false;
  for (std::size_t at = comment.find(code); at != comment.npos; at = comment.find(code, at + 1)) {
    const std::size_t end = at + code.size();
    if ((at == 0 || !is_word(comment[at - 1])) && (end == comment.size() || !is_word(comment[end]))) return true;
  }
  return false;
}

} // namespace

std::string plain(std::string_view text) {
  const std::string folded = text::folded(text);
  std::string out(text::trim(folded));
  return out.starts_with('@') ? out.substr(1) : out;
}

std::string comment_id(std::string_view id) { return std::string(id.substr(id.rfind('_') + 1)); }

Finder::Finder(const meta::Comments& comments, bool handles_are_unique) : handles_are_unique_(handles_are_unique) {
  comments_.reserve(comments.items.size());
  for (const meta::Comment& c : comments.items)
    comments_.push_back({&c, plain(handles_are_unique ? c.username : c.author_name), plain(c.text)});
}

std::optional<Match> Finder::find(const Wanted& wanted, const std::function<bool(const std::string&)>& unused) const {
  const std::string handle = plain(wanted.handle), code = plain(wanted.code);
  std::optional<Match> best;
  for (const Ready& r : comments_) {
    if (r.comment->at < wanted.from - skew) continue;
    const bool by_handle = !handle.empty() && r.name == handle;
    const bool by_code = carries(r.text, code);
    if (!by_handle && !by_code) continue;
    const char grade = by_handle && by_code && handles_are_unique_ ? 'A' : by_code || handles_are_unique_ ? 'B' : 'C';
    if ((!best || grade < best->grade) && unused(comment_id(r.comment->id))) best = Match{r.comment, grade};
  }
  return best;
}

} // namespace milkrun::verify_social
