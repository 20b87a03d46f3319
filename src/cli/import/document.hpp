// The import document as values. What is nullopt was not given: a stored row keeps it, a new one gets the default.
#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "db/db.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace milkrun::cli {

// One mistake: where in the document ("tenants[2].timezone"), what is wrong, and the mend.
struct Problem {
  std::string where, what;
};

// The mistakes of an input. A document made of nothing else must not cost more than it is worth: of many only the first
// are kept, and whoever reads goes on no further.
class Problems {
public:
  static constexpr std::size_t most = 10'000;
  Problems() = default;
  Problems(std::initializer_list<Problem> some) : kept_(some), all_(some.size()) {}
  void push_back(Problem problem) {
    if (all_++ < most) kept_.push_back(std::move(problem));
  }
  void clear() { *this = {}; }
  bool empty() const { return all_ == 0; }
  bool full() const { return all_ >= most; }
  std::size_t size() const { return all_; } // of all, also of those that are not kept
  const Problem& operator[](std::size_t i) const { return kept_[i]; }
  const Problem& front() const { return kept_.front(); }
  auto begin() const { return kept_.begin(); }
  auto end() const { return kept_.end(); }

private:
  std::vector<Problem> kept_ = {};
  std::size_t all_ = 0;
};

// A field that has a meaning when it is null: nullopt and given.
template <class T> struct Nullable {
  bool given = false;
  std::optional<T> value = {};
};

// What an entry of a table (entity.hpp) gives, by column. A column that is not there was not given.
struct Given {
  std::map<std::string, db::Value, std::less<>> values = {};
  bool has(std::string_view column) const { return values.contains(column); }
  std::string text(std::string_view column) const;                    // "" when not given, null or no text
  std::optional<std::int64_t> integer(std::string_view column) const; // nullopt likewise
};

struct PlanEntry {
  std::string where, slug;
  Nullable<std::int64_t> posts_per_month = {}, messages_per_month = {}; // null: no limit
};

// Always given whole, but for its secret: one that is stored for the same host may be left out.
struct CredentialEntry {
  std::string where, service, base_url, account;
  std::string settings = "{}";     // JSON object
  Secret secret;                   // facebook, instagram: may be two lines, the token and its app's secret
  bool keep_secret = false;        // it was left out
  std::string secret_missing = {}; // then: what to say where none is stored; "" = the service needs none
};

struct PortalEntry {
  std::string where, slug;
  std::optional<std::string> base_url, timezone, writer;
  std::optional<std::int64_t> max_items, max_tenants;
  std::optional<Millis> sync_interval;
  std::optional<std::vector<std::string>> grants;
  std::optional<Secret> token, api_key;
  std::optional<bool> active;
};

struct FeedEntry {
  std::string where, url;
  std::optional<std::string> first_poll;
  std::optional<std::vector<std::string>> include, exclude; // words and /expressions/
  std::optional<bool> active;
};

struct TaskEntry {
  std::string where, slug;
  std::optional<bool> active = {};
  std::optional<std::string> platform = {}, action = {}, object_id = {}, url = {}, title = {};
  std::optional<std::int64_t> reward_spins = {};
  std::optional<Millis> patience = {};
  std::vector<CredentialEntry> credentials = {};
};

// Always given whole.
struct TemplateEntry {
  std::string name, language;
  std::vector<std::string> parameters;
  std::string instead = {}; // campaigns.template_instead
};

struct StepEntry {
  std::string where, slug;
  Given given = {};
};

struct CampaignEntry {
  std::string where, slug;
  std::optional<std::string> name = {}, kind = {}, status = {}, policy = {}, acknowledged_by = {}, acknowledged_on = {};
  Nullable<Time> starts_at = {}, ends_at = {};
  std::optional<double> probability = {};
  std::optional<std::int64_t> honor_cap = {};
  std::optional<Millis> visit_time = {}, message_ttl = {};
  std::optional<bool> notifications = {};
  std::optional<std::string> zone = {}, window_start = {}, window_end = {}, message = {}, link = {};
  Nullable<TemplateEntry> message_template = {}; // null: none
  std::vector<CredentialEntry> credentials = {};
  std::vector<TaskEntry> tasks = {};
  Given drip = {};
  std::optional<std::vector<StepEntry>> steps = {}; // always given whole: one that is not there is no step any more
};

struct ContactEntry {
  std::string where;
  Given given = {};
};

struct RuleEntry {
  std::string where, slug;
  Given given = {};
};

// A reminder of one invoice alone.
struct OwnReminderEntry {
  std::string where;
  Given given = {};
};

struct InvoiceEntry {
  std::string where, number, contact; // a phone, an address or a ref; "" = as stored
  Given given = {};
  std::optional<std::vector<OwnReminderEntry>> reminders =
      {}; // always given whole; an empty list: by the tenant's rules
};

struct EnrollmentEntry {
  std::string where, campaign, contact; // a slug; a phone, an address or a ref
  std::optional<Time> started_at = {};
};

// What was heard of a message that was sent.
struct ReceiptEntry {
  std::string where, message, contact; // our id of it, or with a contact (phone, address or ref) the service's
  std::optional<Time> delivered_at = {}, read_at = {}, clicked_at = {};
};

// What one person says to have done. Only proof that a stored one lacks is taken over.
struct CompletionEntry {
  std::string where, campaign, task, contact; // slugs and the phone
  Time claimed_at{};
  Millis verify_after{300'000}; // after the claim
  std::optional<std::string> handle = {}, code = {};
  std::optional<Time> clicked_at = {}, left_at = {};
};

struct SuppressionEntry {
  std::string where, channel, address;
  std::string scope = "all"; // or "marketing"
};

struct TenantEntry {
  std::string where, slug;
  std::optional<std::string> name, timezone, language, tone, publish_mode, frequency, writer;
  std::optional<std::string> publish_from = {}, publish_until = {}; // local "HH:MM"
  Nullable<std::string> plan;                                       // null: none
  std::optional<std::int64_t> max_items;
  std::optional<std::vector<std::string>> categories, grants, include, exclude;
  std::optional<bool> active;
  std::optional<Millis> sender_interval;
  Nullable<std::int64_t> messages_per_day, contact_daily_cap; // null: no cap
  Nullable<std::string> warmup_start;                         // ISO date; null: none
  std::vector<CredentialEntry> credentials;
  std::vector<FeedEntry> feeds;
  std::vector<CampaignEntry> campaigns;
  std::vector<ContactEntry> contacts;
  std::vector<CompletionEntry> completions;
  std::vector<SuppressionEntry> suppressions;
  Given outreach = {}, test_mode = {};
  std::vector<RuleEntry> reminder_rules = {};
  std::vector<InvoiceEntry> invoices = {};
  std::vector<EnrollmentEntry> enrollments = {};
  std::vector<ReceiptEntry> receipts = {};
};

using EachTenant = std::function<void(const TenantEntry&)>;

struct Document {
  std::vector<PlanEntry> plans;
  std::vector<PortalEntry> portals;
  std::vector<CredentialEntry> platform;
  Given test_mode; // of the whole installation
  // Of a large document no tenants are held: `read_tenants` reads them again from its text, one after the other.
  std::vector<TenantEntry> tenants;
  std::function<void(const EachTenant&)> read_tenants = {};
  std::size_t people = 0; // contacts, completions, invoices and enrolments of all tenants

  void each_tenant(const EachTenant& each) const {
    for (const TenantEntry& tenant : tenants) each(tenant);
    if (read_tenants) read_tenants(each);
  }
};

} // namespace milkrun::cli
