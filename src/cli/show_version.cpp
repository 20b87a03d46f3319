// `milkrun version`.
#include "cli/commands.hpp"
#include "cli/version.hpp"

namespace milkrun::cli {

Answer show_version(const VersionArgs&, const Context& context) {
  context.out << version_text();
  return Exit::ok;
}

} // namespace milkrun::cli
