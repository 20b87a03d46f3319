// Many hosts at once: a port each, every one of which answers the same and keeps its connections open.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace milkrun::attack {

class Farm {
public:
  Farm(std::size_t hosts, std::string body); // raises the soft limit of open files
  ~Farm();
  Farm(const Farm&) = delete;
  Farm& operator=(const Farm&) = delete;

  std::string url(std::size_t host) const;
  std::size_t size() const { return ports_.size(); }
  long answers() const { return answers_; }
  std::size_t most_open() const { return most_open_; } // connections at a time

private:
  void serve();
  std::string answer_;
  std::vector<int> listeners_, ports_;
  int wake_ = -1;
  std::atomic<long> answers_ = 0;
  std::atomic<std::size_t> most_open_ = 0;
  std::thread thread_;
};

} // namespace milkrun::attack
