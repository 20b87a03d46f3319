// What `milkrun version` tells: enough to know from a bug report what was running.
#include "cli/version.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sqlite3.h>

namespace milkrun::cli {
namespace {

#ifdef __clang__
constexpr auto compiler = "clang " __clang_version__;
#else
constexpr auto compiler = "g++ " __VERSION__;
#endif

} // namespace

std::string_view version() { return MILKRUN_VERSION; }

// Not curl_version(): that one asks the LDAP library, which looks up the name of this machine.
std::string version_text() {
  const curl_version_info_data* curl = curl_version_info(CURLVERSION_NOW);
  return fmt::format(
      "milkrun {}\ncompiler   {}\nlibcurl    {} ({})\nSQLite     {}\nlibsodium  {}\nfmt        {}.{}.{}\n", version(),
      compiler, curl->version, curl->ssl_version, sqlite3_libversion(), sodium_version_string(), FMT_VERSION / 10000,
      FMT_VERSION / 100 % 100, FMT_VERSION % 100);
}

} // namespace milkrun::cli
