// Drawing a line over itself, with the few sequences that every terminal knows.
#include "cli/progress.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"
#include "cli/table.hpp"
#include "log/log.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <unistd.h>

namespace milkrun::cli {
namespace {

constexpr Millis redraw{100};
constexpr Millis window{10'000}; // over which the rate is taken

std::string grouped(std::int64_t n) {
  std::string out = std::to_string(n);
  for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, 1, ',');
  return out;
}

std::string clock_of(Millis elapsed) {
  const auto seconds = elapsed.count() / 1000;
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

bool draws() {
  const char* term = std::getenv("TERM");
  return term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

} // namespace

std::string progress_text(const Progress& p, double rate) {
  std::string out = fmt::format("{} done", grouped(p.done));
  if (rate > 0) out += rate < 10 ? fmt::format(", {:.1f}/s", rate) : fmt::format(", {:.0f}/s", rate);
  if (p.in_flight > 0) out += fmt::format(", {} under way", grouped(p.in_flight));
  out += p.due > most_due ? fmt::format(", over {} due", grouped(most_due)) : fmt::format(", {} due", grouped(p.due));
  if (p.waiting > 0) out += fmt::format(", {} waiting", grouped(p.waiting));
  if (p.locked_since)
    out += fmt::format("; another program holds the database since {}", zone::utc(*p.locked_since));
  else if (!p.waits_for.empty())
    out += "; on " + text::one_line(p.waits_for, 60);
  else if (p.next_at)
    out += "; the next is due at " + zone::utc(*p.next_at);
  return out + "; " + clock_of(p.elapsed);
}

ProgressLine::ProgressLine(bool on, std::size_t width, int terminal, Millis patience)
    : on_(on && draws()), width_(width), terminal_(terminal), patience_(patience),
      begun_(std::chrono::steady_clock::now()) {
  if (on_) log::before_lines([this] { clear(); });
}

ProgressLine::~ProgressLine() {
  if (!on_) return;
  log::before_lines(nullptr);
  clear();
}

void ProgressLine::draw(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(terminal_, bytes.data(), bytes.size());
    if (wrote <= 0) return; // it is only a look
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void ProgressLine::show(std::string_view what) {
  if (!on_) return;
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard hold(lock_);
  if (now - begun_ < patience_ || now - drawn_ < redraw) return;
  drawn_ = now;
  there_ = true;
  const std::string line = text::one_line(what, 400);
  draw("\r" + wrapped(line, width_ > 1 ? width_ - 1 : 1).front() + "\x1b[K");
}

void ProgressLine::show(std::string_view job, const Progress& p) {
  if (!on_) return;
  lately_.emplace_back(p.elapsed, p.done);
  while (lately_.size() > 2 && p.elapsed - lately_.front().first > window) lately_.pop_front();
  const auto& [since, done] = lately_.front();
  const double seconds = static_cast<double>((p.elapsed - since).count()) / 1000;
  show(fmt::format("{}: {}", job, progress_text(p, seconds > 0 ? static_cast<double>(p.done - done) / seconds : 0)));
}

void ProgressLine::clear() {
  const std::lock_guard hold(lock_);
  if (!there_) return;
  draw("\r\x1b[K");
  there_ = false;
}

} // namespace milkrun::cli
