// Variables by which libraries below us would write secrets to files or ask for other names than ours.
#pragma once

namespace milkrun::http {

// Drops them. At the start of the process, before there are threads.
//   SSLKEYLOGFILE  libcurl writes the keys of every TLS connection there
//   QLOGDIR        libcurl logs connections there
//   HOSTALIASES, LOCALDOMAIN  glibc takes other names for the ones that were judged and written to the log
// What an operator may want stays: OPENSSL_CONF, SSL_CERT_FILE, RES_OPTIONS. Proxies are not dropped but not used
// either (CURLOPT_PROXY is empty): they would make the connection in place of the address guard.
void drop_environment();

} // namespace milkrun::http
