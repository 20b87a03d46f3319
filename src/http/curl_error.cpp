// Bytes sent decide: nothing left this machine -> plainly retryable; something left and no complete answer came
// -> `once` is uncertain; for the other effects it is the destination's trouble. libcurl's code only chooses the words.
#include "http/curl_error.hpp"

#include "base/text.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

namespace milkrun::http {
namespace {

Reason reason_of_veto(Veto veto) {
  switch (veto) {
  case Veto::address: return "network.address_not_allowed";
  case Veto::resend: return "network.connection_lost";
  case Veto::deadline: return "network.no_time_left";
  case Veto::too_large: return "network.answer_too_large";
  case Veto::headers: return "network.too_many_headers";
  case Veto::no_room: return "network.no_room";
  case Veto::coding: return "network.bad_content_encoding";
  case Veto::stopped: return "network.stopped";
  case Veto::none: break;
  }
  return {};
}

Reason reason_of_code(const Ending& e) {
  switch (e.code) {
  case CURLE_COULDNT_RESOLVE_HOST: return "network.name_not_found";
  case CURLE_COULDNT_CONNECT: return "network.cannot_connect";
  case CURLE_OPERATION_TIMEDOUT:
    if (e.sent) return "network.no_answer_in_time";
    return e.connected ? Reason("network.no_time_left") : Reason("network.connect_timed_out");
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_CIPHER: return "network.tls_handshake_failed";
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS: return "network.certificate_refused";
  case CURLE_USE_SSL_FAILED: return "network.no_tls";
  case CURLE_SSL_CACERT_BADFILE: return "network.ca_file_unreadable";
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_WEIRD_SERVER_REPLY: return "network.not_http";
  // libcurl's word for a line above 100 kB; memory itself is not refused on Linux.
  case CURLE_OUT_OF_MEMORY: return "network.too_many_headers";
  case CURLE_PARTIAL_FILE: return "network.answer_cut_short";
  case CURLE_GOT_NOTHING:
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_SEND_FAIL_REWIND: return "network.connection_lost";
  default: return "network.transfer_failed";
  }
}

Fault fault_of(const Ending& e, Effect effect) {
  if (e.sent && effect == Effect::once) return Fault::uncertain;
  switch (e.veto) {
  case Veto::stopped: return Fault::aborted;
  case Veto::address: return Fault::setting;      // the guard would have refused it too
  case Veto::no_room: return Fault::rate_limited; // our own shortage: it waits a minute, and no host rests for it
  default: break;
  }
  switch (e.code) {
  case CURLE_SSL_CACERT_BADFILE: return Fault::setting; // ours
  default: return Fault::outage;
  }
}

} // namespace

Error to_error(const Ending& e, Effect effect, std::string_view host) {
  Reason reason = reason_of_veto(e.veto);
  std::string detail = text::one_line(host, 100);
  if (reason.empty()) {
    reason = reason_of_code(e);
    std::string why = e.message.empty() ? curl_easy_strerror(static_cast<CURLcode>(e.code)) : e.message;
    if (e.code == CURLE_OUT_OF_MEMORY) why = "a line of them is longer than 100 kB";
    detail += ": " + text::one_line(why, 160);
  }
  return Error{
      .fault = fault_of(e, effect), .reason = std::move(reason), .detail = std::move(detail), .http_status = e.status};
}

} // namespace milkrun::http
