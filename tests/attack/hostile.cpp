// One thread a connection; every answer looks at nothing but its request.
#include "attack/hostile.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace milkrun::attack {
namespace {

std::string path_of(const std::string& request) {
  const std::size_t begin = request.find(' ') + 1;
  return request.substr(begin, request.find(' ', begin) - begin);
}

} // namespace

Hostile::Hostile() : server_([this](Connection& c) { serve(c); }) {}

Hostile& Hostile::at(const std::string& path, Answer answer) {
  const std::lock_guard hold(lock_);
  answers_[path] = std::move(answer);
  return *this;
}

void Hostile::serve(Connection& c) {
  for (std::string request = c.read_request(); !request.empty(); request = c.read_request()) {
    const std::string path = path_of(request);
    Answer answer;
    {
      const std::lock_guard hold(lock_);
      std::size_t longest = 0;
      for (const auto& [begin, way] : answers_)
        if (path.starts_with(begin) && begin.size() >= longest) {
          longest = begin.size();
          answer = way;
        }
    }
    if (answer ? !answer(c, request) : !c.answer(404, "{}", "Content-Type: application/json\r\n")) return;
  }
}

int Hostile::times(const std::string& path) const {
  const auto seen = server_.seen();
  return static_cast<int>(
      std::ranges::count_if(seen, [&](const auto& s) { return path_of(s.text).starts_with(path); }));
}

Hostile::Answer say(std::string body, std::string headers, int status) {
  return [=](Connection& c, const std::string&) { return c.answer(status, body, headers); };
}

Hostile::Answer redirect(std::string to, int status) { return say("", "Location: " + to + "\r\n", status); }

Hostile::Answer drip() {
  return [](Connection& c, const std::string&) {
    c.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (c.write("x")) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return false;
  };
}

Hostile::Answer flood() {
  return [](Connection& c, const std::string&) {
    c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "10000\r\n" + std::string(65'536, 'x') + "\r\n";
    while (c.write(chunk)) {
    }
    return false;
  };
}

Hostile::Answer silence() {
  return [](Connection& c, const std::string&) {
    c.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    c.wait_for_close();
    return false;
  };
}

std::string rss(const std::string& items) {
  return "<rss version=\"2.0\"><channel><title>News</title>" + items + "</channel></rss>";
}

std::string rss_item(const std::string& guid, const std::string& more) {
  return "<item><guid>" + guid + "</guid><title>Title of " + guid + "</title><link>https://news.example/" + guid +
         "</link><description>Something happened at " + guid + ", and it is told here at length.</description>" + more +
         "</item>";
}

std::string filled(const std::string& piece, std::size_t bytes) {
  std::string out;
  out.reserve(bytes);
  while (out.size() + piece.size() <= bytes) out += piece;
  return out;
}

} // namespace milkrun::attack
