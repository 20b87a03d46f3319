// Matching is strict about identity and forgiving about spelling: case, @, invisible characters.
#include "jobs/verify_social/match.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace milkrun::verify_social {
namespace {

bool is_word(char c) { return text::is_letter(c) || (c >= '0' && c <= '9'); }

// A dash of any kind, or a blank, at the start; 0: none.
std::size_t gap_at(std::string_view s) {
  if (s.starts_with(' ') || s.starts_with('-')) return 1;
  for (const std::string_view dash : {"‐", "‑", "‒", "–", "—", "―", "−"})
    if (s.starts_with(dash)) return dash.size();
  return 0;
}

// What stands between the dashes and blanks of a code: "spin-7q4k" -> "spin", "7q4k".
std::vector<std::string> parts_of(std::string_view code) {
  std::vector<std::string> parts;
  bool inside = false;
  while (!code.empty()) {
    const std::size_t gap = gap_at(code);
    if (gap == 0 && !inside) parts.emplace_back();
    if (gap == 0) parts.back() += code[0];
    inside = gap == 0;
    code.remove_prefix(std::max<std::size_t>(gap, 1));
  }
  return parts;
}

// Whether a code begins here, and ends where no word goes on; people write "SPIN 7Q4K", "SPIN–7Q4K" and "SPIN7Q4K".
bool begins_with(std::string_view text, const std::vector<std::string>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (std::size_t gap = 1; i > 0 && gap > 0; text.remove_prefix(gap)) gap = gap_at(text);
    if (!text.starts_with(parts[i])) return false;
    text.remove_prefix(parts[i].size());
  }
  return text.empty() || !is_word(text[0]);
}

// Not inside a longer word: the code AB1 is not in AB12. Codes are ASCII, so that an emoji or a quotation mark ends
// one.
bool carries(const std::string& comment, const std::vector<std::string>& code) {
  if (code.empty()) return false;
  for (std::size_t at = comment.find(code[0]); at != comment.npos; at = comment.find(code[0], at + 1))
    if ((at == 0 || !is_word(comment[at - 1])) && begins_with(std::string_view(comment).substr(at), code)) return true;
  return false;
}

// The handle that people typed, or the address of its profile: "https://www.instagram.com/ana.b/?x=1" -> "ana.b".
std::string handle_of(std::string_view typed) {
  std::string all = plain(typed);
  std::string_view rest = all;
  for (const std::string_view before : {"https://", "http://", "www.", "m."})
    if (rest.starts_with(before)) rest.remove_prefix(before.size());
  for (const std::string_view site : {"instagram.com/", "instagr.am/"})
    if (rest.starts_with(site)) {
      rest.remove_prefix(site.size());
      all = plain(rest.substr(0, rest.find_first_of("/?#")));
      break;
    }
  while (all.ends_with('.')) all.pop_back(); // of a sentence: no handle ends so
  return all;
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
  const std::string handle = handles_are_unique_ ? handle_of(wanted.handle) : plain(wanted.handle);
  const std::vector<std::string> code = parts_of(plain(wanted.code));
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
