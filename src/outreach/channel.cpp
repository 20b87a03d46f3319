// The channels there are.
#include "outreach/channel.hpp"

#include <stdexcept>

namespace milkrun::outreach {

const Channel& channel(std::string_view name) {
  for (const Channel* one : {&whatsapp_channel(), &email_channel()})
    if (one->name == name) return *one;
  throw std::logic_error("no channel is called \"" + std::string(name) + "\"");
}

} // namespace milkrun::outreach
