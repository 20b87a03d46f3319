// A host that does what strangers should not: each path has its own way of answering, and what came is kept.
#pragma once

#include "support/raw_server.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace milkrun::attack {

using test::Connection;

class Hostile {
public:
  // Answers one request whose head and body are `request`. False: the connection is over.
  using Answer = std::function<bool(Connection&, const std::string& request)>;

  Hostile();
  // The longest path that the request's begins with decides; what is unknown gets a 404.
  Hostile& at(const std::string& path, Answer answer);
  std::string url(const std::string& path = "/") const { return server_.url(path); }
  std::string host() const { return server_.host(); }
  int connections() const { return server_.connections(); }
  int times(const std::string& path) const; // requests to paths that begin so

private:
  void serve(Connection& c);
  mutable std::mutex lock_; // of the map
  std::map<std::string, Answer> answers_;
  test::RawServer server_;
};

// Ways of answering.
Hostile::Answer say(std::string body, std::string headers = "Content-Type: application/json\r\n", int status = 200);
Hostile::Answer redirect(std::string to, int status = 302);
// A body that comes one byte at a time, and never ends.
Hostile::Answer drip();
// A body without an end, as fast as it is taken.
Hostile::Answer flood();
// Headers, and then nothing.
Hostile::Answer silence();

std::string rss(const std::string& items);
std::string rss_item(const std::string& guid, const std::string& more = "");
// `piece` again and again, up to so many bytes.
std::string filled(const std::string& piece, std::size_t bytes);

} // namespace milkrun::attack
