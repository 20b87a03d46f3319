// Sending one e-mail through whatever SMTP submission server a tenant has.
//
// A receipt says that the server took the mail. It never says that the mail arrived.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/setting_doc.hpp"
#include "credentials/credential.hpp"
#include "http/client.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::smtp {

// Credential: service "email".
//   base_url  "smtp://mail.example.org:587" (STARTTLS, always) or "smtps://mail.example.org:465" (TLS from the start).
//             There is no way without TLS
//   account   user name at the server
//   secret    password; xoauth2: two lines, the refresh token and the client secret (none where the client has none). A
//             third line, "EXPIRES TOKEN", is the access token we keep there ourselves
//
// Settings, a JSON object. from is needed; an unknown key is an error.
//   from            address that mails come from
//   from_name       its name, shown beside it
//   reply_to        address for answers, when it is another one
//   auth            "plain" (default) | "login" | "xoauth2"
//   bounce_domain   domain whose mail comes back to us: the envelope sender is then bounce+ID.MAC@it
//   unsubscribe     address that takes "unsubscribe" mails; default reply_to, else from
//   token_url       xoauth2: where access tokens come from; its host is the server's own or a known one's
//                   (oauth2.googleapis.com, login.microsoftonline.com)
//   client_id       xoauth2: the app
//   scope           xoauth2: asked for, where the service wants it
// permanent "smtp.bad_settings"; the detail names the key, the value and the mend.
Expected<void> check_settings(std::string_view settings_json);
// Where token_url may lead for a mail server at base_url; setting "smtp.bad_settings".
Expected<void> check_token_host(std::string_view settings_json, std::string_view base_url);
// Every key of the settings.
std::vector<SettingDoc> settings_reference();
// base_url of such a credential; permanent "smtp.bad_settings".
Expected<void> check_base_url(std::string_view base_url);

// The address as it goes on the wire: the domain in ASCII (IDNA 2008) and lower case. permanent: "smtp.bad_address";
// "smtp.needs_smtputf8" when letters that are not ASCII stand before the @.
Expected<std::string> parse_address(std::string_view address);
// The one spelling in which an address is stored and compared: lower case, its domain in the letters that people read.
// Bounces and complaints show a domain as it goes on the wire, lists as people write it: both are the same mailbox.
std::string fold_address(std::string_view address);

// What names a letter to whoever unsubscribes by it: "ID.MAC", and its ID again; nullopt when the MAC is not the key's.
std::string unsubscribe_token(std::string_view id, const Secret& key);
std::optional<std::string> unsubscribed_id(std::string_view token, const Secret& key);

// How a person gets off a list. Drips have it, invoices do not.
struct Unsubscribe {
  std::string token = {}; // names person and list; subject of the unsubscribe mail
  std::string url = {};   // https one-click address with the token; "" = by mail only
};

struct Letter {
  std::string id;            // ours, [0-9A-Za-z-], at most 32 bytes: Message-ID and envelope sender are made of it
  std::string to;            // one recipient
  std::string to_name = {};  // shown beside it
  std::string subject = {};  // may be empty
  std::string text;          // plain, UTF-8; web addresses in it become links of the HTML part
  std::string language = {}; // BCP 47 tag of the text, or ""
  Time date = {};            // when it is sent
  std::optional<Unsubscribe> unsubscribe = {};
  Secret bounce_key = {}; // keys the MAC of the envelope sender; "" = from is the envelope sender
};

// "<ID@domain of from>": the same for every try of a letter. "" when from is no address.
std::string message_id(std::string_view id, std::string_view from);
// "bounce+ID.MAC@domain".
std::string bounce_address(std::string_view id, std::string_view domain, const Secret& key);
// The ID of such an address; nullopt for every other, and when the MAC is not the key's.
std::optional<std::string> bounced_id(std::string_view address, const Secret& key);

// The whole mail, header and body, CRLF line ends: multipart/alternative of the text and of HTML made from it.
// permanent: "smtp.bad_address", "smtp.bad_header", "smtp.empty_text", "smtp.text_too_long"; setting:
// "smtp.bad_settings".
Expected<std::string> compose(const Letter& letter, std::string_view settings_json);

// The HTML part of such a mail. `language`: BCP 47, or "".
std::string html_of(std::string_view text, std::string_view language);

// What the caller has to remember about the recipient.
enum class Also {
  nothing,
  address_dead, // nobody has this address: write to it never again
  not_taken,    // this recipient gets no mail from here, whoever is right: another channel may reach her
  mailbox_full, // come back later; full for a week means that nobody reads it
};

struct Receipt {
  std::string id;     // the Message-ID
  std::string status; // the server's words, such as "2.0.0 Ok: queued as 4C0F"
};

struct Answer {
  Expected<Receipt> receipt;
  Also also = Also::nothing;
  // xoauth2: the credential's secret with a new token in it, or without the one that was refused; stored in place of
  // it.
  std::optional<Secret> secret = {};
};

// xoauth2: first a POST for an access token when the stored one is over (Effect::repeatable). Then the mail,
// Effect::once. Errors beside http's own and compose's:
//   setting       "smtp.signin_refused" (of a stored access token: rate_limited "smtp.token_refused", and it is
//                 forgotten), "smtp.no_password", "smtp.token_refused"; policy and sender faults
//                 ("smtp.sender_refused", "smtp.policy"): the sender waits, the person is blameless
//   rate_limited  "smtp.slow_down": the sender's limit; the credential rests. "smtp.try_later": this letter, 15
//   minutes;
//                 "smtp.mailbox_full": 6 hours
//   outage        the server or the token service is busy
//   permanent     this recipient or this mail was refused; see `also`
//   uncertain     the reply was lost after the final dot
Answer send(http::Client& client, const Credential& credential, const Letter& letter, Millis timeout);

} // namespace milkrun::smtp
