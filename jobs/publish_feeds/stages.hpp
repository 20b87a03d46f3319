// The stages of publish-feeds, in order. Each is in the file of its name.
#pragma once

#include "job/stage.hpp"

namespace milkrun::publish_feeds {

Stage sync_portal();
Stage poll_feed();
Stage choose_items();
Stage write_article();
Stage add_image();
Stage publish_post();
Stage take_back();
Stage report_run();

// What Job::publish is: an operator chooses an item by hand, beside the slot's own choice. Not what is an article or a
// post already, not without a text, not beyond the month's posts.
std::expected<Key, Reason> publish_by_hand(Settling& s, const PublishWord& word);

} // namespace milkrun::publish_feeds
