// The one network thread: it owns the curl multi, and with it the connection cache and the CA store.
#pragma once

#include "http/curl_transfer.hpp"

#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <vector>

namespace milkrun::http {

class Loop {
public:
  // Transfers end with Veto::stopped once `stop` is requested (call wake() after requesting it).
  Loop(std::size_t max_connections, std::stop_token stop);
  ~Loop();

  // Any thread: hands the transfer over and waits until it has finished.
  void run(const std::shared_ptr<Transfer>& transfer);
  void wake();

private:
  void turn();
  void admit();
  void start(const std::shared_ptr<Transfer>& transfer);
  void mark_in_flight();
  void reap();
  void end_all();

  CURLM* multi_;
  std::stop_token stop_;
  std::mutex lock_; // guards the next two
  std::vector<std::shared_ptr<Transfer>> incoming_;
  bool quit_ = false;
  std::unordered_map<CURL*, std::shared_ptr<Transfer>> active_; // the network thread's own
  std::thread thread_;
};

} // namespace milkrun::http
