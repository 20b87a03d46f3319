// What comes back of mails: `unsubscribe`, for the web endpoint of the one-click link, and `bounced`, for the mail
// server that takes the envelope's bounces and the complaints of readers. Whoever calls is believed for the MAC in the
// token or address alone; the same twice changes nothing.
#include "sql/mail_back.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/input.hpp"
#include "cli/open.hpp"
#include "cli/show.hpp"
#include "cli/which.hpp"
#include "ledger/queue.hpp"
#include "outreach/address_fate.hpp"
#include "outreach/enroll.hpp"
#include "outreach/outbox.hpp"
#include "providers/smtp/report.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace milkrun::cli {
namespace {

namespace back = sql::mail_back;

constexpr std::string_view bounced = "bounced "; // before the status of the last report, in provider_status
constexpr std::size_t largest_report = std::size_t{16} * 1024 * 1024; // it holds the mail that it is about

using ReadId = std::optional<std::string> (*)(std::string_view, const Secret&);

// The mail that a token or an envelope's address names, when the MAC in it is that of the mail's own tenant.
std::optional<db::Row> mail_named(db::Transaction& tx, const Vault& vault, std::string_view word, std::string_view id,
                                  ReadId read) {
  auto mail = tx.one(back::mail, {{"id", id}});
  if (mail && read(word, marks_of(vault.key(), {mail->text("tenant_id")})) != mail->text("id")) mail.reset();
  return mail;
}

// Where it went: not the contact's own address where test mode sent it elsewhere, or she has another one by now.
std::string went_to(const db::Row& mail) {
  return smtp::fold_address(mail.text("recipient").empty() ? mail.text("email") : mail.text("recipient"));
}

void write_down(db::Transaction& tx, std::string_view verb, const std::string& by, const db::Row& mail,
                std::string_view from, std::string_view to, std::string_view detail, Time now) {
  ledger::record(tx, who(by),
                 {.verb = verb,
                  .key = milkrun::Key{"contact", mail.text("contact_id")}.text(),
                  .tenant = {mail.text("tenant_id")},
                  .from = std::string(from),
                  .to = std::string(to),
                  .note = fmt::format("message {}{}{}", mail.text("id"), detail.empty() ? "" : " ", detail)},
                 now);
}

Json mail_json(const db::Row& mail) {
  return {{"tenant", mail.text("tenant")},
          {"contact", mail.text("contact_id")},
          {"email", went_to(mail)},
          {"message", mail.text("id")},
          {"campaign", mail.text("campaign")}};
}

// She wants no more marketing mail; `how` she said so. False when that was known.
bool take_off(db::Transaction& tx, const std::string& by, const db::Row& mail, std::string_view verb,
              outreach::Source how, Time now) {
  const TenantId tenant{mail.text("tenant_id")};
  const std::string address = went_to(mail);
  const bool changed = outreach::suppress(tx, tenant, "email", address, "marketing", how, now);
  if (mail.flag("exit_on_opt_out") && address == smtp::fold_address(mail.text("email")))
    outreach::leave(tx, tenant, mail.text("campaign_id"), mail.text("contact_id"), Reason("walk.opted_out"), now);
  if (changed) write_down(tx, verb, by, mail, "subscribed", outreach::word(how), "", now);
  return changed;
}

// What a report comes to.
struct Found {
  std::string status;
  smtp::Also also = smtp::Also::nothing;
};

struct Came {
  std::string_view word;
  bool changed = false;
};

// Another channel may reach her, as when the server had refused the mail at once.
void fail_and_pass_on(db::Transaction& tx, const db::Row& mail, const Found& verdict, bool hers, Time now) {
  const Reason reason =
      verdict.also == smtp::Also::address_dead ? Reason("smtp.no_such_address") : Reason("smtp.refused");
  const TenantId tenant{mail.text("tenant_id")};
  if (tx.execute(back::came_back, {{"tenant", tenant.value},
                                   {"id", mail.text("id")},
                                   {"reason", reason.code()},
                                   {"status", std::string(bounced) + verdict.status}}) == 0 ||
      !hers)
    return;
  const auto enqueue = [&](std::string_view stage, const Key& key, const TenantId& whose, Time due_at, Rank rank) {
    ledger::enqueue(tx, stage, key, whose, due_at, rank, now);
  };
  Settling s{.tx = tx,
             .now = now,
             .run = {},
             .next = Next::discarded,
             .next_at = now,
             .reason = reason,
             .detail = {},
             .period_of = {},
             .enqueue = enqueue,
             .hasten = {},
             .wake = {},
             .store_credential = {},
             .count = {}};
  outreach::pass_on(s, tenant, mail.text("id"));
}

// How much a report says of the address. Servers on the way report, too: a word about us, or about a full mailbox, may
// come before the last one.
int weight_of(smtp::Also also) {
  switch (also) {
  case smtp::Also::nothing: break;
  case smtp::Also::mailbox_full: return 1;
  case smtp::Also::not_taken: return 2;
  case smtp::Also::address_dead: return 3;
  }
  return 0;
}

bool says_no_more(const db::Row& mail, const Found& verdict) {
  const std::string_view before = mail.text("provider_status");
  return before.starts_with(bounced) &&
         weight_of(verdict.also) <= weight_of(smtp::also_of_status(before.substr(bounced.size())));
}

Came come_back(db::Transaction& tx, const BouncedArgs& args, const db::Row& mail, const Found& verdict, Time now) {
  if (says_no_more(mail, verdict)) return {"known"};
  const TenantId tenant{mail.text("tenant_id")};
  const std::string address = went_to(mail);
  const bool hers = address == smtp::fold_address(mail.text("email"));
  std::string_view word = "noted"; // what it says is about us, or will pass
  if (verdict.also == smtp::Also::address_dead) {
    word = "address dead";
    outreach::suppress(tx, tenant, "email", address, "all", outreach::Source::address_dead, now);
  } else if (verdict.also == smtp::Also::not_taken) {
    word = "refused";
  } else if (verdict.also == smtp::Also::mailbox_full && hers) {
    word = "mailbox full";
    outreach::mailbox_is_full(tx, tenant, mail, now);
  }
  if (word == "address dead" || word == "refused") fail_and_pass_on(tx, mail, verdict, hers, now);
  tx.execute(back::note,
             {{"tenant", tenant.value}, {"id", mail.text("id")}, {"status", std::string(bounced) + verdict.status}});
  write_down(tx, "bounced", args.by, mail, mail.text("state"), word, verdict.status, now);
  return {word, true};
}

// What came in; neither: it is no report of a failure and no complaint, and means nothing.
struct Heard {
  std::optional<Found> failure = {};
  std::optional<smtp::Feedback> complaint = {};
};

// "" = the word of --hard or --soft stands for it.
std::expected<std::string, Refusal> report_given(const BouncedArgs& args) {
  if (args.hard || args.soft) return std::string();
  const bool standard = args.file.empty() || args.file == "-";
  if (standard && isatty(STDIN_FILENO) == 1)
    return refuse(Exit::usage, "give the report as a file or on standard input, or say --hard or --soft");
  return read_input(standard ? "-" : args.file, largest_report);
}

// A report is read of what came to an address of ours alone; a complaint comes to another one.
Heard heard_in(const BouncedArgs& args, std::string_view given, bool to_ours) {
  if (args.hard) return Heard{.failure = Found{"5.1.1", smtp::Also::address_dead}};
  if (args.soft) return Heard{.failure = Found{"5.2.2", smtp::Also::mailbox_full}};
  Heard heard{.complaint = smtp::read_complaint(given)};
  const auto report = to_ours ? smtp::read_report(given) : std::nullopt;
  if (report && report->action == "failed")
    heard.failure = Found{report->status.empty() ? "5.0.0" : report->status, smtp::also_of_status(report->status)};
  return heard;
}

std::optional<db::Row> mail_of_envelope(db::Transaction& tx, const Vault& vault, const std::string& address) {
  const std::size_t plus = address.find('+'), dot = address.rfind('.', address.rfind('@'));
  const std::string id = plus < dot && dot != address.npos ? address.substr(plus + 1, dot - plus - 1) : std::string();
  return mail_named(tx, vault, address, id, smtp::bounced_id);
}

std::optional<db::Row> mail_of_token(db::Transaction& tx, const Vault& vault, const std::string& token) {
  return mail_named(tx, vault, token, std::string_view(token).substr(0, token.rfind('.')), smtp::unsubscribed_id);
}

// A complaint comes to an address that the tenant's provider was told, and names the mail inside.
std::optional<db::Row> mail_complained_of(db::Transaction& tx, const Vault& vault, const smtp::Feedback& complaint) {
  std::optional<db::Row> mail;
  for (const std::string& name : complaint.names) {
    if (!mail) mail = mail_of_envelope(tx, vault, name);
    if (!mail) mail = mail_of_token(tx, vault, name);
  }
  return mail;
}

Came take_in(db::Transaction& tx, const BouncedArgs& args, const db::Row& mail, const Heard& heard, Time now) {
  if (heard.complaint && heard.complaint->wants_no_more())
    return {"complained", take_off(tx, args.by, mail, "bounced", outreach::Source::complained, now)};
  return heard.failure ? come_back(tx, args, mail, *heard.failure, now) : Came{"no report"};
}

std::unexpected<Refusal> nobodys(const char* what, const std::string& word) {
  return refuse(Exit::data,
                fmt::format("{} is no {} of a mail of ours; nothing was changed", text::one_line(word, 120), what));
}

} // namespace

