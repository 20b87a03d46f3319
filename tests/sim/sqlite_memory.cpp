// Blocks of powers of two. What is freed waits in a list of its size; nothing goes back before the process ends.
#include "sim/sqlite_memory.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace milkrun::sim {
namespace {

constexpr std::size_t head = 16; // before each block: its size, and SQLite's alignment
constexpr std::size_t smallest = 32, chunk = 1 << 20;

struct Free {
  Free* next;
};

// Of one thread: a block that another one frees is that one's from then on.
struct Pool {
  std::array<Free*, 64> free{};
  char* rest = nullptr;
  std::size_t left = 0;
};
thread_local Pool pool;

std::size_t size_of(const void* block) {
  std::size_t whole = 0;
  std::memcpy(&whole, static_cast<const char*>(block) - head, sizeof whole);
  return whole - head;
}

char* cut(std::size_t whole) {
  if (whole > pool.left) {
    const std::size_t more = std::max(whole, chunk);
    pool.rest = static_cast<char*>(std::malloc(more)); // NOLINT(cppcoreguidelines-no-malloc): this is one
    pool.left = pool.rest != nullptr ? more : 0;
    if (pool.rest == nullptr) return nullptr;
  }
  char* out = pool.rest;
  pool.rest += whole;
  pool.left -= whole;
  return out;
}

std::size_t whole_of(std::size_t wanted) { return std::bit_ceil(std::max(wanted + head, smallest)); }

void* allocate(int wanted) {
  const std::size_t whole = whole_of(static_cast<std::size_t>(wanted));
  Free*& first = pool.free.at(static_cast<std::size_t>(std::countr_zero(whole)));
  if (first != nullptr) {
    Free* const out = first;
    first = out->next;
    return out;
  }
  char* const begin = cut(whole);
  if (begin == nullptr) return nullptr;
  std::memcpy(begin, &whole, sizeof whole);
  return begin + head;
}

void release(void* block) {
  if (block == nullptr) return;
  Free*& first = pool.free.at(static_cast<std::size_t>(std::countr_zero(size_of(block) + head)));
  auto* const freed = static_cast<Free*>(block);
  freed->next = first;
  first = freed;
}

void* resize(void* block, int wanted) {
  if (static_cast<std::size_t>(wanted) <= size_of(block)) return block;
  void* const out = allocate(wanted);
  if (out == nullptr) return nullptr;
  std::memcpy(out, block, size_of(block));
  release(block);
  return out;
}

int size(void* block) { return block == nullptr ? 0 : static_cast<int>(size_of(block)); }
int round_up(int wanted) { return static_cast<int>(whole_of(static_cast<std::size_t>(wanted)) - head); }

} // namespace

void give_sqlite_its_memory() {
  static const sqlite3_mem_methods ours{.xMalloc = allocate,
                                        .xFree = release,
                                        .xRealloc = resize,
                                        .xSize = size,
                                        .xRoundup = round_up,
                                        .xInit = [](void*) { return SQLITE_OK; },
                                        .xShutdown = [](void*) {},
                                        .pAppData = nullptr};
  if (sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) != SQLITE_OK)
    throw std::logic_error("somebody has used SQLite before");
}

} // namespace milkrun::sim
