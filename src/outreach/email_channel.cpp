// E-mail, through the tenant's own mail server.
#include "outreach/channel.hpp"
#include "providers/smtp/smtp.hpp"

namespace milkrun::outreach {
namespace {

// A dead address is written to no more, as one that opted out; a full mailbox may be empty tomorrow.
Also also_of(smtp::Also also) { return also == smtp::Also::address_dead ? Also::opted_out : Also::nothing; }

Answer send(const Item& item, const std::string& to, const Credential& credential, const Outside& outside,
            Millis timeout) {
  const db::Row& row = item.row;
  const std::string& language = row.text("contact_language");
  smtp::Letter letter{.id = row.text("message_id"),
                      .to = to,
                      .to_name = row.text("contact_name"),
                      .subject = row.text("subject"),
                      .text = row.text("text"),
                      .language = language.empty() ? row.text("tenant_language") : language,
                      .date = outside.clock.now()};
  // Drips are lists that one can leave; an invoice is owed whether one likes its reminders or not.
  if (row.text("class") == "marketing") letter.unsubscribe = smtp::Unsubscribe{.token = letter.id};
  smtp::Answer said = smtp::send(outside.http, credential, letter, timeout);
  Answer answer{.receipt = Receipt(), .also = also_of(said.also)};
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
