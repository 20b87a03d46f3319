// E-mail, through the tenant's own mail server.
#include "outreach/channel.hpp"
#include "providers/smtp/smtp.hpp"

namespace milkrun::outreach {
namespace {

Also also_of(smtp::Also also) {
  switch (also) {
  case smtp::Also::nothing: break;
  case smtp::Also::address_dead: return Also::nobody_there;
  case smtp::Also::not_taken: return Also::not_taken;
  case smtp::Also::mailbox_full: return Also::mailbox_full;
  }
  return Also::nothing;
}

// Drips are lists that one can leave: by mail, and with one click where the tenant has an address for that. An invoice
// is owed whether one likes its reminders or not.
smtp::Unsubscribe unsubscribe(const db::Row& row, const Credential& credential) {
  smtp::Unsubscribe out{.token = smtp::unsubscribe_token(row.text("message_id"), credential.marks)};
  if (const std::string& base = row.text("tenant_base_url"); !base.empty())
    out.url = http::join_url(base, "/u/" + out.token);
  return out;
}

Answer send(const Item& item, const std::string& to, const Credential& credential, const Outside& outside,
            Millis timeout) {
  const db::Row& row = item.row;
  smtp::Letter letter{.id = row.text("message_id"),
                      .to = to,
                      .to_name = row.text("contact_name"),
                      .subject = row.text("subject"),
                      .text = row.text("text"),
                      .language = row.text("text_language"),
                      .date = outside.clock.now(),
                      .bounce_key = credential.marks};
  if (row.text("class") == "marketing") letter.unsubscribe = unsubscribe(row, credential);
  smtp::Answer said = smtp::send(outside.http, credential, letter, timeout);
  Answer answer{.receipt = Receipt(), .also = also_of(said.also), .renewed = std::move(said.secret)};
  if (said.receipt)
    answer.receipt =
        Receipt{.id = std::move(said.receipt->id), .recipient = to, .status = std::move(said.receipt->status)};
  else
    answer.receipt = std::unexpected(std::move(said.receipt).error());
  return answer;
}

} // namespace

const Channel& email_channel() {
  static constexpr Channel one{.name = "email",
                               .service = "email",
                               .address = "email",
                               .redirect = "redirect_email",
                               .out_of_reach = "message.unreachable",
                               .pair_interval = Millis(0),
                               .pair_reason = "pace.recipient",
                               .timeout = Millis(120'000), // servers look into a mail before they say yes
                               .send = send};
  return one;
}

} // namespace milkrun::outreach
