// The list of every request that reached a played service, in order of arrival.
#pragma once

#include "exchange.hpp"

#include <chrono>
#include <mutex>

namespace milkrun::sandbox {

class Journal {
public:
  // Writes down an arrival; the answer is the entry's number n.
  int open(const Ask& ask, const Target& target, int connection);
  // What became of it: the status that was decided (0 = none was to be sent), and whether the effect took place.
  void close(int n, int status, bool processed);
  int next() const; // the number of the next arrival
  Json all() const;
  void clear();

private:
  mutable std::mutex lock_;
  std::vector<Json> entries_;
  int next_ = 1;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace milkrun::sandbox
