// The door: the mailbox, and the thread behind it.
#include "http/curl_net.hpp"

#include "http/curl_loop.hpp"
#include "http/mailbox.hpp"
#include "http/open_files.hpp"
#include "http/quiet_thread.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace milkrun::http {
namespace {

constexpr const char* system_bundle = "/etc/ssl/certs/ca-certificates.crt";

// A tenant's connections are its own: with fewer kept than the tenants who go by turns, nearly every call would
// begin with a handshake. Each costs some 50 KB.
Loop::Limits limits_of(const CurlOptions& options, Places places) {
  return {.kept = std::min(std::max<std::size_t>(2 * options.in_flight, 1'024), places.connections),
          .connections = places.connections,
          .open = std::min(options.most_open, places.open),
          .mails = places.mails};
}

void init_libcurl_once() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::runtime_error("libcurl does not start");
}

} // namespace

struct CurlNet::Impl {
  TransferSettings settings;
  Loop::Limits limits;
  Millis grace;
  Guard guard;
  std::shared_ptr<Room> room;
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>(); // late lookups write to it when all else is gone
  std::once_flag started = {};
  std::thread thread = {};

  void run() {
    try {
      init_libcurl_once();
      Loop(settings, limits, guard, mailbox, room).run();
    } catch (const std::exception&) { // whoever collects is told
      mailbox->fail(std::current_exception());
    }
  }
};

CurlNet::CurlNet(CurlOptions options, Guard guard)
    : impl_(new Impl{.settings = {.ca_file = options.ca_file.empty() ? system_bundle : std::move(options.ca_file),
                                  .user_agent = std::move(options.user_agent),
                                  .once_idle_s = options.once_idle.count()},
                     .limits = limits_of(options, raise_open_files()),
                     .grace = options.grace,
                     .guard = std::move(guard),
                     .room = std::make_shared<Room>(options.answer_memory)}) {}

CurlNet::~CurlNet() {
  impl_->mailbox->quit();
  if (impl_->thread.joinable()) impl_->thread.join();
}

void CurlNet::submit(std::uint64_t ticket, Request request) {
  std::call_once(impl_->started, [this] { impl_->thread = quiet_thread([impl = impl_.get()] { impl->run(); }); });
  impl_->mailbox->post(ticket, std::move(request));
}

std::vector<Net::Answer> CurlNet::collect() { return impl_->mailbox->collect(); }
void CurlNet::wait(Millis at_most) { impl_->mailbox->wait(at_most); }
void CurlNet::nudge() { impl_->mailbox->nudge(); }
void CurlNet::quit() { impl_->mailbox->quit(); }
void CurlNet::stop() { impl_->mailbox->stop(std::chrono::steady_clock::now() + impl_->grace); }
void CurlNet::abort() { impl_->mailbox->stop(std::chrono::steady_clock::now()); }

} // namespace milkrun::http
