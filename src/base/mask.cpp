// A text is gone through once, and once more where it has escapes. At each place its next bytes are hashed, by one
// multiplication, and only where a form begins so the form itself is asked for.
#include "base/mask.hpp"

#include "base/sodium_ready.hpp"
#include "base/text.hpp"
#include "base/unescape.hpp"

#include <nlohmann/json.hpp>
#include <sodium.h>

#include <algorithm>
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

} // namespace

namespace {

struct Keys {
  std::array<unsigned char, 16> key;
  std::uint64_t spread, shift;
};

// Drawn once: an answer gets a mask of its own, and three system calls would be most of what that costs.
const Keys& keys() {
  static const Keys drawn = [] {
    sodium_ready();
    Keys k;
    randombytes_buf(&k, sizeof k);
    k.spread |= 1;
    return k;
  }();
  return drawn;
}

} // namespace

Mask::Mask(std::size_t shortest)
    : shortest_(std::max<std::size_t>(4, shortest)), head_(std::min(shortest_, usual_head)), key_(keys().key),
      spread_(keys().spread), shift_(keys().shift) {}

void Mask::Heads::add(std::uint64_t hash, std::size_t length) {
  constexpr std::size_t bits_each = 16;
  if (seen.size() * 64 < ++count * bits_each) { // most bits stay clear
    seen.assign(std::max<std::size_t>(64, seen.size() * 4), 0);
    for (const auto& [low, all] : lengths) seen[(low / 64) % seen.size()] |= std::uint64_t{1} << (low % 64);
  }
  const auto low = static_cast<std::uint32_t>(hash);
  seen[(low / 64) % seen.size()] |= std::uint64_t{1} << (low % 64);
  std::vector<std::size_t>& all = lengths[low];
  const auto at = std::ranges::lower_bound(all, length, std::greater<>());
  if (at == all.end() || *at != length) all.insert(at, length);
}

const std::vector<std::size_t>* Mask::Heads::find(std::uint64_t hash) const {
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
  head = (head ^ shift_) * spread_;
  return head >> 32U;
}

Mask::Hash Mask::hash_of(std::string_view bytes) const {
  Hash out{};
  crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(out.data()),
                              reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), key_.data());
  return out;
}

void Mask::add_form(std::string_view form, bool any_case) {
  if (form.size() < head_) return;
  if (!forms_.insert(hash_of(form)).second) return;
  (any_case ? folded_ : exact_).add(head_of(form), form.size());
}

void Mask::add_text(std::string_view secret) {
  if (secret.size() < shortest_) return;
  const auto add = [&](std::string form, bool any_case = false) {
    if (any_case) form = text::lower(form);
    add_form(form, any_case);
    sodium_memzero(form.data(), form.size());
  };
  add(std::string(secret), true); // sites write codes and slugs in lower case
  add(text::hex(secret), true);
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
    add_form(groups, true);
    sodium_memzero(groups.data(), groups.size());
  }
  if (!all.contains('\n')) return;
  for (const std::string_view line : text::split(all, '\n')) add_text(text::trim(line));
}

std::size_t Mask::size_at(std::string_view text, std::string_view folded) const {
  std::size_t best = 0;
  for (const auto& [heads, bytes] : {std::pair(&exact_, text), std::pair(&folded_, folded)}) {
    const auto* lengths = heads->find(head_of(bytes));
    if (lengths == nullptr) continue;
    for (const std::size_t length : *lengths)
      if (length > best && length <= bytes.size() && forms_.contains(hash_of(bytes.substr(0, length)))) best = length;
  }
  return best;
}

std::vector<std::pair<std::size_t, std::size_t>> Mask::found_in(const std::string& text) const {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  const std::string folded = text::lower(text);
  for (std::size_t at = 0; at + head_ <= text.size();) {
    const std::size_t size = size_at(std::string_view(text).substr(at), std::string_view(folded).substr(at));
    if (size > 0) out.emplace_back(at, at + size);
    at += std::max<std::size_t>(size, 1);
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
