// One request on its way through libcurl: its options, its callbacks, and what came back.
#pragma once

#include "base/error.hpp"
#include "http/client.hpp"
#include "http/curl_error.hpp"
#include "http/decoder.hpp"
#include "http/guard.hpp"
#include "http/room.hpp"

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace milkrun::http {

using Instant = std::chrono::steady_clock::time_point;

struct EasyDelete {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDelete>;

// A header list that is wiped when it goes: it holds credentials in clear.
struct ListDelete {
  void operator()(curl_slist* list) const;
};
using List = std::unique_ptr<curl_slist, ListDelete>;

struct TransferSettings {
  std::string ca_file, user_agent;
  long once_idle_s = 4; // a `once` call takes no connection that idled longer
};

// What never changes between the transfers of one handle. A handle is not reset in between: prepare() sets all the
// rest.
void set_constant(CURL* easy, const TransferSettings& settings);

// One exchange. Request, Destination and Guard outlive it.
class Transfer {
public:
  Transfer(Easy easy, const Request& request, const Destination& destination, const Guard& guard, bool with_secrets,
           std::shared_ptr<Room> room, bool& somebody_waits);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  void prepare(const TransferSettings& settings);
  CURL* easy() const { return easy_.get(); }
  void limit_time(Instant now, Instant connect_by, Instant end_by); // sets the deadlines; end_by must be later than now
  bool sent() const;                                                // at least one byte left this machine
  bool in_flight_first_seen();                                      // true once: the request was written whole
  // A whole answer that unpacks to much is unpacked in steps of some milliseconds, before end().
  bool packed() const { return veto_ == Veto::none && !cut_ && decoder_ && decoder_->behind(); }
  bool unpack_some(); // false: there was no memory for it
  // The answer waits for memory since then (`somebody_waits` is set). go_on() asks again; never inside a callback.
  std::optional<Instant> waits_for_room() const { return paused_; }
  void go_on();
  // What came of it: libcurl's code, or why we ended it. Once; after that only take_easy().
  Expected<Response> end(CURLcode code, Veto veto = Veto::none);
  Easy take_easy() { return std::move(easy_); }

private:
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static int on_request(void* self, char* remote, char* local, int remote_port, int local_port);
  static int on_wire(CURL* easy, curl_infotype kind, char* data, std::size_t size, void* self);
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  friend void set_constant(CURL* easy, const TransferSettings& settings);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  enum class Taken { yes, later, no };
  Taken accept_body(std::string_view data);
  bool accept_header(std::string_view line);
  void keep_header(std::string_view line);
  bool may_send(const char* remote);
  bool refuse(Veto veto); // false
  bool accept_coding();
  bool begin_body(std::string_view data);
  bool decode(std::string_view data);
  bool has_room(std::size_t more);
  void set_pool();
  void set_method();
  void set_headers(bool with_secrets);
  void set_guarded_connect();
  void set_answer_sinks();
  void watch_wire(bool on);
  Ending ending(CURLcode code) const;
  void date_retry_after();

  Easy easy_;
  const Request& request_;
  const Destination& destination_;
  const Guard& guard_;
  bool with_secrets_;
  List headers_, addresses_, pool_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  Instant end_by_{};
  bool asked_ = false; // on_request() has let a request through
  bool seen_in_flight_ = false;
  std::size_t header_bytes_ = 0;
  int header_count_ = 0, status_lines_ = 0;
  bool in_headers_ = false;
  std::size_t body_bytes_ = 0; // as they came
  std::size_t wire_bytes_ = 0; // of the body and of what frames it
  bool cut_ = false;           // the rest is not wanted
  std::shared_ptr<Held> held_;
  std::optional<Instant> paused_ = {};
  bool& somebody_waits_;
  std::string alias_ = {}; // what libcurl tells this tenant's connections to the host apart by
  std::optional<Decoder> decoder_;
  Coding coding_ = Coding::none; // as the header says
  Response response_;
  Veto veto_ = Veto::none;
};

} // namespace milkrun::http
