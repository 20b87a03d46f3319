// A channel: one way to reach a person, as a value. Whoever sends knows channels, never the services behind them.
#pragma once

#include "job/stage.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::outreach {

// What the service said when it took the message. It never says that the message arrived.
struct Receipt {
  std::string id = {};        // the service's
  std::string recipient = {}; // as the service knows it; "" = it did not say
  std::string status = {};    // its word, or ""
};

// What has to be remembered about the recipient on this channel.
enum class Also {
  nothing,
  opted_out,     // wants no more messages from this sender
  no_marketing,  // wants no more marketing from this sender; what is owed is still told
  undeliverable, // cannot be reached here, for the time being
  nobody_there,  // nobody has this address: never again
  not_taken,     // refused for this recipient, and no word about why
  mailbox_full,  // takes nothing just now
  window_closed, // only a template reaches them until they write again
};

struct Answer {
  Expected<Receipt> receipt;
  std::vector<Park> parks = {}; // beside those in an Error
  Also also = Also::nothing;
  std::optional<Millis> not_before = {}; // the service asked not to try this message again for so long
  std::vector<Park> lifts = {};          // what rested is well: the message went out by it
  std::optional<Secret> renewed = {};    // the credential's secret as its service renewed it
  bool has_other_words = false;          // refused for its template alone: by other words it may go at once
};

struct Channel {
  std::string_view name;                           // messages.channel
  std::string_view service;                        // whose credential sends
  std::string_view address;                        // the column of the contact that says where
  std::string_view redirect;                       // the column that says where instead, in test mode
  ReasonCode out_of_reach = "message.unreachable"; // reason: the service has said that nobody is there
  Millis pair_interval;                            // least time between two messages to one recipient; 0 = none
  ReasonCode pair_reason = "pace.recipient";       // shown while a message waits for that
  Millis timeout;
  // One call with effect `once`, to the address `to`. Its errors are those of the service's provider.
  Answer (*send)(const Item&, const std::string& to, const Credential&, const Outside&, Millis timeout);
};

// The channel of that name; throws std::logic_error for another: a CHECK constraint forbids it.
const Channel& channel(std::string_view name);

// The channels themselves, each in its own file.
const Channel& whatsapp_channel();
const Channel& email_channel();

} // namespace milkrun::outreach
