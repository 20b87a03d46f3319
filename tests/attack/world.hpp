// Tenants of one's own whose addresses lead to hostile places, honest ones beside them, and what a run cost.
#pragma once

#include "attack/hostile.hpp"
#include "e2e/scene.hpp"

#include <string>

namespace milkrun::attack {

using e2e::Json;
using e2e::Scene;

// A tenant without writer and site: it only polls `feed`. A site is given, so that it may.
Json poller(const Scene& scene, const std::string& slug, const std::string& feed);
// The same with a WordPress at `site` and a feed of the sandbox.
Json publisher(const Scene& scene, const std::string& slug, const std::string& site);
// An honest tenant: feed, site and password of the sandbox, no AI.
Json honest(Scene& scene, const std::string& slug);

// Seconds of CPU that all children of this process took so far.
double cpu_of_children();

// The most memory that a run of the binary held at a time.
class Memory {
public:
  explicit Memory(const Scene& scene) : file_(scene.path("heap")) {}
  e2e::Environment watched() const { return {{"MILKRUN_TEST_HEAP", file_}}; }
  std::size_t most() const; // bytes; of all runs since the last call that began with this environment

private:
  std::string file_;
};

constexpr std::size_t mib = std::size_t{1024} * 1024;

} // namespace milkrun::attack
