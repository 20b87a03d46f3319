// Why something waits, failed or ended: a code of the closed list in reasons.def, with arguments.
//
// Machines compare, count and store code and arguments; prose is made last, by text(), and nothing compares by it.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun {

// Whose move it is: nobody's (time or luck mends it), the operator's, the tenant's.
enum class Mover { nobody_, operator_, tenant_ };

namespace reasons {

struct Entry {
  std::string_view code;
  Mover mover = Mover::nobody_;
  std::string_view text; // {} = the next argument
};

inline constexpr Entry list[] = {
#define REASON(code, mover, text) Entry{code, Mover::mover, text},
#include "base/reasons.def"
#undef REASON
};
inline constexpr Entry none{};

} // namespace reasons

// A code of the list. `ReasonCode("feed.gone")` does not compile when the list has no such code.
class ReasonCode {
public:
  template <std::size_t N> consteval ReasonCode(const char (&code)[N]) : entry_(find(std::string_view(code, N - 1))) {}

  std::string_view code() const { return entry_->code; }

private:
  friend class Reason;
  static consteval const reasons::Entry* find(std::string_view code) {
    for (const reasons::Entry& entry : reasons::list)
      if (entry.code == code) return &entry;
    throw "no such code in reasons.def"; // never at run time: makes the literal a compile error
  }
  const reasons::Entry* entry_;
};

class Reason {
public:
  constexpr Reason() = default; // no reason
  // A literal converts by itself, wherever a Reason is wanted; it must be a code of the list.
  template <std::size_t N> consteval Reason(const char (&code)[N]) : entry_(ReasonCode(code).entry_) {}
  Reason(ReasonCode code, std::vector<std::string> args = {}) : entry_(code.entry_), args_(std::move(args)) {}
  // What the database holds. A code that the list does not have (an older or newer version wrote it) renders itself.
  static Reason stored(std::string_view code, std::string_view args_json = "[]");

  std::string_view code() const { return entry_->code; } // lives as long as the program; "" = no reason
  const std::vector<std::string>& args() const { return args_; }
  std::string args_json() const; // a JSON array of strings, "[]" when there are none
  std::string text() const;      // for people; an argument that is missing shows as "?"
  Mover mover() const { return entry_->mover; }
  bool empty() const { return code().empty(); }
  // With another reason as last argument: its text stands in the place of its code ("host parked: feed: gone").
  Reason about(const Reason& other) const;
  // The same code, whatever the arguments.
  bool is(ReasonCode code) const { return this->code() == code.code(); }

  friend bool operator==(const Reason& a, const Reason& b) { return a.code() == b.code() && a.args_ == b.args_; }
  friend std::strong_ordering operator<=>(const Reason& a, const Reason& b) {
    if (const auto by_code = a.code() <=> b.code(); by_code != 0) return by_code;
    return a.args_ <=> b.args_;
  }

private:
  const reasons::Entry* entry_ = &reasons::none;
  std::vector<std::string> args_;
};

std::string_view word(Mover mover); // "nobody", "operator", "tenant"

} // namespace milkrun
