// A text is gone through once, and once more where it has escapes. At each place its next bytes are hashed, by one
// multiplication, and only where a form begins so the form itself is asked for: by a sum over its bytes, which of any
// part of the text is the difference of two running sums (Rabin and Karp). A form as long as the text that almost
// stands everywhere costs no more than a short one.
#include "base/mask.hpp"

#include "base/sodium_ready.hpp"
#include "base/text.hpp"
#include "base/unescape.hpp"

#include <nlohmann/json.hpp>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

namespace milkrun {
namespace {

constexpr std::size_t usual_head = 8;

std::string url_safe(std::string s) {
  std::ranges::replace(s, '+', '-');
  std::ranges::replace(s, '/', '_');
  return s;
}

// The characters of base64 that depend on the secret alone when `before` bytes (0..2) precede it in the encoded text
// and anything may follow.
std::string base64_core(std::string_view secret, std::size_t before) {
  const std::string all = text::base64(std::string(before, '\0').append(secret));
  const std::size_t first = before == 0 ? 0 : before + 1;
  const std::size_t last = (before + secret.size()) * 8 / 6;
  return last > first ? all.substr(first, last - first) : std::string();
}

bool is_sign(unsigned char c) { return std::isalnum(c) != 0; }

// How often letters, capitals and digits take turns; not by the capital that a word begins with.
std::size_t turns_in(std::string_view s) {
  const auto kind = [](unsigned char c) {
    return std::islower(c) != 0 ? 1 : std::isupper(c) != 0 ? 2 : std::isdigit(c) != 0 ? 3 : 0;
  };
  std::size_t turns = 0;
  for (std::size_t i = 1; i < s.size(); ++i) {
    const int before = kind(static_cast<unsigned char>(s[i - 1])), now = kind(static_cast<unsigned char>(s[i]));
    if (before != 0 && now != 0 && before != now && !(before == 2 && now == 1)) ++turns;
  }
  return turns;
}

// As ids of ours are: they begin with the time, and a secret may be such an id of the same hour.
bool is_hex(std::string_view s) {
  return std::ranges::all_of(s, [](unsigned char c) { return std::isxdigit(c) != 0 || c == '-'; });
}

// The shortest beginning, or end, of a long secret that is no word, nor a number behind one, nor hex alone; "" = there
// is none.
std::string_view telling_half(std::string_view secret, bool at_end) {
  constexpr std::size_t least = 8, most = 16, least_turns = 2;
  for (std::size_t size = least; size <= most && secret.size() >= most; ++size) {
    const std::string_view half = secret.substr(at_end ? secret.size() - size : 0, size);
    if (turns_in(half) >= least_turns && !is_hex(half)) return half;
  }
  return {};
}

constexpr std::uint64_t prime = (std::uint64_t{1} << 61U) - 1; // sums are numbers below it

struct Keys {
  std::array<unsigned char, crypto_shorthash_KEYBYTES> key;
  std::uint64_t spread, shift, base;
};

// Drawn once: an answer gets a mask of its own, and three system calls would be most of what that costs.
const Keys& keys() {
  static const Keys drawn = [] {
    sodium_ready();
    Keys k;
    randombytes_buf(&k, sizeof k);
    k.spread |= 1;
    k.base = (std::uint64_t{1} << 32U) + k.base % (prime - (std::uint64_t{1} << 32U));
    return k;
  }();
  return drawn;
}

__extension__ using Wide = unsigned __int128;

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  const Wide product = Wide{a} * b;
  const std::uint64_t sum = (static_cast<std::uint64_t>(product) & prime) + static_cast<std::uint64_t>(product >> 61U);
  return sum >= prime ? sum - prime : sum;
}

// The sum of one byte more. No byte counts as nothing.
std::uint64_t with(std::uint64_t sum, char byte) {
  const std::uint64_t next = times(sum, keys().base) + static_cast<unsigned char>(byte) + 1;
  return next >= prime ? next - prime : next;
}

std::uint64_t power_of(std::size_t bytes) {
  std::uint64_t out = 1, square = keys().base;
  for (; bytes > 0; bytes /= 2, square = times(square, square))
    if (bytes % 2 == 1) out = times(out, square);
  return out;
}

// What is kept of a form: its bytes could be reckoned from a sum, not from this.
std::uint64_t hash_of(std::uint64_t sum, std::size_t bytes) {
  const std::array<std::uint64_t, 2> both{sum, bytes};
  std::uint64_t out = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&out), reinterpret_cast<const unsigned char*>(both.data()),
                   sizeof both, keys().key.data());
  return out;
}

} // namespace

