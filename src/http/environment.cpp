// Before libcurl and glibc read them.
#include "http/environment.hpp"

#include <cstdlib>

namespace milkrun::http {

void drop_environment() {
  for (const char* name : {"SSLKEYLOGFILE", "QLOGDIR", "HOSTALIASES", "LOCALDOMAIN"}) unsetenv(name);
}

} // namespace milkrun::http
