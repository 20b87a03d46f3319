// Wraps httplib: every method and path goes to one handler, every connection has its thread, and connections live long
// enough for clients that keep them.
#include "listener.hpp"

#include "words.hpp"

#include <chrono>
#include <condition_variable>
#include <fmt/core.h>
#include <httplib.h>
#include <mutex>
#include <stdexcept>
#include <sys/socket.h>

namespace milkrun::sandbox {

namespace {

// httplib serves a connection on one thread until it closes, so a pool of n would serve n connections only.
class ThreadPerConnection final : public httplib::TaskQueue {
public:
  void enqueue(std::function<void()> work) override {
    std::lock_guard hold(lock_);
    ++running_;
    std::thread([this, work = std::move(work)] {
      work();
      std::lock_guard done(lock_);
      --running_;
      idle_.notify_all();
    }).detach();
  }
  void shutdown() override {
    std::unique_lock hold(lock_);
    idle_.wait(hold, [this] { return running_ == 0; });
  }

private:
  std::mutex lock_;
  std::condition_variable idle_;
  int running_ = 0;
};

// httplib listens with a backlog of 5, too short for a crowd of workers.
template <class Base> class Patient final : public Base {
public:
  using Base::Base;
  int bind() {
    const int port = this->bind_to_any_port("127.0.0.1");
    ::listen(this->svr_sock_, 1024);
    return port;
  }
};

template <class Base, class... Args> std::unique_ptr<httplib::Server> bound(int& port, Args... args) {
  auto server = std::make_unique<Patient<Base>>(args...);
  if (!server->is_valid()) throw std::runtime_error("httplib: server cannot be set up");
  server->set_tcp_nodelay(true); // taken over by accepted connections only if set before the bind
  port = server->bind();
  if (port <= 0) throw std::runtime_error("httplib: no port");
  return server;
}

std::string joined_slashes(const std::string& path) {
  std::string out;
  for (const char c : path)
    if (c != '/' || out.empty() || out.back() != '/') out += c;
  return out;
}

Ask ask_of(const httplib::Request& request, const std::string& base) {
  Ask ask{.method = request.method,
          .path = joined_slashes(request.path),
          .query = "",
          .params = request.params,
          .headers = {},
          .body = request.body,
          .base = base};
  if (const auto at = request.target.find('?'); at != std::string::npos) ask.query = request.target.substr(at + 1);
  for (const auto& [name, value] : request.headers) {
    const std::string key = lower(name);
    if (!key.starts_with("remote_") && !key.starts_with("local_")) ask.headers[key] = value; // httplib's own additions
  }
  return ask;
}

} // namespace

Listener::Listener(int port, const Identity* identity, Handler handler)
    : relay_(port), base_(fmt::format("{}://127.0.0.1:{}", identity != nullptr ? "https" : "http", relay_.port())),
      handler_(std::move(handler)) {
  if (identity != nullptr)
    inner_ = bound<httplib::SSLServer>(inner_port_, identity->cert.get(), identity->key.get());
  else
    inner_ = bound<httplib::Server>(inner_port_);
  const auto all = [this](const httplib::Request& request, httplib::Response& response) { handle(request, response); };
  inner_->Get(".*", all).Post(".*", all).Put(".*", all).Patch(".*", all).Delete(".*", all).Options(".*", all);
  inner_->new_task_queue = [] { return new ThreadPerConnection; };
  inner_->set_keep_alive_max_count(100'000).set_keep_alive_timeout(60);
  inner_->set_read_timeout(60, 0).set_write_timeout(60, 0);
}

Listener::~Listener() { stop(); }

void Listener::start() {
  thread_ = std::thread([this] { inner_->listen_after_bind(); });
  while (!inner_->is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  relay_.start(inner_port_);
}

void Listener::stop() {
  relay_.stop();
  inner_->stop();
  if (thread_.joinable()) thread_.join();
}

void Listener::handle(const httplib::Request& request, httplib::Response& response) {
  handler_(ask_of(request, base_), response, relay_.find(request.remote_port));
}

} // namespace milkrun::sandbox