// The running sums of a text, of a piece of it at a time: eight bytes for each of its bytes would be much.
class Mask::Sums {
public:
  Sums(std::string_view text, std::size_t longest) : text_(text), longest_(longest) {}

  // Of the bytes at `at`, which goes forward.
  std::uint64_t of(std::size_t at, const Length& length) {
    if (sums_.empty() || at >= begin_ + piece()) fill(at);
    const std::uint64_t before = times(sums_[at - begin_], length.power), all = sums_[at - begin_ + length.bytes];
    return all >= before ? all - before : all + prime - before;
  }

private:
  std::size_t piece() const { return std::max(least_piece, longest_); }
  void fill(std::size_t at) {
    begin_ = at;
    const std::string_view bytes = text_.substr(at, piece() + longest_);
    sums_.assign(1, 0);
    sums_.reserve(bytes.size() + 1);
    for (const char c : bytes) sums_.push_back(with(sums_.back(), c));
  }

  static constexpr std::size_t least_piece = std::size_t{32} * 1024;
  std::string_view text_;
  std::size_t longest_, begin_ = 0;
  std::vector<std::uint64_t> sums_; // of the first 0, 1, … bytes from begin_ on
};

Mask::Mask(std::size_t shortest)
    : shortest_(std::max<std::size_t>(4, shortest)), head_(std::min(shortest_, usual_head)) {}

void Mask::Heads::add(std::uint64_t hash, Length length) {
  constexpr std::size_t bits_each = 16;
  if (seen.size() * 64 < ++count * bits_each) { // most bits stay clear
    seen.assign(std::max<std::size_t>(64, seen.size() * 4), 0);
    for (const auto& [low, all] : lengths) seen[(low / 64) % seen.size()] |= std::uint64_t{1} << (low % 64);
  }
  const auto low = static_cast<std::uint32_t>(hash);
  seen[(low / 64) % seen.size()] |= std::uint64_t{1} << (low % 64);
  std::vector<Length>& all = lengths[low];
  const auto at = std::ranges::lower_bound(all, length.bytes, std::greater<>(), &Length::bytes);
  if (at == all.end() || at->bytes != length.bytes) all.insert(at, length);
}

const std::vector<Mask::Length>* Mask::Heads::find(std::uint64_t hash) const {
  if (seen.empty()) return nullptr;
  const auto low = static_cast<std::uint32_t>(hash);
  if ((seen[(low / 64) % seen.size()] >> (low % 64) & 1) == 0) return nullptr;
  const auto found = lengths.find(low);
  return found == lengths.end() ? nullptr : &found->second;
}

// Of at least head_ bytes. 32 bits of it are kept, of 64 that went in: the bytes cannot be told from it.
std::uint64_t Mask::head_of(std::string_view bytes) const {
  std::uint64_t head = 0;
  std::memcpy(&head, bytes.data(), head_);
  head = (head ^ keys().shift) * keys().spread;
  return head >> 32U;
}

void Mask::add_form(std::string_view form, Heads& heads) {
  if (form.size() < head_) return;
  std::uint64_t sum = 0;
  for (const char c : form) sum = with(sum, c);
  if (!forms_.insert(hash_of(sum, form.size())).second) return;
  longest_ = std::max(longest_, form.size());
  heads.add(head_of(form), {form.size(), power_of(form.size())});
}

void Mask::add_text(std::string_view secret) {
  if (secret.size() < shortest_) return;
  const auto add = [&](std::string form, bool any_case = false) {
    if (any_case) form = text::lower(form);
    add_form(form, any_case ? folded_ : exact_);
    sodium_memzero(form.data(), form.size());
  };
  add(std::string(secret), true); // sites write codes and slugs in lower case
  add(text::hex(secret), true);
  for (const bool at_end : {false, true}) {
    std::string half = text::lower(telling_half(secret, at_end));
    add_form(half, halves_);
    sodium_memzero(half.data(), half.size());
  }
  const std::string percent = text::percent_encode(secret);
  if (percent != secret) add(percent, true);
  if (percent.contains("%20")) add(text::replace_all(percent, "%20", "+"), true); // as forms are sent
  std::string quoted = nlohmann::json(secret).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); // "…"
  quoted = quoted.substr(1, quoted.size() - 2);
  add(quoted);
  add(text::replace_all(quoted, "/", "\\/")); // PHP's way
  std::vector<std::string> encoded = {text::base64(secret)};
  constexpr std::size_t least = 8; // of what stands in a longer text
  for (const std::size_t before : {0U, 1U, 2U})
    if (std::string core = base64_core(secret, before); core.size() >= least) encoded.push_back(std::move(core));
  for (const std::string& form : encoded) {
    if (form.size() < least) continue;
    add(form);
    add(url_safe(form));
    if (form.contains('/')) add(text::replace_all(form, "/", "\\/"));
  }
}

