// Twilio's Messages resource (twilio.com/docs/messaging/api/message-resource; errors: twilio.com/docs/api/errors). Only
// a 201 with a sid proves that a message was taken; it has no idempotency key either.
#include "providers/whatsapp/adapter.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace milkrun::whatsapp {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr ReasonCode misfit = "whatsapp.template_misfit", refused_template = "whatsapp.template_refused";

constexpr Row codes[] = {
    {20003, Kind::setting, "whatsapp.credential_refused"},
    {20429, Kind::account, "whatsapp.too_many_requests", minutes(1)},
    {20500, Kind::uncertain, "whatsapp.service_failed_after_send"},
    {21211, Kind::undeliverable, "whatsapp.undeliverable"},
    {21610, Kind::opted_out, "whatsapp.opted_out"},
    {21654, Kind::wording, misfit},
    {50526, Kind::tmpl, "whatsapp.template_missing", hours(1)},
    {63003, Kind::undeliverable, "whatsapp.undeliverable"},
    {63007, Kind::setting, "whatsapp.number_not_registered"},
    {63016, Kind::window_closed, "whatsapp.window_closed"},
    {63018, Kind::sender, "whatsapp.sender_throughput", hours(1)},
    {63021, Kind::wording, refused_template},
    {63024, Kind::undeliverable, "whatsapp.undeliverable"},
    {63027, Kind::tmpl, refused_template, hours(1)},
    {63028, Kind::wording, misfit},
    {63029, Kind::wording, refused_template},
    {63032, Kind::permanent, "whatsapp.in_experiment"},
    {63040, Kind::tmpl, refused_template, hours(1)},
    {63041, Kind::tmpl, "whatsapp.template_paused", hours(3)},
    {63042, Kind::tmpl, "whatsapp.template_disabled", hours(1)},
    {63049, Kind::defer, "whatsapp.withheld", hours(24)},
    {63112, Kind::policy, "whatsapp.account_locked", hours(1)},
    {92005, Kind::wording, misfit},
};

http::SecretHeader basic(const Settings& settings, const Credential& credential) {
  const std::string& user = settings.api_key.empty() ? credential.account : settings.api_key;
  const Secret pair = Secret::joined({user, ":", credential.secret.reveal()});
  const Secret encoded(text::base64(pair.reveal()));
  return {"Authorization", Secret::joined({"Basic ", encoded.reveal()}), credential.host};
}

std::string variables_of(const Template& tmpl) {
  Json out = Json::object();
  for (std::size_t i = 0; i < tmpl.parameters.size(); ++i) out[std::to_string(i + 1)] = tmpl.parameters[i];
  return to_text(out);
}

Expected<Draft> draft(const Settings& settings, const Credential& credential, const Letter& letter) {
  if (!is_sid(credential.account, "AC")) return bad_account("must be the Account SID, AC and letters or digits");
  Draft out{.url = base_of(credential) + "/2010-04-01/Accounts/" + credential.account + "/Messages.json",
            .form = true,
            .secret_headers = {basic(settings, credential)}};
  const auto add = [&](std::string_view name, std::string_view value) {
    out.body += fmt::format("{}{}={}", out.body.empty() ? "" : "&", name, text::percent_encode(value));
  };
  if (settings.from.empty())
    add("MessagingServiceSid", settings.messaging_service);
  else
    add("From", in_format(NumberFormat::whatsapp, settings.from));
  add("To", in_format(NumberFormat::whatsapp, letter.to));
  if (!letter.tmpl) {
    add("Body", letter.text);
    return out;
  }
  add("ContentSid", letter.tmpl->name);
  if (!letter.tmpl->parameters.empty()) add("ContentVariables", variables_of(*letter.tmpl));
  return out;
}

Answer refuse(const Exchange& exchange, std::optional<int> code, const char* words) {
  const int status = exchange.response.status;
  std::string said = exchange.body ? text_of(member(*exchange.body, words)) : "";
  if (code) said = fmt::format("code {}: {}", *code, said);
  const Row* row = code ? row_of(codes, *code) : nullptr;
  if (row != nullptr) return refused(*row, exchange, said);
  if (code && status == 400) return refused({*code, Kind::outage, "whatsapp.unknown_error"}, exchange, said);
  if (status == 429) return refused(*row_of(codes, 20429), exchange, said);
  return refused(row_of_status(status), exchange, said);
}

Answer read(const Exchange& exchange) {
  const int status = exchange.response.status;
  const Json nothing;
  const Json& body = exchange.body ? *exchange.body : nothing;
  if (status < 200 || status > 299) return refuse(exchange, number_of(member(body, "code")), "message");
  // Taken, and refused in the same breath.
  const std::string word = text_of(member(body, "status"));
  const auto code = number_of(member(body, "error_code"));
  if (status == 201 && code && row_of(codes, *code) != nullptr && (word == "failed" || word == "undelivered"))
    return refuse(exchange, code, "error_message");
  std::string sid = text_of(member(body, "sid"));
  if (status != 201 || !is_id(sid) || word == "failed" || word == "undelivered")
    return unproven(exchange, text_of(member(body, "error_message")));
  return taken(std::move(sid), text_of(member(body, "to")), word);
}

} // namespace

const Adapter twilio_adapter{
    .draft = draft, .read = read, .templates = true, .key_needed = true, .most_characters = 1600};

} // namespace milkrun::whatsapp
