// Memory of SQLite that the sanitizer does not watch.
#pragma once

namespace milkrun::sim {

// Once, before the first database. SQLite is the system's own library, in which the sanitizer sees nothing; yet its
// many small allocations would cost a third of a seed's time in the sanitizer's malloc.
void give_sqlite_its_memory();

} // namespace milkrun::sim
