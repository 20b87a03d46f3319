// From JSON text to a checked document.
#pragma once

#include "cli/import/document.hpp"
#include "cli/import/entries.hpp"
#include "http/guard.hpp"

#include <nlohmann/json_fwd.hpp>

#include <expected>
#include <span>
#include <string_view>

namespace milkrun::cli {

inline constexpr std::size_t largest_document = 16 * 1024 * 1024;

// The document, or every mistake in it that can be found without the database. What comes back of a large one reads its
// tenants anew from the text, which outlives it as `allow` does.
std::expected<Document, Problems> read_document(std::string_view text, std::span<const http::AllowEntry> allow,
                                                const Known& known = {});
// The same of JSON that was read or made already.
std::expected<Document, Problems> document_of(const nlohmann::json& json, std::span<const http::AllowEntry> allow,
                                              const Known& known = {});

} // namespace milkrun::cli
