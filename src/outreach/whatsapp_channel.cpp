// WhatsApp, by whatever service the tenant has: a template, or text within the contact's service window.
#include "base/words.hpp"
#include "outreach/channel.hpp"
#include "outreach/template_choice.hpp"
#include "providers/whatsapp/whatsapp.hpp"

namespace milkrun::outreach {
namespace {

Also also_of(whatsapp::Also also) {
  switch (also) {
  case whatsapp::Also::nothing: break;
  case whatsapp::Also::opted_out: return Also::opted_out;
  case whatsapp::Also::no_marketing: return Also::no_marketing;
  case whatsapp::Also::undeliverable: return Also::undeliverable;
  case whatsapp::Also::window_closed: return Also::window_closed;
  }
  return Also::nothing;
}

Answer send(const Item& item, const std::string& to, const Credential& credential, const Outside& outside,
            Millis timeout) {
  const db::Row& row = item.row;
  whatsapp::Message message{.key = item.key.text(),
                            .to = to,
                            .text = row.text("text"),
                            .tmpl = {},
                            .window_open = window_open(row, outside.clock.now())};
  // The gate asked the same a moment ago. Words that are none: the template, as if it were well.
  const Words words = usable_words(row, outside.clock.now()).value_or(Words::first);
  if (words == Words::first)
    message.tmpl = whatsapp::Template{.name = row.text("template_name"),
                                      .language = row.text("template_language"),
                                      .parameters = words_in(row.text("template_values"))};
  if (words == Words::second)
    message.tmpl = whatsapp::Template{.name = row.text("second_name"),
                                      .language = row.text("second_language"),
                                      .parameters = words_in(row.text("second_values"))};
  whatsapp::Answer said = whatsapp::send(outside.http, credential, message, timeout);
  Answer answer{
      .receipt = Receipt(), .parks = std::move(said.parks), .also = also_of(said.also), .not_before = said.not_before};
  if (said.receipt)
    answer.receipt = Receipt{.id = std::move(said.receipt->id),
                             .recipient = std::move(said.receipt->recipient),
                             .status = std::move(said.receipt->status)};
  else
    answer.receipt = std::unexpected(std::move(said.receipt).error());
  if (!message.tmpl) return answer;
  const Park of_template{.scope = ParkScope::template_, .id = template_id(row, words), .reason = {}};
  if (answer.receipt)
    answer.lifts.push_back(of_template);
  else
    for (Park& park : answer.receipt.error().parks)
      if (park.scope == ParkScope::template_) {
        park.id = of_template.id;
        answer.has_other_words = words == Words::first && words_instead(row, outside.clock.now());
      }
  return answer;
}

} // namespace

const Channel& whatsapp_channel() {
  static constexpr Channel one{.name = "whatsapp",
                               .service = "whatsapp",
                               .address = "phone",
                               .redirect = "redirect_phone",
                               .out_of_reach = "message.unreachable",
                               .pair_interval = Millis(6'000), // the platform's own rate for one pair
                               .pair_reason = "pace.recipient",
                               .timeout = Millis(30'000),
                               .send = send};
  return one;
}

} // namespace milkrun::outreach
