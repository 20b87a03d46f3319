// Knows every live secret in the forms in which it could leak and replaces them. It sees values before they are
// escaped or cut, so that an escape cannot hide a secret and a cut cannot leave half of one.
#include "log/mask.hpp"

#include "base/text.hpp"
#include "log/log.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace milkrun::log {

namespace {

// Forms are found by their first bytes; every form is at least this long.
constexpr std::size_t head_size = 8;

// Of at least head_size bytes.
std::uint64_t head_of(std::string_view bytes) {
  std::uint64_t head = 0;
  bytes.copy(reinterpret_cast<char*>(&head), head_size);
  return head;
}

struct Masks {
  std::shared_mutex lock;
  std::set<std::string, std::less<>> forms;
  // By first bytes, the lengths of the forms that begin so, longest first: keys of one service begin alike.
  std::unordered_map<std::uint64_t, std::set<std::size_t, std::greater<>>> lengths;
};

Masks& masks() {
  static auto& all = *new Masks; // never destroyed: threads may log until the process ends
  return all;
}

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
  return all.substr(first, (before + secret.size()) * 8 / 6 - first);
}

std::vector<std::string> forms_of(std::string_view secret) {
  std::vector<std::string> forms = {std::string(secret), text::hex(secret), text::percent_encode(secret)};
  forms.push_back(text::replace_all(forms.back(), "%20", "+")); // application/x-www-form-urlencoded
  std::string upper_hex = forms[1];
  std::ranges::transform(upper_hex, upper_hex.begin(), [](char c) { return static_cast<char>(c >= 'a' ? c - 32 : c); });
  forms.push_back(std::move(upper_hex));
  const std::string quoted =
      nlohmann::json(secret).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); // "…"
  forms.push_back(quoted.substr(1, quoted.size() - 2));
  forms.push_back(text::base64(secret));
  for (std::size_t before : {0u, 1u, 2u}) forms.push_back(base64_core(secret, before));
  for (std::size_t i = forms.size() - 4, end = forms.size(); i < end; ++i) forms.push_back(url_safe(forms[i]));
  return forms;
}

} // namespace

void mask(const Secret& secret) {
  const std::string_view clear = secret.reveal();
  if (clear.size() < head_size) return;
  Masks& all = masks();
  {
    std::shared_lock hold(all.lock);
    if (all.forms.contains(clear)) return;
  }
  std::unique_lock hold(all.lock);
  for (std::string& form : forms_of(clear)) {
    if (form.size() < head_size) continue;
    all.lengths[head_of(form)].insert(form.size());
    all.forms.insert(std::move(form));
  }
}

std::string masked(std::string_view text) {
  Masks& all = masks();
  std::shared_lock hold(all.lock);
  if (all.forms.empty()) return std::string(text);
  const auto form_size = [&all](std::string_view at) -> std::size_t { // 0: no secret begins here
    const auto lengths = all.lengths.find(head_of(at));
    if (lengths == all.lengths.end()) return 0;
    for (std::size_t length : lengths->second)
      if (length <= at.size() && all.forms.contains(at.substr(0, length))) return length;
    return 0;
  };
  std::string out;
  while (text.size() >= head_size) {
    const std::size_t size = form_size(text);
    out += size ? std::string_view("***") : text.substr(0, 1);
    text.remove_prefix(size ? size : 1);
  }
  return out.append(text);
}

} // namespace milkrun::log
