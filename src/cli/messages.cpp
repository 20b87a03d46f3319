// `milkrun messages`: the outbox, by tenant, state or number.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/show.hpp"
#include "cli/which.hpp"
#include "sql/cli.hpp"

#include <fmt/format.h>

namespace milkrun::cli {
namespace {

Json message_json(const db::Row& row) {
  Json out;
  for (const char* name : {"id", "tenant", "phone", "email", "name", "channel", "state", "origin", "provider_id",
                           "provider_status", "recipient", "subject", "text"})
    out[name] = row.text(name);
  for (const char* name : {"created_at", "expires_at", "sent_at"}) out[name] = time_or_null(row, name);
  out["reason"] = why(row);
  out["code"] = row.text("reason");
  out["args"] = reason_of(row).args();
  return out;
}

// Who it is for; where somebody else got it, as in test mode, also who that was.
std::string whom(const db::Row& row) {
  const std::string &own = row.text(row.text("channel") == "email" ? "email" : "phone"), &got = row.text("recipient");
  // Services leave out the + of a number.
  const bool same = got.empty() || got == own || (own.starts_with('+') && got == std::string_view(own).substr(1));
  return same ? own : own + " → " + got;
}

} // namespace

Answer list_messages(const MessagesListArgs& args, const Context& context) {
  using C = Table::Column;
  const auto database = open_database(context.settings);
  TRY(tenant_of_flag(*database, args.tenant));
  const std::string phone = TRY(phone_of_flag(args.phone));
  Listed messages;
  database->read([&](db::Transaction& tx) {
    messages =
        cut_at(tx.query(sql::cli::messages_listed,
                        {{"tenant", args.tenant}, {"state", args.state}, {"phone", phone}, {"limit", args.limit + 1}}),
               args.limit);
  });
  if (args.json) {
    print_json(context.out, listed_json("messages", messages, message_json));
    return Exit::ok;
  }
  Table table({{"ID"}, {"TENANT"}, {"TO"}, {"STATE"}, {"SINCE"}, {"WHY", C::prose}, {"TEXT", C::prose}});
  for (const db::Row& row : messages.rows)
    table.add({row.text("id"), row.text("tenant"), whom(row), row.text("state"),
               when(row, row.null("sent_at") ? "created_at" : "sent_at"), row.null("sent_at") ? why(row) : "",
               text::clip(row.text("text"), 80)});
  print_list(context.out, table, messages, args.limit, context.width, "no messages");
  return Exit::ok;
}

} // namespace milkrun::cli
