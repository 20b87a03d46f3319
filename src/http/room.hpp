// Memory for what strangers answer: one amount for all calls of a network, shared fairly between the tenants.
//
// While there is room, an answer grows as its limits allow. When all is taken, who holds less than his share (all of it
// by the number of those who hold some) still gets what he needs; who holds more waits, and ends without an answer when
// nothing comes free. So never more than twice the amount is held, and a tenant whose servers answer without end is in
// nobody's way.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace milkrun::http {

class Room {
public:
  explicit Room(std::size_t all) : all_(all) {}

  // False: not now.
  bool take(const std::string& tenant, std::size_t bytes);
  void take_anyhow(const std::string& tenant, std::size_t bytes);
  void give_back(const std::string& tenant, std::size_t bytes);
  std::size_t held() const;

private:
  const std::size_t all_;
  mutable std::mutex lock_; // of the two below
  std::size_t held_ = 0;
  std::unordered_map<std::string, std::size_t> of_; // who holds some
};

// What one answer holds; given back when it goes. Any thread.
class Held {
public:
  // What is smaller is not asked for while it comes in: it is only looked at once it is whole.
  static constexpr std::size_t free = std::size_t{64} * 1024;

  Held(std::shared_ptr<Room> room, std::string tenant) : room_(std::move(room)), tenant_(std::move(tenant)) {}
  ~Held() { room_->give_back(tenant_, bytes_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  // Before the answer has so many bytes. False: not now, and nothing is changed. `anyhow`: always, and the others wait
  // for what it takes.
  bool grow_to(std::size_t bytes, bool anyhow = false);
  // It is whole, and has so many. False: there is no room for it; `anyhow`: it is kept all the same.
  bool settle(std::size_t bytes, bool anyhow);

private:
  const std::shared_ptr<Room> room_;
  const std::string tenant_;
  std::size_t bytes_ = 0; // taken
};

} // namespace milkrun::http
