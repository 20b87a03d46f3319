// Zones and hours as the rows tell them; the import has checked both.
#include "outreach/contact.hpp"

namespace milkrun::outreach {

const std::string& zone_of_contact(const db::Row& row) {
  return row.text("contact_timezone").empty() ? row.text("tenant_timezone") : row.text("contact_timezone");
}

zone::Window hours_of(const db::Row& row) {
  return {.from = zone::clock_minutes(row.text("window_start")).value_or(0),
          .until = zone::clock_minutes(row.text("window_end")).value_or(0)};
}

} // namespace milkrun::outreach
