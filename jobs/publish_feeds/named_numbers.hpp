// Ways to reach or to pay somebody that are no hosts, in a text that people read. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace milkrun::publish_feeds {

// Of a text in small letters, as they stand in without_blanks() of one that has them too:
//   telephone numbers  "+49 170 1234567", "0049 170 …", "0170-1234567", "(555) 123-4567": their last eight digits, for
//                      the same number is written with and without its country
//   bank accounts      "de89 3704 0044 0532 0130 00", by their check digits
//   wallets            and whatever else is of more letters and digits than a word has: "bc1qar0s…", "0x52908400…"
//   names              "@win_bot"
std::set<std::string> numbers_in(std::string_view text);

// Without what people put between digits: blanks, "-", "/", "(" and ")".
std::string without_blanks(std::string_view text);

} // namespace milkrun::publish_feeds
