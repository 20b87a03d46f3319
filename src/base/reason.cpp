// Codes to prose and back. Promises that nothing a database holds throws.
#include "base/reason.hpp"

#include "base/json.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <span>

namespace milkrun {
namespace {

struct ByCode {
  using is_transparent = void;
  static std::string_view of(const reasons::Entry* entry) { return entry->code; }
  static std::string_view of(std::string_view code) { return code; }
  bool operator()(const auto& a, const auto& b) const { return of(a) < of(b); }
};

const reasons::Entry* known(std::string_view code) {
  static const std::set<const reasons::Entry*, ByCode> index = [] {
    std::set<const reasons::Entry*, ByCode> all;
    for (const reasons::Entry& entry : reasons::list) all.insert(&entry);
    return all;
  }();
  const auto found = index.find(code);
  return found == index.end() ? nullptr : *found;
}

// Codes of another version. They stay until the program ends; a database holds few different ones.
const reasons::Entry* foreign(std::string_view code) {
  struct Owned {
    std::string code;
    reasons::Entry entry;
    bool operator<(const Owned& other) const { return code < other.code; }
  };
  static std::mutex mutex;
  static std::set<Owned> all;
  const std::lock_guard lock(mutex);
  const auto at = all.insert({std::string(code), {}});
  // The set orders by `code` alone, and its nodes never move.
  auto& owned = const_cast<Owned&>(*at.first);
  if (at.second) owned.entry = {.code = owned.code, .mover = Mover::operator_, .text = owned.code};
  return &owned.entry;
}

// Fills the places of `text` from the front of `left`. An argument that is a code of the list (about()) is itself a
// text with places, filled by the arguments behind it.
std::string render(std::string_view text, std::span<const std::string>& left, int depth) {
  constexpr int deepest = 4;
  std::string out;
  for (;;) {
    const std::size_t at = text.find("{}");
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 2);
    const std::string_view arg = left.empty() ? std::string_view("?") : std::string_view(left.front());
    if (!left.empty()) left = left.subspan(1);
    const bool dotted = arg.find('.') != std::string_view::npos; // a plain word such as "bug" is a word
    const reasons::Entry* inner = dotted && depth < deepest ? known(arg) : nullptr;
    out += inner == nullptr ? std::string(arg) : render(inner->text, left, depth + 1);
  }
}

} // namespace

Reason Reason::stored(std::string_view code, std::string_view args_json) {
  Reason out;
  if (code.empty()) return out;
  const reasons::Entry* entry = known(code);
  out.entry_ = entry != nullptr ? entry : foreign(code);
  if (args_json == "[]") return out;
  const auto args = parse_json(args_json, {.levels = 2});
  if (args && args->is_array())
    for (const auto& arg : *args) out.args_.push_back(text_of(arg));
  return out;
}

std::string Reason::args_json() const {
  if (args_.empty()) return "[]";
  return nlohmann::json(args_).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Reason Reason::about(const Reason& other) const {
  Reason out = *this;
  out.args_.emplace_back(other.code());
  out.args_.insert(out.args_.end(), other.args_.begin(), other.args_.end());
  return out;
}

std::string Reason::text() const {
  std::span<const std::string> left = args_;
  return render(entry_->text, left, 0);
}

std::string_view word(Mover mover) {
  switch (mover) {
  case Mover::operator_: return "operator";
  case Mover::tenant_: return "tenant";
  case Mover::nobody_: break;
  }
  return "nobody";
}

} // namespace milkrun
