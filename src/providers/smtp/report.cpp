// Just as much of MIME as a report needs: the fields of its parts, in whatever line ends.
#include "providers/smtp/report.hpp"

#include "base/text.hpp"
#include "providers/smtp/verdict.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace milkrun::smtp {
namespace {

constexpr std::array<std::string_view, 5> actions{"failed", "delayed", "delivered", "relayed", "expanded"};
constexpr std::size_t longest_header = 64 * 1024, longest_report = 256 * 1024;
constexpr std::size_t most_names = 16; // each is looked up
// Strangers send these: what stands behind is the mail that it is about.
constexpr std::size_t looked_at = 1024 * 1024;
constexpr int most_parts = 32;

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

struct Field {
  std::string name, value; // name in lower case, value unfolded
};

// The fields up to the next blank line; `rest` begins behind it.
std::vector<Field> fields_of(std::string_view& rest, std::size_t most) {
  std::vector<Field> out;
  for (std::size_t read = 0; !rest.empty() && read < most;) {
    const std::string_view line = next_line(rest);
    read += line.size() + 1;
    if (line.empty()) break;
    const bool folded = line.starts_with(' ') || line.starts_with('\t');
    if (const std::size_t colon = line.find(':'); !folded && colon != line.npos)
      out.push_back({text::lower(text::trim(line.substr(0, colon))), std::string(text::trim(line.substr(colon + 1)))});
    else if (folded && !out.empty())
      out.back().value.append(" ").append(text::trim(line));
  }
  return out;
}

std::string value_of(const std::vector<Field>& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? "" : found->value;
}

// "b1" of `multipart/report; boundary="b1"`; "" when it is no report.
std::string boundary_of(const std::string& content_type) {
  const std::string low = text::lower(content_type);
  const std::size_t at = low.find("boundary=");
  if (!low.starts_with("multipart/report") || at == low.npos) return "";
  std::string_view value = std::string_view(content_type).substr(at + 9);
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
  }
  return std::string(value.substr(0, value.find_first_of("; \t")));
}

// The first "N.N.N" of 2, 4 or 5 in the words.
std::string status_in(std::string_view words) {
  for (const std::string_view word : text::split(words, ' ')) {
    const std::string_view bare = word.substr(0, word.find_first_not_of("0123456789."));
    const auto parts = text::split(bare, '.');
    if (parts.size() == 3 && (parts[0] == "2" || parts[0] == "4" || parts[0] == "5") &&
        std::ranges::all_of(parts, [](std::string_view p) { return !p.empty() && p.size() <= 3; }))
      return std::string(bare);
  }
  return "";
}

// "5.0.0" says nothing; what the other server answered may.
std::string status_of(const std::vector<Field>& recipient) {
  std::string status = status_in(value_of(recipient, "status"));
  const std::string said = status_in(value_of(recipient, "diagnostic-code"));
  return (status.empty() || status.ends_with(".0.0")) && !said.empty() ? said : status;
}

// Groups of fields: one of the mail, then one for each recipient.
std::optional<Report> report_in(std::string_view part) {
  std::optional<Report> out;
  part = part.substr(0, longest_report);
  while (!part.empty()) {
    const std::vector<Field> group = fields_of(part, longest_report);
    const std::string words = text::lower(value_of(group, "action"));
    const std::string action = words.substr(0, words.find_first_of(" \t;("));
    if (std::ranges::find(actions, action) == actions.end() || (out && out->action == "failed")) continue;
    if (!out || action == "failed") out = Report{action, status_of(group)};
  }
  return out;
}

// The body of the first part of one of these types in a multipart/report; nullopt when there is none.
std::optional<std::string_view> part_of(std::string_view mail, std::initializer_list<std::string_view> types) {
  const std::string boundary = boundary_of(value_of(fields_of(mail, longest_header), "content-type"));
  if (boundary.empty() || boundary.size() > 200) return std::nullopt;
  const std::string mark = "--" + boundary;
  mail = mail.substr(0, looked_at);
  for (int parts = 0; !mail.empty() && parts < most_parts;) {
    if (!next_line(mail).starts_with(mark)) continue;
    ++parts;
    const std::string type = text::lower(value_of(fields_of(mail, longest_header), "content-type"));
    if (std::ranges::any_of(types, [&](std::string_view one) { return type.starts_with(one); }))
      return mail.substr(0, mail.find("\n" + mark));
  }
  return std::nullopt;
}

// "a@x" of "<a@x>"; what stands without brackets as it is.
std::string without_brackets(std::string_view value) {
  const std::size_t open = value.find('<');
  if (open == value.npos) return std::string(value);
  value.remove_prefix(open + 1);
  return std::string(value.substr(0, value.find('>')));
}

// TOKEN of each "<https://…/u/TOKEN>" and "<mailto:…?subject=unsubscribe%20TOKEN>".
void add_tokens(std::string_view list, std::vector<std::string>& names) {
  for (const std::string_view one : text::split(list, ',')) {
    const std::string link = without_brackets(one);
    for (const std::string_view before : {"/", "%20"})
      if (const std::size_t at = link.rfind(before); at != link.npos) names.push_back(link.substr(at + before.size()));
  }
}

} // namespace

std::optional<Report> read_report(std::string_view mail) {
  const auto part = part_of(mail, {"message/delivery-status", "message/global-delivery-status"});
  return part ? report_in(*part) : std::nullopt;
}

std::optional<Feedback> read_complaint(std::string_view mail) {
  auto part = part_of(mail, {"message/feedback-report"});
  if (!part) return std::nullopt;
  const std::vector<Field> about = fields_of(*part, longest_report);
  Feedback out{text::lower(value_of(about, "feedback-type"))};
  if (out.type.empty()) return std::nullopt;
  out.names.push_back(without_brackets(value_of(about, "original-mail-from")));
  if (auto ours = part_of(mail, {"message/rfc822", "text/rfc822-headers", "message/global"})) {
    const std::vector<Field> fields = fields_of(*ours, longest_header);
    out.names.push_back(without_brackets(value_of(fields, "return-path")));
    add_tokens(value_of(fields, "list-unsubscribe"), out.names);
  }
  std::erase(out.names, "");
  if (out.names.size() > most_names) out.names.resize(most_names);
  return out;
}

Also also_of_status(std::string_view status) {
  const int code = status.starts_with('5') ? 550 : 450;
  return refused(Phase::recipient, code, status).also;
}

} // namespace milkrun::smtp
