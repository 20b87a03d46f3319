// Bytes sent decide: nothing left this machine -> plainly retryable; something left and no complete answer came
// -> `once` is uncertain, the other effects are retryable. libcurl's code only chooses the words.
#include "http/curl_error.hpp"

#include "base/text.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

namespace milkrun::http {
namespace {

const char* words_of_veto(Veto veto) {
  switch (veto) {
  case Veto::address: return "network: address not allowed";
  case Veto::resend: return "network: connection lost";
  case Veto::deadline: return "network: no time left";
  case Veto::too_large: return "network: answer too large";
  case Veto::headers: return "network: too many answer headers";
  case Veto::stopped: return "network: stopped";
  case Veto::none: break;
  }
  return nullptr;
}

const char* words(const Ending& e) {
  switch (e.code) {
  case CURLE_COULDNT_RESOLVE_HOST: return "network: name not found";
  case CURLE_COULDNT_CONNECT: return "network: cannot connect";
  case CURLE_OPERATION_TIMEDOUT:
    if (e.sent) return "network: no answer in time";
    return e.connected ? "network: no time left" : "network: connect timed out";
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_CIPHER: return "network: tls handshake failed";
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS: return "network: certificate refused";
  case CURLE_USE_SSL_FAILED: return "network: no tls at this server";
  case CURLE_SSL_CACERT_BADFILE: return "network: ca file cannot be read";
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_WEIRD_SERVER_REPLY: return "network: not an http answer";
  case CURLE_BAD_CONTENT_ENCODING: return "network: bad content encoding";
  case CURLE_PARTIAL_FILE: return "network: answer cut short";
  case CURLE_GOT_NOTHING:
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_SEND_FAIL_REWIND: return "network: connection lost";
  default: return "network: transfer failed";
  }
}

Fault fault_of(const Ending& e, Effect effect) {
  if (e.sent && effect == Effect::once) return Fault::uncertain;
  switch (e.veto) {
  case Veto::stopped: return Fault::aborted;
  case Veto::address:
  case Veto::too_large:
  case Veto::headers: return Fault::permanent;
  default: return Fault::transient;
  }
}

} // namespace

Error to_error(const Ending& e, Effect effect, std::string_view host) {
  const char* by_us = words_of_veto(e.veto);
  std::string detail = text::one_line(host, 100);
  if (by_us == nullptr) {
    const char* generic = curl_easy_strerror(static_cast<CURLcode>(e.code));
    detail += ": " + text::one_line(e.message.empty() ? std::string_view(generic) : std::string_view(e.message), 160);
  }
  return Error{.fault = fault_of(e, effect),
               .reason = by_us != nullptr ? by_us : words(e),
               .detail = std::move(detail),
               .http_status = e.status};
}

} // namespace milkrun::http
