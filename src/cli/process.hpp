// What the process as a whole must be before it holds a secret.
#pragma once

namespace milkrun::cli {

// umask 077, no core file, not readable by other processes of the same user, SIGPIPE and SIGXFSZ ignored; closed
// standard streams stand for themselves.
void harden_process();

} // namespace milkrun::cli
