// The arithmetic of shares.
#include "http/room.hpp"

#include <algorithm>

namespace milkrun::http {

bool Room::take(const std::string& tenant, std::size_t bytes) {
  const std::lock_guard hold(lock_);
  const auto found = of_.find(tenant);
  const std::size_t mine = found == of_.end() ? 0 : found->second;
  if (held_ + bytes > 2 * all_) return false; // shares alone add up: a whole, a half, a third ...
  if (held_ + bytes > all_ && mine + bytes > all_ / (of_.size() + (mine == 0 ? 1 : 0))) return false;
  held_ += bytes;
  if (bytes > 0) of_[tenant] += bytes;
  return true;
}

void Room::take_anyhow(const std::string& tenant, std::size_t bytes) {
  if (bytes == 0) return;
  const std::lock_guard hold(lock_);
  held_ += bytes;
  of_[tenant] += bytes;
}

void Room::give_back(const std::string& tenant, std::size_t bytes) {
  if (bytes == 0) return;
  const std::lock_guard hold(lock_);
  held_ -= bytes;
  const auto found = of_.find(tenant);
  found->second -= bytes;
  if (found->second == 0) of_.erase(found);
}

std::size_t Room::held() const {
  const std::lock_guard hold(lock_);
  return held_;
}

bool Held::grow_to(std::size_t bytes, bool anyhow) {
  if (bytes <= std::max(bytes_, free)) return true;
  const std::size_t wanted = (bytes + free - 1) / free * free; // in steps
  if (anyhow)
    room_->take_anyhow(tenant_, wanted - bytes_);
  else if (!room_->take(tenant_, wanted - bytes_))
    return false;
  bytes_ = wanted;
  return true;
}

bool Held::settle(std::size_t bytes, bool anyhow) {
  if (bytes <= bytes_) {
    room_->give_back(tenant_, bytes_ - bytes);
  } else if (anyhow) {
    room_->take_anyhow(tenant_, bytes - bytes_);
  } else if (!room_->take(tenant_, bytes - bytes_)) {
    return false;
  }
  bytes_ = bytes;
  return true;
}

} // namespace milkrun::http
