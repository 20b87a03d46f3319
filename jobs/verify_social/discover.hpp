// New claims enter the ledger: those that one look can answer together, and the others one by one.
#pragma once

#include "job/stage.hpp"

namespace milkrun::verify_social {

std::size_t discover_claims(Discovery& d);
extern const db::Statement undiscovered_claims;

} // namespace milkrun::verify_social
