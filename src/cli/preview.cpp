// `milkrun preview`: what a step, a rule or a stored message says to one real person, on each channel. Written by the
// functions that write what is sent; nothing is stored.
#include "sql/preview.hpp"
#include "base/text.hpp"
#include "base/words.hpp"
#include "cli/commands.hpp"
#include "cli/open.hpp"
#include "cli/show.hpp"
#include "outreach/letters.hpp"
#include "providers/smtp/smtp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace milkrun::cli {
namespace {

struct Sheet {          // one message as its reader sees it
  std::string of;       // "step hello"
  std::string note;     // "switched off", why a stored one ended
  std::string to, name; // the reader
  std::vector<std::string> channels;
  outreach::NewMessage message;
  std::map<std::string, std::string> shut = {}; // channels it would not go by, and why
};

using Sheets = std::expected<std::vector<Sheet>, Refusal>;

outreach::NewMessage blank(std::vector<std::string> channels) {
  outreach::NewMessage out{.origin = {}, .tenant = {}, .contact = {}, .text = {}, .expires_at = {}};
  if (channels.empty()) return out;
  out.channel = channels.front();
  channels.erase(channels.begin());
  out.fallback = std::move(channels);
  return out;
}

Sheet sheet_of(std::string of, const db::Row& reader, const std::string& channels) {
  std::string to = reader.text_or_empty("phone");
  if (const std::string mail = reader.text_or_empty("email"); !mail.empty()) to += (to.empty() ? "" : ", ") + mail;
  return {.of = std::move(of),
          .note = {},
          .to = std::move(to),
          .name = reader.text("contact_name"),
          .channels = words_in(channels),
          .message = blank(words_in(channels))};
}

// Why the contact gets nothing by the channel as things stand; empty: nothing is in the way.
Reason in_the_way(const db::Row& row, bool by_mail, bool marketing, Time now) {
  if (row.text(by_mail ? "email" : "phone").empty()) return "message.no_address";
  const std::string out = row.text_or_empty(by_mail ? "out_of_email" : "out_of_whatsapp");
  if (out == "all" || (marketing && !out.empty())) return "message.opted_out";
  if (marketing && !row.flag(by_mail ? "email_consent" : "consent")) return "message.no_consent";
  const auto until = row.maybe_time("unreachable_until");
  if (!by_mail && until && *until > now) return "message.unreachable";
  return {};
}

void ask_reach(db::Transaction& tx, const TenantId& tenant, const std::string& contact, bool marketing, Time now,
               std::vector<Sheet>& sheets) {
  const auto row = tx.one(sql::preview::reach, {{"tenant", tenant.value}, {"contact", contact}});
  for (Sheet& sheet : sheets) {
    for (const auto& [channel, why] : sheet.message.not_by) sheet.shut[channel] = why.text();
    for (const std::string& channel : sheet.channels)
      if (const Reason why = in_the_way(*row, channel == "email", marketing, now); !why.empty())
        sheet.shut[channel] = why.text();
  }
}

// Why one of its channels has no words for it; empty: each has.
Reason cannot(const Sheet& sheet) {
  if (!sheet.message.cannot.empty()) return sheet.message.cannot;
  const auto found = std::ranges::find_if(sheet.message.not_by, [&](const auto& one) {
    return std::ranges::find(sheet.channels, one.first) != sheet.channels.end();
  });
  return found == sheet.message.not_by.end() ? Reason() : found->second;
}

// The contact of --contact, or else whom the query finds. "" and a refusal when there is nobody.
std::expected<std::string, Refusal> reader_of(db::Transaction& tx, const TenantId& tenant, const std::string& key,
                                              const std::optional<db::Row>& otherwise, const char* nobody) {
  if (key.empty()) {
    if (otherwise && !otherwise->null("id")) return otherwise->text("id");
    return refuse(Exit::usage, nobody);
  }
  for (const std::string& one : {key, smtp::fold_address(key)})
    if (const auto row = tx.one(sql::preview::person, {{"tenant", tenant.value}, {"key", one}})) return row->text("id");
  return refuse(Exit::usage, fmt::format("--contact {}: no such contact; give a phone, an e-mail address or a ref",
                                         text::one_line(key, 80)));
}

Sheets of_campaign(db::Transaction& tx, const TenantId& tenant, const PreviewArgs& args, Time now) {
  const auto campaign = tx.one(sql::preview::campaign, {{"tenant", tenant.value}, {"slug", args.campaign}});
  if (!campaign)
    return refuse(Exit::usage, fmt::format("--campaign {}: {} has no such campaign", text::one_line(args.campaign, 80),
                                           args.tenant));
  const std::string& id = campaign->text("id");
  const std::string contact = TRY(reader_of(tx, tenant, args.contact,
                                            tx.one(sql::preview::walker, {{"tenant", tenant.value}, {"campaign", id}}),
                                            "the tenant has no contact to write to; import one"));
  const bool drip = campaign->text("kind") == "drip";
  std::vector<Sheet> out;
  for (const db::Row& row :
       tx.query(drip ? sql::preview::steps : sql::preview::tasks, {{"campaign", id}, {"contact", contact}})) {
    Sheet sheet = sheet_of((drip ? "step " : "task ") + row.text("slug"), row, row.text("channels"));
    if (!row.flag("active")) sheet.note = "switched off";
    (drip ? outreach::write_step : outreach::write_verified)(sheet.message, row);
    out.push_back(std::move(sheet));
  }
  if (out.empty())
    return refuse(Exit::usage, fmt::format("the campaign {} has no {}", args.campaign, drip ? "steps" : "tasks"));
  ask_reach(tx, tenant, contact, true, now, out);
  return out;
}

Sheets of_rule(db::Transaction& tx, const TenantId& tenant, const PreviewArgs& args, Time now) {
  const auto rule = tx.one(sql::preview::rule, {{"tenant", tenant.value}, {"slug", args.rule}});
  if (!rule)
    return refuse(Exit::usage, fmt::format("--rule {}: {} has no such rule; an invoice's own reminder is called by its "
                                           "number and days, such as R-17:-3",
                                           text::one_line(args.rule, 80), args.tenant));
  const db::Param t("tenant", tenant.value), invoice("invoice", rule->text_or_empty("invoice_id"));
  const std::string contact =
      TRY(reader_of(tx, tenant, args.contact, tx.one(sql::preview::debtor, {t, invoice}), "nobody owes anything"));
  const auto reader = tx.one(sql::preview::reader, {t, {"contact", contact}});
  const db::Rows owed = tx.query(sql::preview::owed, {t, {"contact", contact}, invoice});
  if (owed.empty()) return refuse(Exit::usage, "the contact owes nothing; give another one with --contact");
  std::vector<const db::Row*> told; // one message has one currency
  for (const db::Row& row : owed)
    if (row.text("currency") == owed.front().text("currency")) told.push_back(&row);
  std::vector<Sheet> out{sheet_of("rule " + rule->text("slug"), *reader, rule->text("channels"))};
  if (!rule->flag("active")) out.back().note = "switched off";
  outreach::write_reminder(out.back().message, *reader, *rule, told, now);
  ask_reach(tx, tenant, contact, false, now, out);
  return out;
}

Sheets of_message(db::Transaction& tx, const std::optional<TenantId>& tenant, const PreviewArgs& args) {
  const auto row = tx.one(sql::preview::message, {{"message", args.message}, {"tenant", tenant ? tenant->value : ""}});
  if (!row)
    return refuse(Exit::usage, fmt::format("--message {}: no such message; see: milkrun messages list",
                                           text::one_line(args.message, 80)));
  Sheet sheet = sheet_of("message " + row->text("id"), *row, fmt::format("[\"{}\"]", row->text("channel")));
  sheet.note = row->text("state");
  if (const Reason reason = reason_of(*row); !reason.empty()) sheet.note += ": " + reason.text();
  outreach::NewMessage& m = sheet.message;
  m.subject = row->text("subject");
  m.text = row->text("text");
  m.language = row->text("language");
  m.template_name = row->text("template_name");
  m.template_language = row->text("template_language");
  m.template_values = words_in(row->text("template_values"));
  m.second_name = row->text("second_name");
  m.second_language = row->text("second_language");
  m.second_values = words_in(row->text("second_values"));
  m.text_instead = row->flag("text_instead");
  return std::vector{std::move(sheet)};
}

Json template_json(const std::string& name, const std::string& language, const std::vector<std::string>& values) {
  return {{"name", name}, {"language", language}, {"parameters", values}};
}

// What goes out by one channel; null where nothing would.
Json channel_json(const Sheet& sheet, const std::string& channel) {
  const outreach::NewMessage& m = sheet.message;
  Json out = {{"channel", channel}};
  if (const auto found = sheet.shut.find(channel); found != sheet.shut.end()) out["would_not"] = found->second;
  if (channel == "email")
    out.update({{"subject", m.subject}, {"text", m.text}, {"html", smtp::html_of(m.text, m.language)}});
  else if (m.template_name.empty())
    out["text"] = m.text;
  else {
    out["template"] = template_json(m.template_name, m.template_language, m.template_values);
    if (!m.second_name.empty())
      out["instead"] = template_json(m.second_name, m.second_language, m.second_values);
    else if (m.text_instead)
      out["instead"] = m.text;
  }
  return out;
}

void print_block(std::ostream& out, std::string_view name, std::string_view text) {
  out << "  " << name << ":\n";
  const std::string lines = text::replace_all(std::string(text), "\r\n", "\n");
  for (const std::string_view line : text::split(lines, '\n'))
    if (!line.empty() || line.data() != lines.data() + lines.size()) out << "    " << line << '\n';
}

void print_template(std::ostream& out, std::string_view name, const Json& tmpl) {
  out << "  " << name << ": " << tmpl["name"].get<std::string>() << ' ' << tmpl["language"].get<std::string>() << '\n';
  for (std::size_t i = 0; i < tmpl["parameters"].size(); ++i)
    out << fmt::format("    {} {}\n", i + 1, tmpl["parameters"][i].get<std::string>());
}

void print(std::ostream& out, const Sheet& sheet, const std::vector<Json>& channels) {
  out << fmt::format("{} to {}{}{}\n", sheet.of, sheet.to, sheet.name.empty() ? "" : " (" + sheet.name + ")",
                     sheet.note.empty() ? "" : ", " + sheet.note);
  if (const Reason why = cannot(sheet); !why.empty()) out << "  cannot be written: " << why.text() << '\n';
  for (const Json& one : channels) {
    out << one["channel"].get<std::string>()
        << (one.contains("would_not") ? ", would not go: " + one["would_not"].get<std::string>() : "") << '\n';
    if (one.contains("template")) print_template(out, "template", one["template"]);
    if (one.contains("instead") && one["instead"].is_object()) print_template(out, "while it rests", one["instead"]);
    if (one.contains("instead") && one["instead"].is_string())
      print_block(out, "while it rests, within 24 hours of a message of hers", one["instead"].get<std::string>());
    for (const char* name : {"subject", "text", "html"})
      if (one.contains(name)) print_block(out, name, one[name].get<std::string>());
  }
}

} // namespace

