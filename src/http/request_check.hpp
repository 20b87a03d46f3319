// What a request must look like before anything is done with it.
#pragma once

#include "http/client.hpp"

namespace milkrun::http {

// Fault::permanent: "network.bad_method", "network.bad_header" (not a token, a control character in the value,
// a header the client itself writes, or a secret sent as a plain header), "network.bad_request" (a body on GET or
// HEAD; a mail whose envelope or line ends are not what SMTP has), "network.bad_url" (of the wrong kind for what it
// is), "network.credential_for_another_host".
Expected<void> check_request(const Request& request);

} // namespace milkrun::http
