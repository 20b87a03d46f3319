// A server that echoes what it got may have it encoded as it was sent, logged or dumped.
#include "base/hide.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <functional>

namespace milkrun {
namespace {

constexpr std::size_t shortest = 4;          // of a secret
constexpr std::size_t shortest_encoded = 12; // of the part of a base64 text that is ours alone

// Like text::replace_all, ASCII letters of any case.
std::string replace_any_case(const std::string& text, const std::string& from) {
  const std::string low = text::lower(text), wanted = text::lower(from);
  std::string out;
  std::size_t done = 0;
  for (auto at = low.find(wanted); at != std::string::npos; at = low.find(wanted, done)) {
    out.append(text, done, at - done).append("***");
    done = at + wanted.size();
  }
  return out.append(text, done);
}

// The characters of a base64 text that the secret alone decides, when `skip` bytes stand before it in its group of
// three.
std::string core_of_base64(std::string_view secret, std::size_t skip) {
  const std::string whole = text::base64(std::string(skip, '\0') + std::string(secret));
  const std::size_t first = skip == 0 ? 0 : skip + 1, bytes = skip + secret.size();
  const std::size_t last = bytes / 3 * 4 + (bytes % 3 == 0 ? 0 : bytes % 3); // the next one holds bits of what follows
  return last > first ? whole.substr(first, last - first) : std::string();
}

void hide_one(std::string& text, std::string_view secret) {
  if (secret.size() < shortest) return;
  text = text::replace_all(std::move(text), secret, "***");
  const std::string percent = text::percent_encode(secret);
  if (percent != secret) text = replace_any_case(text, percent);
  text = replace_any_case(text, text::hex(secret));
  for (std::size_t skip = 0; skip < 3; ++skip) {
    std::string core = core_of_base64(secret, skip);
    if (core.size() < shortest_encoded) continue;
    text = text::replace_all(std::move(text), core, "***");
    for (char& c : core) c = c == '+' ? '-' : c == '/' ? '_' : c;
    text = text::replace_all(std::move(text), core, "***");
  }
}

} // namespace

std::string hide(std::string text, const std::vector<Secret>& secrets) {
  std::vector<std::string_view> all;
  for (const Secret& secret : secrets) {
    all.push_back(secret.reveal());
    for (const std::string_view line : text::split(secret.reveal(), '\n'))
      if (line.size() < secret.reveal().size()) all.push_back(text::trim(line));
  }
  // The longer first: a part that is a secret too would cut it up, and leave the rest of it.
  std::ranges::stable_sort(all, std::greater(), [](std::string_view secret) { return secret.size(); });
  for (const std::string_view secret : all) hide_one(text, secret);
  return text;
}

} // namespace milkrun
