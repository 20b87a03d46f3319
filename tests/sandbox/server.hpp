// The sandbox: a plain and a TLS listener over one world, with journal, faults and control.
#pragma once

#include "faults.hpp"
#include "journal.hpp"
#include "listener.hpp"
#include "world.hpp"

#include <condition_variable>
#include <mutex>
#include <string>

namespace milkrun::sandbox {

class Server {
public:
  // Ports 0 = any. Writes DIR/ca.pem. Throws std::exception.
  Server(std::string dir, int http_port, int https_port);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Sets the whole state; {{http}} and {{https}} in the text become the listeners' addresses. "" or the complaint.
  std::string set_state(const std::string& text);
  // Begins to answer, then writes DIR/ports.json.
  void start();
  void stop();
  std::string http() const { return plain_.base(); }
  std::string https() const { return tls_.base(); }

private:
  void serve(const Ask& ask, httplib::Response& response, const std::shared_ptr<Link>& link);
  void misbehave(const Fault& fault, const Ask& ask, const Target& target, int n, httplib::Response& response,
                 const std::shared_ptr<Link>& link);
  void deliver(const Fault& fault, Answer answer, httplib::Response& response, const std::shared_ptr<Link>& link);
  Target find_target(const Ask& ask);
  // `n`: its number in the journal.
  Answer process(const Ask& ask, const Target& target, int n);
  // control.cpp
  Answer control(const Ask& ask);
  Answer control_state(const Ask& ask);
  Answer control_faults(const Ask& ask);
  std::string with_addresses(std::string text) const;
  // Waits; not longer than the client of `link` does, if one is given.
  void pause(int ms, const Link* link);

  std::string dir_;
  World world_;
  Journal journal_;
  int first_ = 0; // the first request of this state; with the world's lock held
  Faults faults_;
  std::mutex stop_lock_;
  std::condition_variable stop_wake_;
  bool stopping_ = false;
  Identity identity_;
  Listener plain_;
  Listener tls_;
};

} // namespace milkrun::sandbox
