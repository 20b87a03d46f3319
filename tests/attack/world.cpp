// Documents of tenants, and measures.
#include "attack/world.hpp"

#include "e2e/marked.hpp"

#include <fstream>
#include <sys/resource.h>

namespace milkrun::attack {
namespace {

void add_site(Scene& scene, const std::string& slug) {
  scene.state["sites"][slug]["users"][slug] = {{"password", e2e::app_password(slug)}, {"role", "editor"}};
  scene.state["feeds"][slug]["items"] = {e2e::feed_item(slug + "-1")};
}

} // namespace

Json poller(const Scene& scene, const std::string& slug, const std::string& feed) {
  Json tenant = e2e::own_tenant(scene.base(), slug);
  tenant["feeds"] = {{{"url", feed}}};
  return tenant;
}

Json publisher(const Scene& scene, const std::string& slug, const std::string& site) {
  Json tenant = e2e::own_tenant(scene.base(), slug);
  tenant["credentials"][0]["base_url"] = site;
  return tenant;
}

Json honest(Scene& scene, const std::string& slug) {
  add_site(scene, slug);
  return e2e::own_tenant(scene.base(), slug);
}

double cpu_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::size_t Memory::most() const {
  std::size_t bytes = 0;
  std::ifstream(file_) >> bytes;
  if (bytes > 0) return bytes; // the program's own count: AddressSanitizer's shadow says nothing of it
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

} // namespace milkrun::attack
