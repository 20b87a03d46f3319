// Reads the single entries of an import document. Private to the import.
#pragma once

#include "cli/import/document.hpp"
#include "http/guard.hpp"
#include "job/stage.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <span>
#include <string>

namespace milkrun::cli {

class Fields;

// Platforms and actions that tasks may name; none: whatever is a word. And what time it is: what is told as having
// happened lies before; nullopt: it is not asked.
struct Known {
  std::span<const std::string_view> platforms = {};
  std::span<const ActionKind> actions = {};
  std::optional<Time> now = {};
};

// What all entries share: the operator's exceptions, what tasks may ask for, and where mistakes go.
struct Reading {
  std::span<const http::AllowEntry> allow;
  Problems& problems;
  Known known = {};
  std::string tenant = {}; // the slug of whose addresses are judged, "" = the platform's own

  // Notes a mistake unless `what` is "".
  void note(const std::string& where, std::string what);
};

// Names that may come once only: slugs of a list, services of an owner, feeds of a tenant.
class Once {
public:
  explicit Once(Reading& reading) : reading_(reading) {}
  void add(const std::string& name, const std::string& where);

private:
  Reading& reading_;
  std::map<std::string, std::string> first_; // name -> where it came first
};

// Whose credential it is: the services differ.
enum class Holder { platform, tenant, campaign, task };

PlanEntry read_plan(const nlohmann::json& json, const std::string& where, Reading& reading);
PortalEntry read_portal(const nlohmann::json& json, const std::string& where, Reading& reading);
TenantEntry read_tenant(const nlohmann::json& json, const std::string& where, Reading& reading);
CampaignEntry read_campaign(const nlohmann::json& json, const std::string& where, Reading& reading);
ContactEntry read_contact(const nlohmann::json& json, const std::string& where, Reading& reading);
CompletionEntry read_completion(const nlohmann::json& json, const std::string& where, Reading& reading);
RuleEntry read_rule(const nlohmann::json& json, const std::string& where, Reading& reading);
InvoiceEntry read_invoice(const nlohmann::json& json, const std::string& where, Reading& reading);
ReceiptEntry read_receipt(const nlohmann::json& json, const std::string& where, Reading& reading);
EnrollmentEntry read_enrollment(const nlohmann::json& json, const std::string& where, Reading& reading);
// What a campaign of kind "drip" has beside the rest.
void read_drip(Fields& campaign, CampaignEntry& entry, Reading& reading);
SuppressionEntry read_suppression(const nlohmann::json& json, const std::string& where, Reading& reading);

// Who is meant: a phone, an address (lower case) or a ref; "" when it is absent or wrong.
std::string person_of(Fields& fields, std::string_view name, bool needed);
// The field "credentials" of an owner: each service once.
std::vector<CredentialEntry> read_credentials(Fields& owner, Holder holder, Reading& reading);
// The services an owner may have a credential for.
std::span<const std::string_view> services_of(Holder holder);
// The field "grants": services that a platform credential may serve.
std::optional<std::vector<std::string>> read_grants(Fields& owner);

} // namespace milkrun::cli
