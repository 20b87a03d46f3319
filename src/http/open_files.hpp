// How many connections the process may have: file descriptors are shared with databases, locks and name lookups.
#pragma once

#include <cstddef>

namespace milkrun::http {

struct Places {
  std::size_t connections; // in use or idle
  std::size_t open;        // exchanges at a time
  std::size_t mails;       // mails at a time: their connections, in use or idle, once there are any taken from `open`
};

// Raises the soft limit of open files to the hard one (at most 65,536) and shares it out: a third of what is left after
// a reserve stays free for connections being made (one may try two addresses at a time); half of the rest may be open.
// Inside a run as often as one likes; the limit is the process's.
Places raise_open_files();

// The arithmetic of it, for a limit of so many files.
Places places_for(std::size_t files);

} // namespace milkrun::http
