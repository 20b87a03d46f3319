// Sending one WhatsApp message through whatever service a tenant has: Meta's Cloud API, Twilio, waapi.app, a session
// gateway, a plain bearer-key gateway, or any HTTP gateway that its settings describe.
//
// A receipt says that the service took the message. It never says that the message arrived.
#pragma once

#include "base/error.hpp"
#include "base/setting_doc.hpp"
#include "credentials/credential.hpp"
#include "http/client.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::whatsapp {

// Credential: service "whatsapp".
//   base_url  where the service lives ("https://graph.facebook.com"); bearer: the very URL that takes the POST;
//             generic: the same, or what settings.path is appended to
//   account   phone-number id (cloud), instance id (waapi), sender (bearer, generic), session (gateway),
//             Account SID (twilio); "" where there is none
//   secret    token or API key; twilio: the auth token, or the secret of settings.api_key
//
// Settings, a JSON object. adapter is needed; a key that its adapter does not know is an error.
//   adapter            "cloud" | "waapi" | "bearer" | "gateway" | "generic" | "twilio"
//   template           cloud, twilio: {"name", "language"}: used where a message's template leaves them empty
//   version            cloud: "v25.0" (default)
//   path               cloud: in place of /VERSION/ACCOUNT/messages (360dialog: "/messages"); generic: after base_url
//   app_id             cloud: the app whose call limit is shared; parks name it
//   auth               cloud, generic: {"header", "prefix"}; cloud's default {"Authorization", "Bearer "}, generic
//                      sends its secret in no header without it
//   link_preview       cloud (default false), waapi (not sent unless set)
//   sender             bearer, generic: in place of account; "default" where both are empty
//   instance_id        bearer: sent as instanceId, and no sender (the platform's form)
//   number_format      bearer: "digits" (default) | "plus" | "chat_id" | "whatsapp"
//   session            gateway: in place of account; "default" where both are empty
//   ten_digits_kept    gateway: true = it does not put a country code before numbers of ten digits
//   from               twilio: the sender, "+14155238886"; or
//   messaging_service  twilio: "MG..." in its place
//   api_key            twilio: "SK...": user of the Basic authorization in place of the account
//   method             generic: "POST" (default) | "PUT"
//   content_type       generic: "application/json" (default) | "application/x-www-form-urlencoded"
//   headers            generic: {"X-Name": "value"}, never credentials
//   body               generic: a JSON value (or its text) with placeholders inside its strings; for forms a text.
//                      {{number}} {{number_plus}} {{chat_id}} {{message}} {{sender}} {{job_id}} {{secret}}
//   secret_in_body     generic: true allows {{secret}}
//   success            generic: {"status": [200, 201], "pointer": "/status", "equals": true}; default: any 2xx
//   id_pointers        generic: JSON pointers; the first that finds a text or a number is the id
//   error_pointer      generic: JSON pointer to what went wrong
//   retry_status       generic: statuses that prove that nothing was sent ([429, 503])
// permanent "whatsapp.bad_settings"; the detail names the key, the value and the mend.
Expected<void> check_settings(std::string_view settings_json);
// Whether the service reaches people who have not written lately by templates only (cloud, twilio); its name. Of
// settings that are none: false, "".
bool needs_templates(std::string_view settings_json);
std::string adapter_of(std::string_view settings_json);
// Every key of the settings.
std::vector<SettingDoc> settings_reference();

// Twilio: name is the ContentSid ("HX..."), language unused.
struct Template {
  std::string name = {}, language = {};
  std::vector<std::string> parameters = {}; // positional, of the body; none empty
};

struct Message {
  std::string key = {};  // ours, at most 256 bytes: biz_opaque_callback_data, {{job_id}}
  std::string to;        // E.164: "+491701234567"
  std::string text = {}; // for cloud and twilio only where there is no tmpl and window_open
  std::optional<Template> tmpl = {};
  bool window_open = false; // the recipient wrote to us within the last 24 hours
};

struct Receipt {
  std::string id = {};        // the service's, at most 256 bytes; "" only from bearer and generic
  std::string recipient = {}; // E.164 as the service has it (may differ from ours in Mexico, Brazil, Argentina); or ""
  std::string status = {};    // its word: "accepted", "held_for_quality_assessment", "PENDING", "queued", ...; or ""
};

// What the caller has to remember about the recipient.
enum class Also {
  nothing,
  opted_out,     // wants no more messages from this sender
  no_marketing,  // has stopped this sender's marketing alone
  undeliverable, // cannot be reached by WhatsApp
  window_closed, // only a template reaches them until they write again
};

struct Answer {
  Expected<Receipt> receipt;
  std::vector<Park> parks = {}; // beside those in an Error: usage at its limit, told with any answer
  Also also = Also::nothing;
  std::optional<Millis> not_before = {}; // the service asked not to try this message again for so long
};

// One POST, Effect::once, no redirect. Errors beside http's own:
//   permanent     before sending: "whatsapp.bad_number", "whatsapp.key_too_long", "whatsapp.empty_text",
//                 "whatsapp.text_too_long", "whatsapp.template_parameter" (the detail names it),
//                 "whatsapp.template_too_long", "whatsapp.gateway_changes_number". By the service: this message or
//                 this recipient was refused; see `also`
//   setting       "whatsapp.bad_settings", "whatsapp.no_key", "whatsapp.bad_account"; key refused, permission
//                 missing, wrong configuration; blocked or unpaid (with a park of the sender for an hour).
//                 Of this message only (item_only): "whatsapp.needs_template", it does not fit its template or that
//                 has no name or language; or of its template: missing, not approved, paused or disabled, with a park
//                 of the template whose id is left to the caller
//   rate_limited  nothing was sent; the error parks whatever is limited. Two limits belong to the recipient and park
//                 nothing: the pair rate (retry_after) and the service's own day of rest (24 h, not_before)
//   outage        refused before it was processed, or with a code that nobody knows
//   uncertain     a 5xx, a 2xx without proof that this message was taken, a code whose outcome is unknown
// A park names a sender, account or app (id: credential.account, settings.app_id) only at Meta's and Twilio's own
// hosts. At any other host it is the credential that rests: a gateway cannot park the number of another tenant.
Answer send(http::Client& client, const Credential& credential, const Message& message, Millis timeout);

} // namespace milkrun::whatsapp
