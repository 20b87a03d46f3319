// The session gateway (Node, Baileys): POST /messages/send with X-API-Key and X-Session-Id. It answers 500 for all that
// goes wrong, so its words decide, and it puts country code 1 before any number of ten digits.
#include "providers/whatsapp/adapter.hpp"
#include "providers/whatsapp/gateway_words.hpp"

namespace milkrun::whatsapp {
namespace {

using std::chrono::minutes;

Expected<Draft> draft(const Settings& settings, const Credential& credential, const Letter& letter) {
  const std::string digits = in_format(NumberFormat::digits, letter.to);
  if (digits.size() == 10 && digits[0] != '1' && !settings.ten_digits_kept)
    return fail(Fault::permanent, "whatsapp.gateway_changes_number",
                "it takes ten digits for a number without country code; ten_digits_kept says that it does not");
  const std::string session = name_of(settings.session, credential);
  if (!is_word(session, 128)) return bad_account("must be the session's name, without blanks");
  return Draft{.url = base_of(credential) + "/messages/send",
               .body = to_text({{"to", digits}, {"message", letter.text}}),
               .headers = {{"X-Session-Id", session}},
               .secret_headers = {secret_header(credential, "X-API-Key", "")}};
}

// What its own documentation says of these two, whatever the words.
Row row_for(int status) {
  if (status == 503) return {0, Kind::not_ready, "whatsapp.account_not_ready"};
  return {0, Kind::host, "whatsapp.too_many_requests", minutes(1)}; // counted by our address
}

Answer read(const Exchange& exchange) {
  const int status = exchange.response.status;
  const bool success = status >= 200 && status < 300;
  const bool object = exchange.body && exchange.body->is_object();
  const std::string said = object ? said_in(*exchange.body) : "";
  if (status == 429 || status == 503) return refused(row_for(status), exchange, said);
  if (!object) return success ? unproven(exchange, "") : gateway_refusal(exchange, status, "", "");
  const Inner inner = inner_of(*exchange.body);
  if (!success) return gateway_refusal(exchange, status, said, id_in(*exchange.body));
  if (inner.refused)
    return gateway_refusal(exchange, inner.status == 0 ? status : inner.status, said, id_in(*exchange.body));
  const Json& data = member(*exchange.body, "data");
  const std::string id = id_of(member(data, "messageId"));
  if (member(*exchange.body, "success") != Json(true) || id.empty())
    return unproven(exchange, "no success with a messageId");
  return taken(id, "", "success");
}

} // namespace

// Longer texts would be cut without a word.
const Adapter gateway_adapter{
    .draft = draft, .read = read, .templates = false, .key_needed = true, .most_characters = 4096};

} // namespace milkrun::whatsapp
