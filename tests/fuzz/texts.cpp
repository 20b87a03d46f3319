// Addresses, templates, markup, configuration, documents, and what columns of the database may hold.
#include "fuzz/fuzz.hpp"

#include "base/csv.hpp"
#include "base/json.hpp"
#include "base/mask.hpp"
#include "base/reason.hpp"
#include "base/text.hpp"
#include "cli/config.hpp"
#include "cli/import/csv_table.hpp"
#include "cli/import/read.hpp"
#include "content/content.hpp"
#include "content/filter.hpp"
#include "content/link.hpp"
#include "content/template.hpp"
#include "http/decoder.hpp"
#include "http/guard.hpp"
#include "job/key.hpp"
#include "ledger/queue.hpp"
#include "outreach/condition.hpp"
#include "outreach/wording.hpp"
#include "providers/ai/ai.hpp"
#include "providers/meta/meta.hpp"
#include "providers/smtp/smtp.hpp"
#include "providers/whatsapp/whatsapp.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::fuzz {

// One parser says where a call goes: what is judged is what is called.
void url(std::string_view bytes) {
  const std::string given(bytes);
  const http::Guard guard(
      {}, {80, 443},
      [](const std::string&, const http::Resolved&) -> std::optional<http::Addresses> { return std::nullopt; });
  const std::string host = http::host_of(given);
  const auto destination = guard.locate(given);
  if (destination) {
    must(!host.empty(), "a place without a host");
    must(host == destination->host || host == destination->host + ":" + std::to_string(destination->port) ||
             host.starts_with("["),
         "two parsers, two hosts");
    must(destination->host.find_first_of("\r\n\t /\\@#?") == std::string::npos, "a host with a separator");
    must(given.size() <= 4'096 || destination->url.size() <= 4'096, "an address of any length");
  }
  const std::string joined = http::resolve_url("https://base.example/a/b?c#d", given);
  must(joined.empty() || !http::host_of(joined).empty(), "a reference that leads nowhere");
  static_cast<void>(http::server_of(given));
  if (const auto link = content::safe_link(given))
    must(link->url.find_first_of("\r\n <>\"") == std::string::npos, "a link that ends early");
  static_cast<void>(http::Address::parse(given));
  static_cast<void>(http::Prefix::parse(given));
}

namespace {

// What stands between < and >; in what is made harmless, a < of the text is written as &lt;.
std::string tags_of(std::string_view html) {
  std::string out;
  bool inside = false;
  for (const char c : html) {
    if (c == '<') inside = true;
    if (inside) out += c;
    if (c == '>') inside = false;
  }
  return out;
}

} // namespace

