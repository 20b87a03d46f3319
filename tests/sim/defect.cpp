// Each defect is a program that treats one statement wrongly; the product itself has no switch for it.
#include "sim/defect.hpp"

#include "http/client.hpp"
#include "support/rows.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace milkrun::sim {
namespace {

using Params = std::span<const db::Param>;

const db::Value& value_of(Params p, std::string_view name) {
  return std::ranges::find(p, name, &db::Param::name)->value;
}
std::vector<db::Param> with(Params p, std::string_view name, db::Value value) {
  std::vector<db::Param> out(p.begin(), p.end());
  std::ranges::find(out, name, &db::Param::name)->value = std::move(value);
  return out;
}

// The mark is written after the call has left: with the next transaction.
class SendBeforeMark final : public Defect {
  std::vector<std::pair<db::Statement, std::vector<db::Param>>> late_;

public:
  void begin(db::Transaction& tx) override {
    for (const auto& [s, p] : late_) tx.execute(s, p);
    late_.clear();
  }
  std::int64_t execute(db::Transaction& tx, const db::Statement& s, Params p) override {
    if (s.name == "queue.arm") {
      late_.emplace_back(s, std::vector<db::Param>(p.begin(), p.end()));
      return 1;
    }
    if (s.name != "queue.take") return tx.execute(s, p);
    return tx.execute(s, with(p, "armed_at", {}));
  }
};

// Now and then what an item came to is not written.
class LostSettle final : public Defect {
  int finished_ = 0;
  std::int64_t execute(db::Transaction& tx, const db::Statement& s, Params p) override {
    if (s.name == "queue.finish" && ++finished_ % 7 == 0) return 1;
    return tx.execute(s, p);
  }
};

// The chain finds the credential of somebody else, sealed as if it were the tenant's own: no check of the row sees it.
class WrongCredential final : public Defect {
  const MasterKey& key_;

public:
  explicit WrongCredential(const MasterKey& key) : key_(key) {}
  db::Rows query(db::Transaction& tx, const db::Statement& s, Params p) override {
    db::Rows found = tx.query(s, p);
    if (s.name != "chain.find" || found.empty()) return found;
    static const db::Statement others =
        test::sql("SELECT min(tenant_id) AS id FROM credentials WHERE tenant_id <> 'operator'");
    const std::string other = tx.query(others).front().text("id");
    const db::Rows wrong = tx.query(s, with(p, "tenant", other));
    if (wrong.empty()) return found;
    const db::Row& r = wrong.front();
    Binding binding{.tenant = other,
                    .owner = r.text("scope") + ":" + r.text("owner_key"),
                    .service = r.text("service"),
                    .id = r.text("id"),
                    .origin = "https://" + http::server_of(r.text("base_url")),
                    .account = r.text("account"),
                    .version = to_ms(r.time("updated_at"))};
    const auto secret = unseal(key_, binding, r.text("sealed"));
    if (!secret) throw std::runtime_error("the planted defect does not know how credentials are sealed");
    binding.tenant = std::get<std::string>(value_of(p, "tenant"));
    return {test::row_of({{"id", r.text("id")},
                          {"scope", r.text("scope")},
                          {"owner_key", r.text("owner_key")},
                          {"service", r.text("service")},
                          {"base_url", r.text("base_url")},
                          {"account", r.text("account")},
                          {"settings", r.text("settings")},
                          {"sealed", seal(key_, binding, *secret)},
                          {"updated_at", r.time("updated_at")},
                          {"tenant_slug", r.text("tenant_slug")},
                          {"wanted_owner", r.text("owner_key")},
                          {"tenant_id", binding.tenant}})};
  }
};

// Now and then a row is admitted and stays due.
class DoubleAdmission final : public Defect {
  int taken_ = 0;
  std::int64_t execute(db::Transaction& tx, const db::Statement& s, Params p) override {
    if (s.name == "queue.take" && ++taken_ % 5 == 0) return 1;
    return tx.execute(s, p);
  }
};

// What was reserved is never less than it was.
class QuotaKept final : public Defect {
  std::map<std::string, std::int64_t> most_;
  std::int64_t execute(db::Transaction& tx, const db::Statement& s, Params p) override {
    if (s.name != "quota.put") return tx.execute(s, p);
    std::int64_t& most =
        most_[std::get<std::string>(value_of(p, "tenant")) + std::get<std::string>(value_of(p, "meter")) +
              std::get<std::string>(value_of(p, "period"))];
    most = std::max(most, std::get<std::int64_t>(value_of(p, "reserved")));
    return tx.execute(s, with(p, "reserved", most));
  }
};

} // namespace

std::vector<std::string_view> defects() {
  return {"send-before-mark", "lost-settle", "wrong-credential", "double-admission", "quota-kept"};
}

std::unique_ptr<Defect> defect(std::string_view name, const MasterKey& key) {
  if (name.empty()) return nullptr;
  if (name == "send-before-mark") return std::make_unique<SendBeforeMark>();
  if (name == "lost-settle") return std::make_unique<LostSettle>();
  if (name == "wrong-credential") return std::make_unique<WrongCredential>(key);
  if (name == "double-admission") return std::make_unique<DoubleAdmission>();
  if (name == "quota-kept") return std::make_unique<QuotaKept>();
  throw std::invalid_argument("no such defect: " + std::string(name));
}

} // namespace milkrun::sim