void Mask::add(const Secret& secret) {
  const std::string_view all = secret.reveal();
  add_text(all);
  const Secret joined(text::replace_all(std::string(all), " ", ""));
  if (all.contains(' ')) add_text(joined.reveal());
  // As WordPress shows an application password, whose blanks mean nothing: "abcd EFGH 1234".
  constexpr std::size_t group = 4, longest = 64;
  const std::string_view letters = joined.reveal();
  const auto is_letter = [](unsigned char c) { return std::isalnum(c) != 0; };
  if (letters.size() >= std::max(shortest_, 2 * group) && letters.size() <= longest &&
      std::ranges::all_of(letters, is_letter)) {
    std::string groups;
    groups.reserve(longest + longest / group);
    for (std::size_t at = 0; at < letters.size(); at += group)
      groups.append(at == 0 ? "" : " ").append(text::lower(letters.substr(at, group)));
    add_form(groups, folded_);
    sodium_memzero(groups.data(), groups.size());
  }
  if (!all.contains('\n')) return;
  for (const std::string_view line : text::split(all, '\n')) add_text(text::trim(line));
}

std::size_t Mask::size_at(std::string_view bytes, std::size_t at, const Heads& heads, Sums& sums) const {
  const auto* lengths = heads.find(head_of(bytes.substr(at)));
  if (lengths == nullptr) return 0;
  for (const Length& length : *lengths)
    if (length.bytes <= bytes.size() - at && forms_.contains(hash_of(sums.of(at, length), length.bytes)))
      return length.bytes;
  return 0;
}

std::vector<std::pair<std::size_t, std::size_t>> Mask::found_in(const std::string& text) const {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  const std::string folded = text::lower(text);
  Sums exact_sums(text, longest_), folded_sums(folded, longest_);
  for (std::size_t at = 0; at + head_ <= text.size();) {
    const std::size_t size = std::max(size_at(text, at, exact_, exact_sums), size_at(folded, at, folded_, folded_sums));
    const std::size_t half = size == 0 ? size_at(folded, at, halves_, folded_sums) : 0;
    std::size_t begin = at, end = at + size + half;
    if (half > 0) { // who cut it may have left more of it than tells it
      const std::size_t done = out.empty() ? 0 : out.back().second;
      while (begin > done && is_sign(text[begin - 1])) --begin;
      while (end < text.size() && is_sign(text[end])) ++end;
    }
    if (end > at) out.emplace_back(begin, end);
    at = std::max(end, at + 1);
  }
  return out;
}

std::string Mask::masked(std::string text) const {
  if (forms_.empty() || text.size() < head_) return text;
  auto found = found_in(text);
  if (const auto plain = text::without_escapes(text)) {
    for (const auto& [begin, end] : found_in(plain->text)) found.emplace_back(plain->from[begin], plain->from[end]);
    // An address inside an address, a request quoted in a text.
    if (const auto inner = text::without_escapes(plain->text))
      for (const auto& [begin, end] : found_in(inner->text))
        found.emplace_back(plain->from[inner->from[begin]], plain->from[inner->from[end]]);
    std::ranges::sort(found);
  }
  if (found.empty()) return text;
  std::string out;
  std::size_t done = 0;
  for (const auto& [begin, end] : found) {
    if (begin >= done) out.append(text, done, begin - done).append("***");
    done = std::max(done, end);
  }
  return out.append(text, done);
}

bool could_be_a_word(const Secret& secret) {
  constexpr std::size_t longest = 16;
  const std::string_view s = secret.reveal();
  return s.size() < longest && s.find_first_not_of("abcdefghijklmnopqrstuvwxyz-_. ") == s.npos;
}

std::string hide(std::string text, const std::vector<Secret>& secrets) {
  if (text.size() < 4) return text;
  Mask mask(4);
  for (std::size_t i = 0; i < secrets.size(); ++i) { // what is sent behind "Bearer " is mostly the secret itself
    const auto same = [&](const Secret& before) { return before.reveal() == secrets[i].reveal(); };
    if (std::none_of(secrets.begin(), secrets.begin() + static_cast<std::ptrdiff_t>(i), same)) mask.add(secrets[i]);
  }
  return mask.masked(std::move(text));
}

} // namespace milkrun
