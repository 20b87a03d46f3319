// The database seam: transactions over named statements with named parameters.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace milkrun::db {

// A statement of a .sql file, embedded at build; `$name` parameters. The text runs on SQLite and PostgreSQL.
struct Statement {
  std::string_view name; // "ledger.claim"
  std::string_view sql;
};

using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

Value value(const std::optional<std::string>& v);
Value value(const std::optional<std::int64_t>& v);
Value value(const std::optional<Time>& v);

// A named parameter: {"tenant", id}. Missing or surplus parameters of a statement throw.
struct Param {
  std::string_view name; // without the `$`
  Value value;
  Param(std::string_view n, Value v) : name(n), value(std::move(v)) {}
  Param(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
  Param(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
  Param(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  Param(std::string_view n, std::int64_t v) : name(n), value(v) {}
  Param(std::string_view n, int v) : name(n), value(std::int64_t{v}) {}
  Param(std::string_view n, bool v) : name(n), value(std::int64_t{v ? 1 : 0}) {}
  Param(std::string_view n, double v) : name(n), value(v) {}
  Param(std::string_view n, Time t) : name(n), value(to_ms(t)) {}
  Param(std::string_view n, std::nullptr_t) : name(n), value(std::monostate{}) {}
};

// One row, owned. Columns are read by name; an unknown column or a wrong type is a bug and throws.
class Row {
public:
  using Names = std::vector<std::string>;
  Row() = default;
  Row(std::shared_ptr<const Names> names, std::vector<Value> values)
      : names_(std::move(names)), values_(std::move(values)) {}

  std::int64_t integer(std::string_view column) const;
  double real(std::string_view column) const;
  const std::string& text(std::string_view column) const;
  Time time(std::string_view column) const { return from_ms(integer(column)); }
  bool flag(std::string_view column) const { return integer(column) != 0; }
  bool null(std::string_view column) const;
  // nullopt for NULL and for every other type: of values that may be somebody else's.
  std::optional<std::int64_t> as_integer(std::string_view column) const;
  std::optional<std::int64_t> maybe_integer(std::string_view column) const;
  std::optional<std::string> maybe_text(std::string_view column) const;
  std::optional<Time> maybe_time(std::string_view column) const;
  const Value& value(std::string_view column) const { return at(column); } // as it is stored
  // Text, or "" for NULL.
  std::string text_or_empty(std::string_view column) const;
  bool has(std::string_view column) const;
  bool empty() const { return values_.empty(); }
  // All columns as one text, unambiguous: what a digest of the row is made of.
  std::string canonical() const;

private:
  const Value& at(std::string_view column) const;
  std::shared_ptr<const Names> names_;
  std::vector<Value> values_;
};

using Rows = std::vector<Row>;

// A transaction's handle; valid only inside the body it was passed to, on that thread.
class Transaction {
public:
  virtual ~Transaction() = default;
  virtual Rows query(const Statement&, std::span<const Param> params) = 0;
  // Rows changed by an INSERT, UPDATE or DELETE.
  virtual std::int64_t execute(const Statement&, std::span<const Param> params) = 0;
  // Runs the body inside a savepoint: an exception rolls back what the body did, and goes on.
  virtual void savepoint(const std::function<void()>& body) = 0;

  Rows query(const Statement& s, std::initializer_list<Param> p = {}) {
    return query(s, std::span(p.begin(), p.size()));
  }
  std::int64_t execute(const Statement& s, std::initializer_list<Param> p = {}) {
    return execute(s, std::span(p.begin(), p.size()));
  }
  // The only row, or nullopt when there is none; more than one is a bug and throws.
  std::optional<Row> one(const Statement& s, std::initializer_list<Param> p = {});
};

// The machine is broken or the program has a bug: ends the run.
struct DatabaseError : std::runtime_error {
  // busy: another program holds the lock for longer than we wait; nothing of the body was run, and it may be tried
  // again.
  enum class Kind { broken, busy, full, constraint };
  DatabaseError(Kind k, const std::string& what) : std::runtime_error(what), kind(k) {}
  Kind kind;
};

// A table that a dry run writes to: a copy of its rows, or of those that fit the condition ("state = 'due'").
struct Copy {
  std::string_view table;
  std::string_view only = {}; // "" = all rows
};

// Thread-safe. A body may be run more than once (serialization failure): it must set its results anew each time and
// hold no thread state.
class Database {
public:
  virtual ~Database() = default;
  using Body = std::function<void(Transaction&)>;
  // Runs the body in one write transaction, durable on return; an exception rolls everything back and goes on.
  virtual void transact(const Body&) = 0;
  // The same without waiting for the disk: on return everybody sees what was written, and the process may die; the
  // machine may once durable() has reached the number that is returned. What somebody outside must not learn of before
  // that waits for it. 0: it is durable already.
  virtual std::uint64_t transact_early(const Body& body) {
    transact(body);
    return 0;
  }
  // Up to which number commits are on the disk; never blocks. Throws DatabaseError once the disk has refused one.
  virtual std::uint64_t durable() { return 0; }
  // `grown` is called, by another thread, when durable() may have grown; for one listener, {} ends it.
  virtual void when_durable(std::function<void()> /*grown*/) {}
  // Runs the body on a consistent snapshot; writes throw.
  virtual void read(const Body&) = 0;
  // Runs the body on a consistent snapshot in which some tables are copies of its own: what it writes to them it sees,
  // nobody else does, and no lock is held (dry run). Writes to other tables throw. References are not checked.
  virtual void rehearse(std::span<const Copy> copies, const Body&) = 0;
  // A number that changes when somebody else, another process or another handle, has changed the database, and not by
  // our own transactions: what is kept in memory holds as long as it stays. May be asked inside a body, where it is
  // exact until the body ends.
  virtual std::int64_t data_version() = 0;
  // Statements that bodies have run so far, for tests that count the work of an item.
  virtual std::int64_t statements() const = 0;
};

} // namespace milkrun::db
