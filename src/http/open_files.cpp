// A limit of 1,024 files is usual, and 1,200 feeds are as many hosts: without a bound every connect would fail.
#include "http/open_files.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace milkrun::http {
namespace {

constexpr rlim_t most_files = 65'536;
constexpr std::size_t most_mails = 256;
constexpr std::size_t reserve = 192; // 128 lookups, the database, locks, logs

} // namespace

Places places_for(std::size_t files) {
  const std::size_t left = files - std::min(reserve, files / 2);
  const std::size_t connections = std::max<std::size_t>(left * 2 / 3, 4);
  const std::size_t open = connections / 2;
  return {.connections = connections, .open = open, .mails = std::clamp<std::size_t>(open / 4, 1, most_mails)};
}

Places raise_open_files() {
  rlimit now{};
  if (getrlimit(RLIMIT_NOFILE, &now) != 0) return places_for(1024);
  const rlim_t wanted = std::min(now.rlim_max, most_files); // RLIM_INFINITY is the largest number
  if (now.rlim_cur < wanted) {
    const rlimit raised{.rlim_cur = wanted, .rlim_max = now.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) now.rlim_cur = wanted;
  }
  return places_for(static_cast<std::size_t>(std::min(now.rlim_cur, most_files)));
}

} // namespace milkrun::http