Answer preview(const PreviewArgs& args, const Context& context) {
  if (int{!args.campaign.empty()} + int{!args.rule.empty()} + int{!args.message.empty()} != 1)
    return refuse(Exit::usage, "say what: one of --campaign, --rule and --message");
  if (args.message.empty() && args.tenant.empty())
    return refuse(Exit::usage, "--tenant is required: whose campaign or rule it is");
  const auto database = open_database(context.settings, true);
  const std::optional<TenantId> tenant = TRY(tenant_of_flag(*database, args.tenant));
  Sheets sheets;
  database->read([&](db::Transaction& tx) {
    sheets = !args.campaign.empty() ? of_campaign(tx, *tenant, args, context.clock.now())
             : !args.rule.empty()   ? of_rule(tx, *tenant, args, context.clock.now())
                                    : of_message(tx, tenant, args);
  });
  if (!sheets) return std::unexpected(std::move(sheets).error());
  Json all = Json::array();
  bool whole = true;
  for (const Sheet& sheet : *sheets) {
    std::vector<Json> channels;
    for (const std::string& channel : sheet.channels)
      if (args.channel.empty() || args.channel == channel) channels.push_back(channel_json(sheet, channel));
    const Reason why = cannot(sheet);
    whole = whole && why.empty();
    all.push_back({{"of", sheet.of},
                   {"note", sheet.note},
                   {"to", sheet.to},
                   {"name", sheet.name},
                   {"cannot", why.text()},
                   {"code", why.code()},
                   {"args", why.args()},
                   {"channels", channels}});
    if (!args.json) print(context.out, sheet, channels);
  }
  if (args.json) print_json(context.out, Json{{"previews", std::move(all)}});
  return whole ? Exit::ok : Exit::data;
}

} // namespace milkrun::cli
