// From request to answer: journal it, see whether a fault wants it, let the service play, deliver or misbehave.
// The journal is always closed before a byte of the answer (or of its fault) can be seen from outside.
#include "server.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fmt/core.h>
#include <fstream>
#include <httplib.h>

namespace milkrun::sandbox {

namespace {

constexpr std::size_t huge_default = std::size_t{64} << 20;

void send_head(const Answer& answer, httplib::Response& response) {
  response.status = answer.status;
  for (const auto& [name, value] : answer.headers) response.set_header(name, value);
}

void send_plain(const Answer& answer, httplib::Response& response) {
  send_head(answer, response);
  if (answer.status != 304) response.set_content(answer.body, answer.type);
}

Ending ending_of(const std::string& kind) {
  if (kind.starts_with("close_")) return Ending::close;
  if (kind.starts_with("reset_")) return Ending::reset;
  return kind == "garbage" ? Ending::garbage : Ending::none;
}

} // namespace

Server::Server(std::string dir, int http_port, int https_port)
    : dir_(std::move(dir)), identity_(make_identity(dir_ + "/ca.pem")),
      plain_(http_port, nullptr,
             [this](const auto& ask, auto& response, const auto& link) { serve(ask, response, link); }),
      tls_(https_port, &identity_,
           [this](const auto& ask, auto& response, const auto& link) { serve(ask, response, link); }) {}

Server::~Server() { stop(); }

void Server::start() {
  plain_.start();
  tls_.start();
  const std::string path = dir_ + "/ports.json";
  std::ofstream(path + ".new") << dump({{"http", plain_.port()}, {"https", tls_.port()}, {"ca_file", dir_ + "/ca.pem"}})
                               << '\n';
  if (std::rename((path + ".new").c_str(), path.c_str()) != 0) throw std::runtime_error("cannot write " + path);
}

void Server::stop() {
  {
    std::lock_guard hold(stop_lock_);
    stopping_ = true;
  }
  stop_wake_.notify_all();
  plain_.stop();
  tls_.stop();
}

void Server::pause(int ms, const Link* link) {
  using namespace std::chrono;
  const auto until = steady_clock::now() + milliseconds(ms);
  std::unique_lock hold(stop_lock_);
  while (!stopping_ && steady_clock::now() < until && (link == nullptr || !link->gone()))
    stop_wake_.wait_until(hold, std::min(until, steady_clock::now() + milliseconds(20)));
}

void Server::serve(const Ask& ask, httplib::Response& response, const std::shared_ptr<Link>& link) {
  if (ask.path.starts_with("/_sandbox/")) return send_plain(control(ask), response);
  const Target target = find_target(ask);
  const int n = journal_.open(ask, target, link ? link->id() : 0);
  const auto fault = faults_.take(target.key(), ask);
  if (fault && link) return misbehave(*fault, ask, target, n, response, link);
  const Answer answer = process(ask, target, n);
  journal_.close(n, answer.status, true);
  send_plain(answer, response);
}

Target Server::find_target(const Ask& ask) {
  std::lock_guard hold(world_.lock);
  return locate(world_, ask);
}

// What a fault kept back until the state was another has no effect on that one.
Answer Server::process(const Ask& ask, const Target& target, int n) {
  std::lock_guard hold(world_.lock);
  if (n < first_) return {.status = 503, .type = "text/plain", .body = "sandbox: of an earlier state\n", .headers = {}};
  try {
    return play(world_, ask, target);
  } catch (const Json::exception& e) {
    return {
        .status = 500, .type = "text/plain", .body = fmt::format("sandbox: bad state? {}\n", e.what()), .headers = {}};
  }
}

void Server::misbehave(const Fault& fault, const Ask& ask, const Target& target, int n, httplib::Response& response,
                       const std::shared_ptr<Link>& link) {
  if (fault.kind == "delay_before") pause(fault.ms, nullptr);
  Answer answer;
  if (fault.process) answer = process(ask, target, n);
  bend(fault, answer);
  const Ending ending = ending_of(fault.kind);
  const bool silent = ending != Ending::none && !fault.process;
  journal_.close(n, silent ? 0 : answer.status, fault.process);
  if (fault.kind == "delay_after") pause(fault.ms, link.get());
  if (ending != Ending::none) return link->end(ending);
  if (fault.kind == "cut") link->limit(fault.bytes, 0);
  if (fault.kind == "stall") link->limit(fault.bytes, fault.ms > 0 ? fault.ms : 3'600'000);
  deliver(fault, std::move(answer), response, link);
}

void Server::deliver(const Fault& fault, Answer answer, httplib::Response& response,
                     const std::shared_ptr<Link>& link) {
  send_head(answer, response);
  const std::size_t size = answer.body.size();
  if (fault.kind == "huge") {
    const std::size_t total = std::max(size, fault.bytes > 0 ? fault.bytes : huge_default);
    response.set_content_provider(total, answer.type, [body = std::move(answer.body)](auto at, auto left, auto& sink) {
      if (at < body.size()) return sink.write(body.data() + at, body.size() - at);
      static const std::string blanks(65536, ' '); // the document stays well-formed, only too long
      return sink.write(blanks.data(), std::min(left, blanks.size()));
    });
  } else if (fault.kind == "truncate" && size > 0) {
    const std::size_t keep = std::min(size, fault.bytes > 0 ? fault.bytes : size / 2);
    response.set_content_provider(size, answer.type, [body = std::move(answer.body), keep](auto at, auto, auto& sink) {
      return at < keep && sink.write(body.data() + at, keep - at);
    });
  } else if (fault.kind == "slow" && size > 0) {
    const std::size_t step = fault.bytes > 0 ? fault.bytes : 1;
    const int ms = fault.ms > 0 ? fault.ms : 100;
    response.set_content_provider(
        size, answer.type, [this, link, step, ms, body = std::move(answer.body)](auto at, auto left, auto& sink) {
          pause(ms, link.get());
          return !link->gone() && sink.write(body.data() + at, std::min(left, step));
        });
  } else {
    response.set_content(answer.body, answer.type);
  }
}

} // namespace milkrun::sandbox