// Markup and templates.
void text(std::string_view bytes) {
  const std::string html = content::sanitise_html(bytes);
  must(content::sanitise_html(html) == html, "what was made harmless changes again");
  const std::string low = text::lower(html);
  for (const char* evil : {"<script", "<!--", "<iframe", "<style"})
    must(low.find(evil) == std::string::npos, "harm is left");
  must(tags_of(low).find("javascript:") == std::string::npos, "harm is left in a tag"); // as words it does none
  must(low.find('[') == std::string::npos, "a shortcode is left");
  const std::string made = content::from_markdown(bytes);
  must(text::lower(made).find("<script") == std::string::npos, "harm from Markdown");
  static_cast<void>(content::to_text(bytes));
  const content::Values values{{"name", "{{name}} {link}"}, {"link", "https://l.example"}};
  if (const auto filled = content::fill(bytes, values))
    must(filled->size() <= bytes.size() * 32 + 64, "a template that grows");
  static_cast<void>(content::check_template(bytes, content::campaign_placeholders()));
  if (content::pattern_problem(bytes.substr(0, 200)).empty()) {
    const content::Patterns patterns{.include = {std::string(bytes.substr(0, 200))}, .exclude = {}};
    static_cast<void>(content::judge({patterns}, 1, [&](std::size_t) { return std::string(bytes); }));
  }
  static_cast<void>(outreach::check_wording(outreach::Kind::reminder, bytes, "de", 4'096, false));
  const std::string line = text::one_line(bytes, 300);
  must(line.size() <= 300 && line.find('\n') == std::string::npos && line.find('\x1b') == std::string::npos,
       "a line that is none");
  Mask mask;
  mask.add(Secret(std::string("fuzz-secret-0123456789")));
  must(mask.masked(std::string(bytes)).find("fuzz-secret-0123456789") == std::string::npos, "a secret that stays");
}

void config(std::string_view bytes) {
  cli::Settings settings;
  for (const std::string& wrong : cli::read_config(bytes, "milkrun.toml", settings))
    must(wrong.find('\n') == std::string::npos, "a complaint of two lines");
}

void import_json(std::string_view bytes) {
  const auto document = cli::read_document(bytes, {});
  if (document) return;
  must(!document.error().empty(), "a refusal without a word");
  for (const cli::Problem& p : document.error())
    must((p.where + p.what).find('\n') == std::string::npos, "a complaint of two lines");
}

void import_csv(std::string_view bytes) {
  for (const char* list : {"contacts", "invoices"}) {
    cli::CsvOptions options;
    options.list = list;
    auto table = cli::read_csv(bytes, options);
    if (!table) continue;
    must(table->rows.size() == table->lines.size(), "rows without lines");
    static_cast<void>(cli::document_of(table->document("asha", list), {}));
  }
}

// What stands in columns: written by us, or by somebody's hand in the file.
void stored(std::string_view bytes) {
  const std::string given(bytes);
  static_cast<void>(Reason::stored(bytes.substr(0, 40), bytes).text());
  static_cast<void>(Reason::stored("parked", bytes).text());
  static_cast<void>(ai::check_settings(bytes));
  static_cast<void>(ai::most_cost(bytes, 1'000));
  static_cast<void>(meta::check_settings(bytes));
  static_cast<void>(smtp::check_settings(bytes));
  static_cast<void>(whatsapp::check_settings(bytes));
  try {
    static_cast<void>(outreach::holds(bytes, {}));
  } catch (const std::exception&) { // said on purpose: the item waits, and an operator is told
  }
  static_cast<void>(outreach::pick(bytes, "de", "en"));
  const auto reserved = ledger::quota_of(bytes);
  must(ledger::quota_of(ledger::quota_text(reserved)).size() == reserved.size(),
       "a quota that is read otherwise than it is written");
  const std::string key = Key::parse(given).text();
  must(Key::parse(key).text() == key, "a key that is read otherwise than it is written");
  if (const auto json = parse_json(bytes, {.levels = 8, .values = 1'000, .string = 10'000}))
    must(json->size() <= 1'000, "more values than were allowed");
  if (const auto noisy = parse_noisy_json(bytes)) must(!noisy->value.is_discarded(), "JSON that is none");
}

// Packed answers, in pieces.
void packed(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t piece = static_cast<unsigned char>(bytes[0]) + 1;
  bytes.remove_prefix(1);
  static_cast<void>(http::coding_of(bytes.substr(0, 100)));
  for (const http::Coding coding : {http::Coding::gzip, http::Coding::deflate}) {
    http::Decoder decoder(coding, {.most = std::size_t{1} << 20, .free = 1 << 16, .most_expansion = 200});
    std::string out;
    auto result = http::Decoder::Result::good;
    for (std::size_t at = 0; at < bytes.size() && result == http::Decoder::Result::good; at += piece)
      result = decoder.decode(bytes.substr(at, piece), out);
    for (int i = 0; i < 64 && decoder.behind() && result == http::Decoder::Result::good; ++i)
      result = decoder.decode({}, out);
    must(out.size() <= (std::size_t{1} << 20) + (1 << 19), "more than was allowed");
  }
}

} // namespace milkrun::fuzz