Answer unsubscribe(const UnsubscribeArgs& args, const Context& context) {
  const auto database = open_database(context.settings);
  const Vault vault = TRY(open_vault(context.settings, *database));
  // The subject of who asks by mail is "unsubscribe TOKEN".
  const std::string_view asked = text::trim(args.token);
  const std::string token(asked.substr(asked.rfind(' ') + 1));
  std::optional<db::Row> mail;
  bool changed = false;
  database->transact([&](db::Transaction& tx) {
    mail = mail_of_token(tx, vault, token);
    changed = mail && take_off(tx, args.by, *mail, "unsubscribe", outreach::Source::unsubscribed, context.clock.now());
  });
  if (!mail) return nobodys("unsubscribe token", token);
  if (args.json) {
    Json out = mail_json(*mail);
    out["changed"] = changed;
    print_json(context.out, out);
  } else {
    context.out << fmt::format("{} {} marketing mail of {}\n", went_to(*mail),
                               changed ? "gets no more" : "got no more before:", mail->text("tenant"));
  }
  return Exit::ok;
}

Answer take_bounce(const BouncedArgs& args, const Context& context) {
  const std::string address(text::trim(args.address));
  const std::string given = TRY(report_given(args));
  const auto database = open_database(context.settings);
  const Vault vault = TRY(open_vault(context.settings, *database));
  std::optional<db::Row> mail;
  Heard heard;
  Came outcome;
  database->transact([&](db::Transaction& tx) {
    mail = mail_of_envelope(tx, vault, address);
    heard = heard_in(args, given, mail.has_value());
    if (!mail && heard.complaint) mail = mail_complained_of(tx, vault, *heard.complaint);
    if (mail) outcome = take_in(tx, args, *mail, heard, context.clock.now());
  });
  if (!mail) return nobodys("bounce address", address);
  if (args.json) {
    Json out = mail_json(*mail);
    out["outcome"] = outcome.word;
    out["status"] = heard.failure ? heard.failure->status : "";
    out["changed"] = outcome.changed;
    print_json(context.out, out);
  } else {
    context.out << fmt::format("{} of {}: {}{}\n", went_to(*mail), mail->text("tenant"), outcome.word,
                               heard.failure ? " (" + heard.failure->status + ")" : "");
  }
  return Exit::ok;
}

} // namespace milkrun::cli
