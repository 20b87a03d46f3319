// Takes the secrets of an item's own credentials out of all that is stored or told of it: whatever a stranger echoes
// and a provider hands on passes here, once, before it is settled. Private to src/run.
#pragma once

#include "base/mask.hpp"
#include "db/db.hpp"
#include "job/outcome.hpp"
#include "job/stage.hpp"

#include <memory>
#include <string>
#include <vector>

namespace milkrun {

class Masks {
public:
  using Parts = std::vector<std::shared_ptr<const Mask>>; // of each credential
  explicit Masks(Parts parts) : parts_(std::move(parts)) {}

  bool empty() const { return parts_.empty(); }
  std::string masked(std::string text) const;
  // All texts of it but the payload, which is the stage's own: that passes MaskedTransaction.
  void clean(Result& result) const;
  void clean(Expected<Reconciled>& looked) const;

private:
  void clean(std::string& text) const { text = masked(std::move(text)); }
  void clean(Reason& reason) const;
  void clean(Error& error) const;
  void clean(std::vector<Park>& parks) const;
  Parts parts_;
};

// What a stage's settle writes through: every text it stores is masked.
class MaskedTransaction final : public db::Transaction {
public:
  MaskedTransaction(db::Transaction& tx, const Masks& masks) : tx_(tx), masks_(masks) {}
  using Transaction::execute;
  using Transaction::query;
  db::Rows query(const db::Statement& s, std::span<const db::Param> params) override;
  std::int64_t execute(const db::Statement& s, std::span<const db::Param> params) override;
  void savepoint(const std::function<void()>& body) override { tx_.savepoint(body); }

private:
  std::vector<db::Param> masked(std::span<const db::Param> params) const;
  db::Transaction& tx_;
  const Masks& masks_;
};

} // namespace milkrun
