// The vault: finds, opens and stores credentials. The master key never leaves it.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/private_file.hpp"
#include "credentials/credential.hpp"
#include "db/db.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace milkrun {

// 32 random bytes outside the database, kept in locked memory and wiped.
class MasterKey {
public:
  // Reads 32 raw bytes or 64 hex digits. Throws std::runtime_error with the mend: missing, no regular file, readable by
  // others, another user's, wrong size, or not random (zeros, a word, a pattern).
  static MasterKey from_file(const std::string& path);
  // Makes a new key file (0600); throws when it exists. When root makes it, it is `owner`'s.
  static void create_file(const std::string& path, files::Owner owner = files::us());
  static MasterKey random();
  MasterKey(MasterKey&&) noexcept = default;
  MasterKey& operator=(MasterKey&&) noexcept = default;
  ~MasterKey();
  const unsigned char* bytes() const { return bytes_.get(); }

private:
  struct Wipe {
    void operator()(unsigned char* p) const;
  };
  explicit MasterKey(std::unique_ptr<unsigned char, Wipe> bytes) : bytes_(std::move(bytes)) {}
  std::unique_ptr<unsigned char, Wipe> bytes_;
};

// What a seal is bound to: a row that was moved to another owner, or whose place or account was changed, does not open,
// and neither does an older secret of the same row.
struct Binding {
  std::string tenant; // id; operator_tenant for portal and platform
  std::string owner;  // "tenant:ID", "portal:ID", "platform", "campaign:ID", "task:ID"
  std::string service = {}, id = {};
  std::string origin = {}; // "https://host:port"
  std::string account = {};
  std::int64_t version = 0; // grows with each change of the row
};

// 32 bytes made of the key for one tenant (Credential::marks): the same as long as the key is.
Secret marks_of(const MasterKey& key, const TenantId& tenant);

// XChaCha20-Poly1305, random nonce; base64 of nonce and ciphertext.
std::string seal(const MasterKey& key, const Binding& binding, const Secret& secret);
std::optional<Secret> unseal(const MasterKey& key, const Binding& binding, const std::string& sealed);

// Whether the key is the one that the database's credentials are sealed with.
enum class KeyFit {
  fits,
  another,
  unknown, // the database has neither a check value nor a credential that could tell: remember_key() may be called
};
KeyFit key_fit(db::Transaction& tx, const MasterKey& key);
// Stores the check value where there is none.
void remember_key(db::Transaction& tx, const MasterKey& key);

// Where an item hangs; the chain is walked from the most specific end.
struct CredentialScope {
  TenantId tenant;
  std::optional<CampaignId> campaign = {};
  std::optional<TaskId> task = {};
  std::optional<PortalId> portal = {}; // only for the operator's own portal work
};

// What items of the ledger wait for (ledger.waits_for) whose credential must be mended, or who have none.
std::string waits_for(const CredentialId& id);
std::string waits_for_one(std::string_view service);

class Vault {
public:
  explicit Vault(MasterKey key) : key_(std::move(key)) {}

  // One query along the chain. Fault::setting when there is none ("no credential: ai"), or when it does not open
  // (wrong key, moved row, other host: "credential cannot be opened: wordpress").
  Expected<Credential> resolve(db::Transaction& tx, const CredentialScope& scope, std::string_view service) const;
  // The credential an earlier attempt used; must still be granted to the tenant, and on that host.
  Expected<Credential> again(db::Transaction& tx, const TenantId& tenant, const CredentialId& id,
                             const std::string& host) const;
  // Inserts or updates by (scope, owner, service). True when anything changed; a changed one is un-parked and the
  // items that wait for it are due now. Unchanged input writes nothing; another base_url makes it another id.
  bool store(db::Transaction& tx, const NewCredential& credential, Time now) const;
  // The secret of this credential as its service renewed it. False, and nothing is written, when the credential is
  // another one by now: what somebody gave us meanwhile is newer. Nothing is un-parked by it.
  bool renew(db::Transaction& tx, const Credential& credential, const Secret& secret, Time now) const;
  const MasterKey& key() const { return key_; }

private:
  Expected<Credential> open(const db::Row& row, const TenantId& granted_to) const;
  MasterKey key_;
};

} // namespace milkrun
